import type { Port } from '../../rpc/channel';
import type { ComputeWorkerData } from './spawnComputeWorker';

/** A web worker cannot open files by path, so the kernel of the web computes everything itself. */
export const computeWorkerData: ComputeWorkerData | undefined = undefined;

export function coreCount(): number {
  return 1;
}

/** Workers of the web have no priorities. */
export function lowerPriority(): void {}

export function spawnComputeWorker(): { readonly port: Port; kill(): void } {
  throw new Error('The kernel of the web host has no compute workers.');
}
