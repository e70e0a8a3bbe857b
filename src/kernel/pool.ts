import { isAbortError } from '../protocol/abort';
import type { RecordEntry } from '../protocol/catalog';
import { type Connection, connect, type Port } from '../protocol/channel';
import { problemError, toProblem } from '../protocol/problem';
import type { RecordSketch } from './analyseRecord';
import type { HelperApi } from './helper';
import type { Knobs } from './knobs';

/** Helpers that compute sketches of local files side by side. */
export interface Pool {
  /** Records that are computed at a time. */
  readonly size: number;
  /** Rejects with `internal`, naming the record, where the helper dies; the next record gets a new one. */
  compute(record: RecordEntry, knobs: Knobs, withUnits: boolean, signal: AbortSignal): Promise<RecordSketch>;
  dispose(): void;
}

type Spawn = () => { readonly port: Port; kill(): void };

interface Helper {
  readonly connection: Connection<HelperApi>;
  /** What it was given and has not answered; it works on the first. */
  readonly given: Set<RecordEntry>;
  kill(): void;
}

/** Helpers are started when there is work for them, `size` at most. */
export function helperPool(size: number, spawn: Spawn): Pool {
  const helpers = new Set<Helper>();

  function start(): Helper {
    const { port, kill } = spawn();
    const connection = connect<Record<string, never>, HelperApi>(port, {});
    const helper: Helper = { connection, given: new Set(), kill };
    port.onClose(() => helpers.delete(helper));
    helpers.add(helper);
    return helper;
  }

  /** An idle helper, a new one, or the one with the least to do. */
  function leastBusy(): Helper {
    let least: Helper | undefined;
    for (const helper of helpers)
      if (least === undefined || helper.given.size < least.given.size) least = helper;
    return least === undefined || (least.given.size > 0 && helpers.size < size) ? start() : least;
  }

  const compute: Pool['compute'] = async (record, knobs, withUnits, signal) => {
    const helper = leastBusy();
    helper.given.add(record);
    try {
      return await helper.connection.call('sketch', { record, knobs, withUnits }, { signal });
    } catch (error) {
      if (isAbortError(error) || helpers.has(helper)) throw error;
      const [worked] = helper.given;
      // Only what the helper was at can have been its death; the rest waited for its turn.
      if (worked !== record && !signal.aborted) return await compute(record, knobs, withUnits, signal);
      throw problemError('internal', record.file, toProblem(error, record.file).message, record.tensor);
    } finally {
      // Those that failed with it look at what was first when it died.
      if (helpers.has(helper)) helper.given.delete(record);
    }
  };

  return {
    size,
    compute,
    dispose: () => {
      for (const { connection, kill } of helpers) {
        connection.close('The kernel was configured anew.');
        kill();
      }
      helpers.clear();
    },
  };
}
