import type { Method, Range } from '../../src/model/analysis';
import { METHODS } from '../../src/model/analysis';
import type { Place } from '../../src/model/cube';
import type { FindingKind } from '../../src/model/findings';
import type { QuantityId } from '../../src/model/mapQuantities';
import { toProblem, withoutCause } from '../../src/model/problem';
import { QuantityValues } from '../../src/model/quantityTable';
import type { GroupRun } from '../../src/model/runGroup';
import type {
  Focus,
  HostApi,
  Navigation,
  OptionChanges,
  OptionName,
  PanelApi,
  PanelCommand,
  PictureChoice,
  PictureFile,
  PictureRequest,
} from '../../src/protocol/panelApi';
import { isAbortError } from '../../src/rpc/abort';
import { connect, type Port } from '../../src/rpc/channel';
import { inOrder } from '../../src/rpc/inOrder';
import { withTurns } from '../../src/rpc/turns';
import { grownView, replaced } from './grownView';
import { viewHistory } from './history';
import { inspectorRequests } from './inspectorRequests';
import { isOpening, mostShiftedLayer } from './openingLayer';
import {
  fromSnapshot,
  otherUnder,
  type RunData,
  withLayer,
  withOptions,
  withQuantity,
  withUpdate,
} from './runData';
import { scalarFetcher } from './scalars';
import { atLayer, latestWithResults, placeInView, type Selection, select } from './selection';
import type { AppState, Store } from './store';
import { MAX_PINS, MAX_SCALARS, type ViewState } from './viewState';

/** Bins of a distribution chart. */
export const BINS = 96;

/** Defects of one page that are reported to the host, at most. */
const MAX_DEFECTS = 20;

/** What a person can do in the panel. */
export interface Actions {
  navigate(navigation: Navigation): void;
  selectLayer(fullName: string): void;
  selectVariant(variant: number): void;
  selectStep(step: number): void;
  selectChannel(channel: number): void;
  /** Brings an element into view. */
  selectElement(place: Place): void;
  toggleMethod(method: Method): void;
  setView(
    change: Partial<
      Pick<
        ViewState,
        | 'channelDetail'
        | 'channelFigure'
        | 'channelOrder'
        | 'commonScale'
        | 'cubeGroups'
        | 'cubeMethod'
        | 'logCounts'
        | 'mapQuantity'
        | 'mapMethod'
        | 'mapCompared'
        | 'mapSort'
        | 'mapSteps'
        | 'mapRowZoom'
        | 'overTraining'
        | 'overview'
        | 'runView'
        | 'scalars'
        | 'tab'
        | 'tables'
        | 'whatIf'
      >
    >,
  ): void;
  /** Opens or folds a module of the map. */
  foldModule(path: string, isOpen: boolean): void;
  /** Pins a layer at the top of the map, or unpins it. */
  togglePin(fullName: string): void;
  /** `undefined` shows the whole distribution again. */
  zoom(method: Method, range: Range | undefined): void;
  setOptions(changes: Partial<OptionChanges>): void;
  /** Opens the dialog of the scalars above the map. */
  chooseScalars(shown: readonly string[]): void;
  /** Opens the dialog of an option; the layout is set for the layer in view, or for another one. */
  chooseOption(option: OptionName, layer?: number): void;
  run(command: PanelCommand): void;
  /** Shows another run of the group, at the step in view. */
  showRun(run: GroupRun): void;
  /** Shows how a kind of finding is determined. */
  openDefinition(kind: FindingKind): void;
  copy(text: string): void;
  cancel(): void;
  resume(): void;
}

/** What the page itself does. */
export interface Page {
  /** Resolves when the store's last change is drawn. */
  drawn(): Promise<void>;
  /** Calls back once a person has looked at the same for a moment; the result cancels. */
  afterRest(act: () => void): () => void;
  /** The pictures that can be made of what is drawn. */
  pictures(state: AppState): readonly PictureChoice[];
  picture(state: AppState, request: PictureRequest): Promise<PictureFile>;
}

/**
 * Connects the store to the host: answers and updates go into the store, the actions of the person go to the host. An
 * update is answered when `drawn` resolves, and the host sends the next one after the answer.
 */
export function connectToHost(
  port: Port,
  store: Store,
  { drawn, afterRest, pictures, picture }: Page,
): { actions: Actions; start(): void; reportDefect(error: unknown): void } {
  let fetching: AbortController | undefined;
  let fetched = '';
  let focused = '';
  /** The quantity that the host sends. */
  let sentQuantity: QuantityId = 'shift';
  let isFollowing = false;
  let defects = 0;
  /** Where a command leads that arrived before the catalog. */
  let waitingNavigation: Navigation | undefined;
  const arriving = inOrder();

  const host = connect<PanelApi, HostApi>(port, {
    catalog: (snapshot) =>
      arriving(async () => {
        const fresh = await withTurns(fromSnapshot(snapshot));
        // The host remembers which layer is in view and has included its results.
        focused = snapshot.layer === undefined ? '' : focusKey(snapshot.layer);
        fetched = '';
        scalars.askAgain();
        sentQuantity = snapshot.quantity.quantity;
        store.update((state) => replaced(state, fresh));
      }).then(drawn),
    options: (change) =>
      arriving(async () => {
        const { data } = store.get();
        if (data === undefined) return;
        const other = await withTurns(otherUnder(change, data));
        changeData((before) => withOptions(before, change, other));
        // Answered before it is drawn: the first figures are drawn with it.
      }),
    update: (update) =>
      arriving(() =>
        store.update((state) => {
          if (state.data === undefined) return state;
          const before = update.deltas.length > 0 ? select(state.data, state.view) : undefined;
          const data = withUpdate(state.data, update);
          return { data, view: grownView(state.view, before, data), failures: state.failures };
        }),
      ).then(drawn),
    group: (group) => arriving(() => changeData((data) => ({ ...data, group }))),
    diagnosis: (diagnosis) => arriving(() => changeData((data) => ({ ...data, diagnosis }))),
    navigate: (navigation) => actions.navigate(navigation),
    place: () => placeInView(store.get()),
    pictures: () => pictures(store.get()),
    picture: (request) => picture(store.get(), request),
  });

  const fail = (error: unknown) => {
    if (isAbortError(error)) return;
    const failure = withoutCause(toProblem(error, ''));
    store.update((state) => ({ ...state, failures: [...state.failures, failure] }));
  };
  const changeView = (change: (view: ViewState, state: AppState) => ViewState) =>
    store.update((state) => {
      const view = change(state.view, state);
      return view === state.view ? state : { ...state, view };
    });
  const changeData = (change: (data: NonNullable<AppState['data']>) => NonNullable<AppState['data']>) =>
    store.update((state) => (state.data === undefined ? state : { ...state, data: change(state.data) }));

  const history = viewHistory(() => performance.now());
  const scalars = scalarFetcher(
    (names) => host.call('scalars', { names }),
    (curves) => changeData((data) => ({ ...data, scalars: curves })),
    fail,
  );

  /** Sends the layer in view to the host, once for each change, and takes its results. */
  function focus({ layer, variant }: Selection): void {
    const place = { layer: layer.id, variant };
    if (focusKey(place) === focused) return;
    focused = focusKey(place);
    host.call('focus', place).then((results) => changeData((data) => withLayer(data, results)), fail);
  }

  /** Tells the host what the map shows, once for each change, and takes its figures. */
  function showQuantity({ mapQuantity }: ViewState): void {
    if (mapQuantity === sentQuantity) return;
    sentQuantity = mapQuantity;
    host
      .call('quantity', { quantity: mapQuantity })
      .then((column) =>
        arriving(async () => {
          const values = await withTurns(QuantityValues.inTurns(column));
          changeData((data) => withQuantity(data, values));
        }),
      )
      .catch(fail);
  }

  /** Fetches the distributions of the record in view, once for each record, reference and zoom. */
  function fetchDistributions({ record, summary, reference }: Selection, view: ViewState): void {
    // Until the summary arrives, the kernel has more urgent work.
    if (summary === undefined || summary.estimate !== undefined) return;
    const params = paramsOf(record.id, reference?.id, view);
    const key = keyOf(params);
    if (key === fetched) return;
    fetched = key;
    fetching?.abort();
    fetching = new AbortController();
    host
      .call('distributions', params, { signal: fetching.signal })
      .then((distributions) => changeData((data) => ({ ...data, distributions })), fail);
  }

  function paramsOf(record: number, reference: number | undefined, { ranges }: ViewState) {
    return { record, ...(reference === undefined ? {} : { reference }), bins: BINS, ranges };
  }

  function keyOf(params: ReturnType<typeof paramsOf>): string {
    return JSON.stringify([params, store.get().data?.options]);
  }

  /**
   * Moves the view to the latest step once its distributions have arrived, so that all charts show the same step. One step
   * at a time; steps that arrive in the meantime are skipped.
   */
  async function follow(selection: Selection, latest: Selection['record'], view: ViewState): Promise<void> {
    if (isFollowing) return;
    isFollowing = true;
    fetching?.abort();
    const { data: before } = store.get();
    const from = before?.shifts.get(latest.id)?.reference;
    // Ids of another run may be equal.
    const isItself = from === latest.id && before?.other === undefined;
    const params = paramsOf(latest.id, isItself ? undefined : from, view);
    const distributions = await host.call('distributions', params).catch(() => undefined);
    store.update((state) => {
      const isStill =
        state.data !== undefined && select(state.data, state.view)?.layer.id === selection.layer.id;
      if (!state.view.follow || !isStill || state.data === undefined) return state;
      fetched = distributions === undefined ? '' : keyOf(params);
      return {
        ...state,
        data: { ...state.data, distributions: distributions ?? state.data.distributions },
        view: { ...state.view, step: latest.step },
      };
    });
    isFollowing = false;
    draw();
  }

  function layerInView(): { layer?: number } {
    const { data, view } = store.get();
    const layer = data === undefined ? undefined : select(data, view)?.layer.id;
    return layer === undefined ? {} : { layer };
  }

  const draw = () => {
    if (waitingNavigation !== undefined && store.get().data?.catalog !== undefined) {
      const navigation = waitingNavigation;
      waitingNavigation = undefined;
      actions.navigate(navigation);
    }
    const { data, view } = store.get();
    const selection = data === undefined ? undefined : select(data, view);
    if (data === undefined || selection === undefined) return;
    if (view.layer === undefined) {
      const layer = mostShiftedLayer(data);
      if (layer !== undefined) return actions.selectLayer(layer);
      if (hasOneStep(data)) {
        const { fullName } = selection.layer;
        // One step has no shift, but values.
        return changeView((before) => ({ ...before, layer: fullName, mapQuantity: 'deviation' }));
      }
      // Without a layer in focus, the kernel begins with the first and last steps of all layers.
      if (isOpening(data, view)) return;
      const { state, live } = data.progress;
      if ((state === 'computing' || state === 'listing') && live !== true)
        return actions.selectLayer(selection.layer.fullName);
    }
    focus(selection);
    showQuantity(view);
    inspector.ask(selection, data, view);
    scalars.fetch(data, view);
    const latest = view.follow ? latestWithResults(selection, data) : undefined;
    if (latest !== undefined && latest.id !== selection.record.id) void follow(selection, latest, view);
    else fetchDistributions(selection, view);
  };
  const inspector = inspectorRequests(host, changeData, fail, draw, afterRest);
  store.subscribe(() => draw());

  const actions: Actions = {
    navigate: (navigation) => {
      const { data } = store.get();
      if (data?.catalog === undefined) waitingNavigation = navigation;
      else changeView(history.navigate(data, navigation));
    },
    selectLayer: (fullName) => changeView(history.jump((view) => atLayer(view, fullName))),
    selectVariant: (variant) => changeView(history.jump((view) => ({ ...view, variant }))),
    selectStep: (step) =>
      changeView((view) => (view.step === step ? view : { ...view, step, follow: false })),
    selectChannel: (channel) => changeView((view) => ({ ...view, channel })),
    selectElement: ({ n, c, p }) => changeView((view) => ({ ...view, sample: n, channel: c, position: p })),
    toggleMethod: (method) =>
      changeView((view) => {
        const shown = view.methods.includes(method)
          ? view.methods.filter((each) => each !== method)
          : METHODS.filter((each) => each === method || view.methods.includes(each));
        // At least one method stays.
        return shown.length === 0 ? view : { ...view, methods: shown };
      }),
    setView: (change) => changeView((view) => ({ ...view, ...change })),
    foldModule: (path, isOpen) => changeView((view) => ({ ...view, open: { ...view.open, [path]: isOpen } })),
    togglePin: (fullName) =>
      changeView((view) => {
        if (view.pins.includes(fullName))
          return { ...view, pins: view.pins.filter((each) => each !== fullName) };
        return view.pins.length < MAX_PINS ? { ...view, pins: [...view.pins, fullName] } : view;
      }),
    zoom: (method, range) =>
      changeView((view) => {
        const { [method]: _, ...others } = view.ranges;
        return { ...view, ranges: range === undefined ? others : { ...others, [method]: range } };
      }),
    setOptions: (changes) => void host.call('setOptions', changes).catch(fail),
    chooseScalars: (shown) =>
      void host.call('chooseScalars', { shown }).then((chosen) => {
        if (chosen !== null) actions.setView({ scalars: chosen.slice(0, MAX_SCALARS) });
      }, fail),
    chooseOption: (option, layer) =>
      void host
        .call('chooseOption', { option, ...(layer === undefined ? layerInView() : { layer }) })
        .catch(fail),
    run: (command) => void host.call('runCommand', { command, ...layerInView() }).catch(fail),
    showRun: ({ key, layer }) => {
      const step = placeInView(store.get())?.step;
      const place = layer && { layer: layer.id, variant: layer.variant, ...(step !== undefined && { step }) };
      void host.call('showRun', { key, ...place }).catch(fail);
    },
    openDefinition: (kind) => void host.call('openDefinition', { kind }).catch(fail),
    copy: (text) => void host.call('copyText', { text }).catch(fail),
    cancel: () => void host.call('cancel', undefined).catch(fail),
    resume: () => {
      // A failed request is repeated with the next update.
      fetched = '';
      inspector.forget();
      scalars.askAgain();
      host.call('resume', undefined).catch(fail);
    },
  };
  return {
    actions,
    reportDefect: (error) => {
      // A page that cannot draw fails again with every update.
      if (++defects > MAX_DEFECTS) return;
      host.call('reportDefect', { problem: toProblem(error, '') }).catch(() => {
        // The host logs this failure itself.
      });
    },
    start: () => {
      host
        .call('ready', {})
        .then((snapshot) =>
          arriving(async () => {
            const data = await withTurns(fromSnapshot(snapshot));
            sentQuantity = snapshot.quantity.quantity;
            store.update((state) => ({ ...state, data }));
          }),
        )
        .catch(fail);
    },
  };
}

/** Whether a run has one step, and no more are to come soon. */
function hasOneStep({ catalog, progress }: RunData): boolean {
  return catalog?.steps.length === 1 && progress.state === 'complete' && progress.live !== true;
}

function focusKey({ layer, variant }: Focus): string {
  return `${layer}/${variant}`;
}
