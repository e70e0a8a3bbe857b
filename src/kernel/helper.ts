import type { FileSystem } from '../io/fileSystem';
import type { RecordEntry } from '../protocol/catalog';
import type { Handlers } from '../protocol/channel';
import type { Procedure } from '../protocol/rpc';
import type { RecordSketch } from './analyseRecord';
import { computeSketch } from './computeSketch';
import type { Knobs } from './knobs';
import { openFiles } from './openFiles';

/** What the kernel asks of a helper: a worker that computes sketches of local files. */
export interface HelperApi {
  sketch: Procedure<{ record: RecordEntry; knobs: Knobs; withUnits: boolean }, RecordSketch, never>;
}

/** Milliseconds without work after which files are closed; headers are parsed once for records in one file. */
const IDLE = 500;

/** The helper's side: one record after the other. */
export function helperService(fileSystem: FileSystem): Handlers<HelperApi> {
  const files = openFiles(fileSystem);
  let queue: Promise<unknown> = Promise.resolve();
  let idle: ReturnType<typeof setTimeout> | undefined;
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = queue.then(work);
    queue = result.catch(() => {});
    return result;
  };
  return {
    sketch: async ({ record, knobs, withUnits }, { signal }) => {
      clearTimeout(idle);
      try {
        return await inTurn(() => computeSketch(files, record, knobs, withUnits, signal));
      } finally {
        clearTimeout(idle);
        idle = setTimeout(() => void inTurn(() => files.closeAll()), IDLE);
      }
    },
  };
}
