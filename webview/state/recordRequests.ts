import type { HostApi } from '../../src/protocol/panelApi';
import type { Connection } from '../../src/rpc/channel';
import { type RunData, withNaN } from './runData';
import type { Selection } from './selection';

/** What tabs ask about one record. */
export type RecordMethod = 'batchSizes' | 'cube' | 'formatCasts' | 'methodSweep';

/** Requests about the record in view, of one kind. */
export interface RecordRequests<Method extends RecordMethod> {
  /** Sends a request once for each key, and aborts the one before. Takes over one that was sent ahead. */
  ask(params: HostApi[Method]['params'], selection: Selection, data: RunData): void;
  /** Sends the same request before the person wants the answer. Resolves when it has arrived, or failed. */
  askAhead(params: HostApi[Method]['params'], selection: Selection, data: RunData): Promise<void> | undefined;
  /** Aborts a request that was sent ahead, unless the person has asked the same since. */
  stopAhead(): void;
  /** A failed request is repeated with the next call. */
  forget(): void;
}

interface Sent {
  readonly key: string;
  readonly controller: AbortController;
  /** Whether the person has not asked for it yet. */
  isAhead: boolean;
  isPending: boolean;
}

/** `change` takes an answer, `fail` the failure of a request that the person waits for. */
export function recordRequests<Method extends RecordMethod>(
  host: Connection<HostApi>,
  method: Method,
  change: (change: (data: RunData) => RunData) => void,
  fail: (error: unknown) => void,
): RecordRequests<Method> {
  let last: Sent | undefined;

  async function send(params: HostApi[Method]['params'], sent: Sent): Promise<void> {
    const { signal } = sent.controller;
    try {
      const found = await host.call(method, params, { signal });
      change((data) => ({ ...data, [method]: withNaN(found) }));
    } catch (error) {
      // The person has not asked yet; if they do, the request is repeated.
      if (sent.isAhead) forget(sent);
      else fail(error);
    } finally {
      sent.isPending = false;
    }
  }

  function start(
    params: HostApi[Method]['params'],
    { summary, layer }: Selection,
    { options }: RunData,
    isAhead: boolean,
  ): Promise<void> | undefined {
    const key = JSON.stringify([params, options]);
    if (key === last?.key) {
      if (!isAhead) last.isAhead = false;
      return undefined;
    }
    // Until the summary arrives, the kernel has more urgent work. Histograms have no elements.
    if (summary === undefined || layer.summarized !== undefined) return undefined;
    last?.controller.abort();
    last = { key, controller: new AbortController(), isAhead, isPending: true };
    return send(params, last);
  }

  function forget(sent: Sent | undefined): void {
    if (last === sent) last = undefined;
  }

  return {
    ask: (params, selection, data) => void start(params, selection, data, false),
    askAhead: (params, selection, data) => start(params, selection, data, true),
    stopAhead: () => {
      if (last?.isAhead !== true || !last.isPending) return;
      last.controller.abort();
      last = undefined;
    },
    forget: () => forget(last),
  };
}
