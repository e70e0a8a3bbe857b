import type { Distributions } from '../../../../src/model/analysis';
import { METHODS } from '../../../../src/model/analysis';
import type { ChannelFigures } from '../../../../src/model/channelFigures';
import type { ChannelPositions } from '../../../../src/model/channelPositions';
import type { Cube } from '../../../../src/model/cube';
import type { HostApi, PanelApi, PanelSnapshot } from '../../../../src/protocol/panelApi';
import { type Connection, connect, type Port } from '../../../../src/rpc/channel';
import { type Actions, connectToHost } from '../../../../webview/state/actions';
import { createStore, type Store } from '../../../../webview/state/store';
import { INITIAL_VIEW, type ViewState } from '../../../../webview/state/viewState';

type DistributionParams = HostApi['distributions']['params'];

/** A request for distributions whose answer the test controls. */
interface Request {
  readonly params: DistributionParams;
  readonly signal: AbortSignal;
  answer(): void;
  refuse(error: Error): void;
}

/** The panel's store and actions, connected to a host that records its calls. */
export interface PanelUnderTest {
  readonly store: Store;
  readonly actions: Actions;
  /** Everything but `distributions`: the procedure and its parameters. */
  readonly calls: [method: string, params: unknown][];
  readonly requests: Request[];
  /** The panel, as the host sees it. */
  readonly panel: Connection<PanelApi>;
  reportDefect(error: unknown): void;
  /** Makes every call of the host but `distributions` and `ready` fail. */
  breakWith(error: Error): void;
  /** Makes what arrives from now on be drawn when this resolves; otherwise it is drawn at once. */
  drawUntil(done: Promise<void>): void;
  /** Passes the moment after which a person counts as looking at the same. */
  rest(): void;
  /** Makes the kernel have nothing in memory. */
  forgetAll(): void;
}

/** Starts a panel whose host answers with this snapshot. */
export async function startPanel(
  snapshot: PanelSnapshot,
  view: Partial<ViewState> = {},
): Promise<PanelUnderTest> {
  const [near, far] = joinedPorts();
  const calls: PanelUnderTest['calls'] = [];
  const requests: Request[] = [];
  let failure: Error | undefined;
  let drawing = Promise.resolve();
  let isForgetful = false;
  const resting = new Set<() => void>();
  const note = (method: string, params: unknown) => {
    calls.push([method, params]);
    if (failure !== undefined) throw failure;
  };
  const panel = connect<HostApi, PanelApi>(far, {
    ready: (params) => {
      calls.push(['ready', params]);
      return snapshot;
    },
    focus: (params) => {
      note('focus', params);
      return { ...params, summaries: [], shifts: [] };
    },
    quantity: ({ quantity }) => {
      note('quantity', quantity);
      return { quantity, record: Int32Array.of(0), value: Float64Array.of(0.5) };
    },
    distributions: (params, { signal }) =>
      new Promise((resolve, reject) => {
        requests.push({ params, signal, answer: () => resolve(distributionsOf(params)), refuse: reject });
      }),
    channels: (params) => {
      note('channels', params);
      return params.ahead === true && isForgetful ? null : channelsOf(params);
    },
    channelPositions: (params) => {
      note('channelPositions', params);
      return positionsOf(params);
    },
    densities: ({ layer, variant }) => {
      note('densities', { layer, variant });
      return { layer, variant, records: Int32Array.of(0), bins: 1, methods: {} };
    },
    batchSizes: (params) => {
      note('batchSizes', params);
      return { ...params, samples: 8, of: 8, channels: 1, worth: 2, positions: 4, sizes: [] };
    },
    cube: (params) => {
      note('cube', params);
      return cubeOf(params);
    },
    formatCasts: (params) => {
      note('formatCasts', params);
      return { ...params, values: 8, of: 8, casts: [] };
    },
    methodSweep: (params) => {
      note('methodSweep', params);
      return { ...params, raw: 1, groups: [], epsilon: [] };
    },
    runGroup: (params) => {
      note('runGroup', params);
      return { ...params, runs: [], inView: '', differing: [], isOfWidths: false };
    },
    coordinates: (params) => {
      note('coordinates', params);
      return null;
    },
    showRun: (params) => note('showRun', params),
    scalars: ({ names }) => {
      note('scalars', names);
      return names.map((name) => ({ name, steps: Float64Array.of(0, 10), values: Float64Array.of(2, 1) }));
    },
    chooseScalars: ({ shown }) => {
      note('chooseScalars', shown);
      return [...shown].reverse();
    },
    setOptions: (changes) => note('setOptions', changes),
    chooseOption: (params) => note('chooseOption', params),
    cancel: () => note('cancel', undefined),
    resume: () => note('resume', undefined),
    runCommand: (params) => note('runCommand', params),
    openDefinition: (params) => note('openDefinition', params),
    copyText: (params) => note('copyText', params),
    reportDefect: (params) => note('reportDefect', params),
  });
  const store = createStore({ data: undefined, view: { ...INITIAL_VIEW, ...view }, failures: [] });
  const { actions, start, reportDefect } = connectToHost(near, store, {
    drawn: () => drawing,
    afterRest: (act) => {
      resting.add(act);
      return () => void resting.delete(act);
    },
    pictures: () => [],
    picture: () => Promise.resolve({ bytes: new Uint8Array() }),
  });
  start();
  await settled();
  return {
    store,
    actions,
    calls,
    requests,
    panel,
    reportDefect,
    breakWith: (error) => {
      failure = error;
    },
    drawUntil: (done) => {
      drawing = done;
    },
    forgetAll: () => {
      isForgetful = true;
    },
    rest: () => {
      const acts = [...resting];
      resting.clear();
      for (const act of acts) act();
    },
  };
}

export function distributionsOf({ record, reference }: DistributionParams): Distributions {
  const pairs = METHODS.map((method) => [method, {}]);
  return {
    record,
    ...(reference === undefined ? {} : { reference }),
    methods: Object.fromEntries(pairs) as Distributions['methods'],
  };
}

/** One element. */
function cubeOf({ record, ...element }: HostApi['cube']['params']): Cube {
  return {
    record,
    element,
    samples: 1,
    channels: 1,
    positions: 1,
    positionAxes: [],
    n: [element.n],
    c: [element.c],
    p: [element.p],
    values: Float64Array.of(1),
    epsilon: 1e-5,
    groups: 1,
    methods: [],
  };
}

/** One channel at one record. */
export function channelsOf({ layer, variant }: HostApi['channels']['params']): ChannelFigures {
  const [one, id] = [() => Float64Array.of(0.5), Int32Array.of(0)];
  return {
    layer,
    variant,
    records: id,
    channels: id,
    of: 1,
    mean: one(),
    deviation: one(),
    greatest: one(),
    shift: one(),
  };
}

/** One position at one record. */
function positionsOf({ layer, variant, channel }: HostApi['channelPositions']['params']): ChannelPositions {
  return {
    layer,
    variant,
    channel,
    kind: 'steps',
    records: Int32Array.of(0),
    down: { letter: 'L', length: 1 },
    rows: 1,
    columns: 1,
    mean: Float64Array.of(0.5),
  };
}

/** Resolves when every message under way has arrived and had its effect. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Two ends of a link in one thread: messages are cloned and arrive a little later, in order. */
function joinedPorts(): [Port, Port] {
  const listeners: ((message: unknown) => void)[][] = [[], []];
  const end = (own: 0 | 1): Port => ({
    post: (message) => {
      const copy = structuredClone(message);
      queueMicrotask(() => {
        for (const listener of listeners[1 - own]) listener(copy);
      });
    },
    onMessage: (listener) => {
      listeners[own].push(listener);
    },
    onClose: () => {},
  });
  return [end(0), end(1)];
}
