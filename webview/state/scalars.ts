import { firstScalars } from '../../src/model/scalars';
import type { PanelCatalog } from '../../src/protocol/panelApi';
import type { ViewState } from './viewState';

/** Names of the scalars above the map: those that the person chose, or else those that people look at first. */
export function shownScalars(
  catalog: Pick<PanelCatalog, 'scalars'> | undefined,
  { scalars: chosen }: Pick<ViewState, 'scalars'>,
): readonly string[] {
  const names = catalog?.scalars?.names ?? [];
  return chosen === undefined ? firstScalars(names) : names.filter((name) => chosen.includes(name));
}
