import type { Port } from '../rpc/channel';

/** A web worker has no files of its own: what the host hands over, the kernel computes by itself. */
export const isHelper = false;

export function coreCount(): number {
  return 1;
}

/** Workers of the web have no priorities. */
export function stepBack(): void {}

export function spawnHelper(): { readonly port: Port; kill(): void } {
  throw new Error('The kernel of the web host has no helpers.');
}
