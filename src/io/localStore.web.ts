import type { Store } from './store';

/** A web worker has no disk: the host keeps its files. */
export function localStore(_folder: string): Store | undefined {
  return undefined;
}
