import type { Problem } from '../../src/model/problem';
import type { RunData } from './runData';
import type { ViewState } from './viewState';

/** Everything that the panel draws. */
export interface AppState {
  /** Absent until the host's first answer. */
  readonly data: RunData | undefined;
  readonly view: ViewState;
  /** Calls to the host that failed. */
  readonly failures: readonly Problem[];
}

export interface Store {
  get(): AppState;
  update(change: (state: AppState) => AppState): void;
  subscribe(listener: () => void): () => void;
}

export function createStore(initial: AppState): Store {
  let state = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => state,
    update: (change) => {
      const next = change(state);
      if (next === state) return;
      state = next;
      for (const listener of listeners) listener();
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
