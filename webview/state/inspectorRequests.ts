import { layoutOf } from '../../src/model/analysis';
import type { HostApi } from '../../src/protocol/panelApi';
import type { Connection } from '../../src/rpc/channel';
import { hasPositions, positionsInView } from './channelPositions';
import { channelsInView } from './channelsInView';
import { groupRequests } from './groupRequests';
import { type InView, readAhead } from './readAhead';
import { recordRequests } from './recordRequests';
import { type RunData, withNaN } from './runData';
import type { Selection } from './selection';
import { placeInView, type ViewState } from './viewState';

/** Asks the host for what the visible tab of the inspector shows. */
export interface InspectorRequests {
  /** Asks for what is in view, unless that has been asked for. */
  ask(selection: Selection, data: RunData, view: ViewState): void;
  /** Failed requests are repeated with the next call. */
  forget(): void;
}

/**
 * `change` takes an answer, `fail` a failure. `again` is called when a request can be made that had to wait for an earlier one.
 * `afterRest`: see {@link readAhead}.
 */
export function inspectorRequests(
  host: Connection<HostApi>,
  change: (change: (data: RunData) => RunData) => void,
  fail: (error: unknown) => void,
  again: () => void,
  afterRest: (act: () => void) => () => void,
): InspectorRequests {
  /**
   * A request about the layer in view: sent once, and again when more of its steps are known. One call at a time, so that a
   * run that grows is asked for as often as it answers.
   */
  function ofLayer(method: 'channels' | 'densities') {
    let fetched = '';
    let asked = '';
    let isFetching = false;
    const forget = () => {
      asked = '';
      fetched = '';
    };
    /** `isAhead`: the person has not asked for the answer yet, and there may be none. */
    function send(
      { layer, variant, series, record }: Selection,
      data: RunData,
      isAhead: boolean,
    ): Promise<void> | undefined {
      const { options, [method]: found } = data;
      const known = knownRecords({ series }, data);
      if (known === 0 || isFetching) return undefined;
      const isIncluded = found?.layer === layer.id && found.records.includes(record.id);
      const key = JSON.stringify([layer.id, variant, known, options]);
      const wanted = `${key} ${record.step}`;
      if (wanted === asked || (key === fetched && isIncluded)) return undefined;
      asked = wanted;
      fetched = key;
      isFetching = true;
      const params = { layer: layer.id, variant, step: record.step, ...(isAhead && { ahead: true }) };
      return host
        .call(method, params)
        .then(
          (answer) => (answer === null ? forget() : change((before) => ({ ...before, [method]: answer }))),
          isAhead ? forget : fail,
        )
        .finally(() => {
          isFetching = false;
          again();
        });
    }
    return {
      ask: (selection: Selection, data: RunData) => void send(selection, data, false),
      askAhead: (selection: Selection, data: RunData) => send(selection, data, true),
      forget,
    };
  }
  const [channels, densities] = [ofLayer('channels'), ofLayer('densities')];

  /** A request about the channel in view by position, of which steps are columns or one is a picture. */
  function positions() {
    let asked = { key: '', record: -1 };
    let fetching: AbortController | undefined;
    return {
      ask: (selection: Selection, data: RunData, view: ViewState) => {
        const { layer, variant, record, summary } = selection;
        const inView = channelsInView(data, selection, view);
        if (inView === undefined || summary === undefined || !hasPositions(layer, data.options)) return;
        const channel = inView.at.figures.channels[inView.column];
        const known = knownRecords(selection, data);
        const key = JSON.stringify([layer.id, variant, channel, data.options, known]);
        const found = positionsInView(data, selection);
        const hasColumn =
          found?.channel === channel && found.kind === 'steps' && found.records.includes(record.id);
        if (key === asked.key && (hasColumn || record.id === asked.record)) return;
        asked = { key, record: record.id };
        fetching?.abort();
        fetching = new AbortController();
        host
          .call(
            'channelPositions',
            { layer: layer.id, variant, step: record.step, channel },
            { signal: fetching.signal },
          )
          .then(
            (answer) =>
              change((before) => ({
                ...before,
                channelPositions: answer === null ? undefined : withNaN(answer),
              })),
            fail,
          );
      },
      forget: () => {
        asked = { key: '', record: -1 };
      },
    };
  }

  const channelPositions = positions();
  const [batchSizes, cube, formatCasts, methodSweep] = [
    recordRequests(host, 'batchSizes', change, fail),
    recordRequests(host, 'cube', change, fail),
    recordRequests(host, 'formatCasts', change, fail),
    recordRequests(host, 'methodSweep', change, fail),
  ];
  const runs = groupRequests(host, change, fail);
  const whatIf = { batchSizes, methods: methodSweep, formats: formatCasts };

  const cubeOf = ({ selection, view }: InView) => ({ record: selection.record.id, ...placeInView(view) });
  const recordOf = ({ selection }: InView) => ({ record: selection.record.id });
  const ahead = readAhead(
    [
      (now) => (hasFewChannels(now) ? channels.askAhead(now.selection, now.data) : undefined),
      (now) => cube.askAhead(cubeOf(now), now.selection, now.data),
      ...[batchSizes, methodSweep, formatCasts].map(
        (each) => (now: InView) => each.askAhead(recordOf(now), now.selection, now.data),
      ),
    ],
    () => {
      for (const each of [cube, batchSizes, methodSweep, formatCasts]) each.stopAhead();
    },
    afterRest,
  );

  return {
    ask: (selection, data, view) => {
      const now = { selection, data, view };
      if (view.tab === 'methods' && view.overTraining !== 'bands') densities.ask(selection, data);
      if (view.tab === 'channels') channels.ask(selection, data);
      if (view.tab === 'channels' && view.channelDetail === 'positions')
        channelPositions.ask(selection, data, view);
      if (view.tab === 'cube') cube.ask(cubeOf(now), selection, data);
      if (view.tab === 'runs') runs.ask(selection, data, view);
      if (view.tab === 'whatIf') whatIf[view.whatIf].ask(recordOf(now), selection, data);
      // After what is shown, which takes over a request that was sent ahead.
      ahead.see(now);
    },
    forget: () => {
      const answers = [channels, channelPositions, densities, batchSizes, cube, formatCasts, methodSweep];
      for (const each of [...answers, runs]) each.forget();
    },
  };
}

/** Whether the channels of the layer in view, at all of its steps, are half a megabyte at most. */
function hasFewChannels({ selection: { layer, series }, data: { options } }: InView): boolean {
  const channels = layer.shape[layoutOf(layer, options).indexOf('C')] ?? 1;
  return series.length * channels <= 2 ** 15;
}

/** How many records of the layer in view are computed. */
function knownRecords({ series }: Pick<Selection, 'series'>, { summaries }: RunData): number {
  return series.reduce((sum, { id }) => sum + Number(summaries.get(id) !== undefined), 0);
}
