import type { Port } from '../../rpc/channel';

/** A web worker has no files of its own: what the host hands over, the kernel computes by itself. */
export const isComputeWorker = false;

export function coreCount(): number {
  return 1;
}

/** Workers of the web have no priorities. */
export function lowerPriority(): void {}

export function spawnComputeWorker(): { readonly port: Port; kill(): void } {
  throw new Error('The kernel of the web host has no compute workers.');
}
