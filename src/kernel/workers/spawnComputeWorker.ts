import { availableParallelism, cpus, setPriority } from 'node:os';
import { Worker, workerData } from 'node:worker_threads';
import { t } from '@vscode/l10n';
import { type Translations, translations } from '../../model/translations';
import type { Port } from '../../rpc/channel';
import { threadPort, WORKER_LIMITS } from '../../rpc/threadPort';

const ROLE = 'normscope-compute-worker';

/** The data that a compute worker is started with. */
export interface ComputeWorkerData {
  readonly role: typeof ROLE;
  readonly translations: Translations | undefined;
}

/** `undefined` in a kernel worker, which is started without data. */
export const computeWorkerData: ComputeWorkerData | undefined =
  workerData?.role === ROLE ? workerData : undefined;

/** Threads that can compute at the same time here. */
export function coreCount(): number {
  // Older hosts do not have the first.
  return typeof availableParallelism === 'function' ? availableParallelism() : cpus().length;
}

/** How much a kernel and the compute workers that it starts let others go before; 0 to 19 [setpriority(2)]. */
const NICENESS = 5;

/**
 * Lowers the priority of this thread and those that it starts, so that editor, panel, and a watched training job get
 * the cores first. Only Linux has per-thread priorities; elsewhere, this would slow the whole extension host.
 */
export function lowerPriority(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(NICENESS);
  } catch {
    // Not permitted: keep normal priority.
  }
}

/** Starts a compute worker: this script, on another thread. */
export function spawnComputeWorker(script = __filename): { readonly port: Port; kill(): void } {
  const data: ComputeWorkerData = { role: ROLE, translations: translations() };
  const worker = new Worker(script, { workerData: data, resourceLimits: WORKER_LIMITS });
  return { port: threadPort(worker, t('A compute worker')), kill: () => void worker.terminate() };
}
