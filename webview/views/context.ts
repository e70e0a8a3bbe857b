import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Actions } from '../state/actions';
import type { Theme } from '../theme';

/** What every view can use without getting it as a property. */
export interface PanelContext {
  readonly actions: Actions;
  readonly theme: Theme;
}

export const Context = createContext<PanelContext | undefined>(undefined);

export function usePanel(): PanelContext {
  const context = useContext(Context);
  if (context === undefined) throw new Error('A view was drawn outside the panel.');
  return context;
}
