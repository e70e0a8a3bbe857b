import { availableParallelism, cpus } from 'node:os';
import { Worker, workerData } from 'node:worker_threads';
import type { Port } from '../protocol/channel';
import { threadPort } from '../protocol/threadPort';

/** What a worker is started with to be a helper and not a kernel. */
const ROLE = 'normscope-helper';

/** Whether this worker is a helper. */
export const isHelper = workerData === ROLE;

/** Threads that can compute at the same time here. */
export function coreCount(): number {
  // Older hosts do not have the first.
  return typeof availableParallelism === 'function' ? availableParallelism() : cpus().length;
}

/** Starts a helper: this same script, on a thread of its own. */
export function spawnHelper(script = __filename): { readonly port: Port; kill(): void } {
  const worker = new Worker(script, { workerData: ROLE });
  return { port: threadPort(worker, 'A worker of the kernel'), kill: () => void worker.terminate() };
}
