import type { HostApi } from '../../src/protocol/panelApi';
import type { Connection } from '../../src/rpc/channel';
import { type RunData, withNaN } from './runData';
import type { Selection } from './selection';
import type { ViewState } from './viewState';

/** Asks the host for what the tab Runs shows: again when another layer is in view, or something of a run changes. */
export function groupRequests(
  host: Connection<HostApi>,
  change: (change: (data: RunData) => RunData) => void,
  fail: (error: unknown) => void,
): { ask(selection: Selection, data: RunData, view: ViewState): void; forget(): void } {
  let asked = '';
  let fetching: AbortController | undefined;
  /** One call at a time: an answer to an older question is not wanted. */
  function signal(): AbortSignal {
    fetching?.abort();
    fetching = new AbortController();
    return fetching.signal;
  }
  return {
    ask: ({ layer, variant }, { group }, { runView, mapQuantity }) => {
      if (group.length === 0) return;
      const place = { layer: layer.id, variant };
      // Results of other records do not change the sizes, but another listing or another run does.
      const state =
        runView === 'training' ? group : group.map(({ key, state: now }) => [key, now === 'listing']);
      const key = JSON.stringify([place, runView, runView === 'training' && mapQuantity, state]);
      if (key === asked) return;
      asked = key;
      const options = { signal: signal() };
      if (runView === 'training')
        host
          .call('runGroup', { ...place, quantity: mapQuantity }, options)
          .then((runGroup) => change((data) => ({ ...data, runGroup })), fail);
      else
        host
          .call('coordinates', place, options)
          .then((found) => change((data) => ({ ...data, coordinates: found && withNaN(found) })), fail);
    },
    forget: () => {
      asked = '';
    },
  };
}
