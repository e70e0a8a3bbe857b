import type { HostApi } from '../../src/protocol/panelApi';
import type { Connection } from '../../src/rpc/channel';
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
 */
export function inspectorRequests(
  host: Connection<HostApi>,
  change: (change: (data: RunData) => RunData) => void,
  fail: (error: unknown) => void,
  again: () => void,
): InspectorRequests {
  let fetchedChannels = '';
  let askedChannels = '';
  let isFetchingChannels = false;

  /**
   * Asks for the channels of the layer in view: once, and again when more of its steps are known. One call at a time, so
   * that a run that grows is asked for as often as it answers.
   */
  function askForChannels({ layer, variant, series, record }: Selection, data: RunData): void {
    const { summaries, options } = data;
    const known = series.reduce((sum, { id }) => sum + Number(summaries.get(id) !== undefined), 0);
    if (known === 0 || isFetchingChannels) return;
    const { channels } = data;
    const isIncluded = channels?.layer === layer.id && channels.records.includes(record.id);
    const key = JSON.stringify([layer.id, variant, known, options]);
    const asked = `${key} ${record.step}`;
    if (asked === askedChannels || (key === fetchedChannels && isIncluded)) return;
    askedChannels = asked;
    fetchedChannels = key;
    isFetchingChannels = true;
    host
      .call('channels', { layer: layer.id, variant, step: record.step })
      .then((found) => change((data) => ({ ...data, channels: found })), fail)
      .finally(() => {
        isFetchingChannels = false;
        again();
      });
  }

  /** A request about the record in view, sent once for each key; the next one aborts it. */
  function latest<Method extends 'batchSizes' | 'cube' | 'formatCasts' | 'methodSweep'>(method: Method) {
    let asked = '';
    let fetching: AbortController | undefined;
    return {
      ask: (params: HostApi[Method]['params'], { summary, layer }: Selection, { options }: RunData) => {
        const key = JSON.stringify([params, options]);
        // Until the summary arrives, the kernel has more urgent work. Histograms have no elements.
        if (key === asked || summary === undefined || layer.summarized !== undefined) return;
        asked = key;
        fetching?.abort();
        fetching = new AbortController();
        host
          .call(method, params, { signal: fetching.signal })
          .then((found) => change((data) => ({ ...data, [method]: withNaN(found) })), fail);
      },
      forget: () => {
        asked = '';
      },
    };
  }
  const [batchSizes, cube] = [latest('batchSizes'), latest('cube')];
  const [formatCasts, methodSweep] = [latest('formatCasts'), latest('methodSweep')];
  const whatIf = { batchSizes, methods: methodSweep, formats: formatCasts };

  return {
    ask: (selection, data, view) => {
      const record = selection.record.id;
      if (view.tab === 'channels') askForChannels(selection, data);
      if (view.tab === 'cube') cube.ask({ record, ...placeInView(view) }, selection, data);
      if (view.tab === 'whatIf') whatIf[view.whatIf].ask({ record }, selection, data);
    },
    forget: () => {
      askedChannels = '';
      fetchedChannels = '';
      for (const each of [batchSizes, cube, formatCasts, methodSweep]) each.forget();
    },
  };
}
