import { inspectedOf, type RunData } from './runData';
import { type Selection, select } from './selection';
import type { AppState } from './store';
import type { ViewState } from './viewState';

/** The state after a new snapshot: what tabs, scalars and cards show stays until their next answers. */
export function replaced(state: AppState, fresh: RunData): AppState {
  const before = state.data === undefined ? undefined : select(state.data, state.view);
  const data = {
    ...fresh,
    ...inspectedOf(state.data),
    scalars: state.data?.scalars ?? [],
    group: state.data?.group ?? [],
  };
  const hadCatalog = state.data?.catalog !== undefined;
  return { ...state, data, view: hadCatalog ? grownView(state.view, before, data) : state.view };
}

/**
 * The view after the run has grown. It stays at its step, even if that was not chosen. In a run that was empty when it was
 * opened, it follows the steps.
 */
export function grownView(view: ViewState, before: Selection | undefined, data: RunData): ViewState {
  if (before !== undefined) return view.step === undefined ? { ...view, step: before.record.step } : view;
  const isFirst = view.step === undefined && data.catalog !== undefined && data.catalog.records.length > 0;
  return isFirst && data.progress.live ? { ...view, follow: true } : view;
}
