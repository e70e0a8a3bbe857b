import { coreCount, spawnComputeWorker } from './spawnComputeWorker';
import { type WorkerPool, workerPool } from './workerPool';

/** More do not help: they wait for the memory. */
const MAX_WORKERS = 8;

/**
 * A pool of compute workers that run the same script as the caller, `workers` of them or one per core (0). Undefined on
 * one core, where a compute worker would only be in the way.
 */
export function localPool(workers = 0): WorkerPool | undefined {
  const size = Math.min(workers === 0 ? coreCount() : workers, MAX_WORKERS);
  return size < 2 ? undefined : workerPool(size, () => spawnComputeWorker());
}
