import { firstScalars, type ScalarCurve } from '../../src/model/scalars';
import type { PanelCatalog } from '../../src/protocol/panelApi';
import type { RunData } from './runData';
import type { ViewState } from './viewState';

/** Names of the scalars above the map: those that the person chose, or else those that people look at first. */
export function shownScalars(
  catalog: Pick<PanelCatalog, 'scalars'> | undefined,
  { scalars: chosen }: Pick<ViewState, 'scalars'>,
): readonly string[] {
  const names = catalog?.scalars?.names ?? [];
  return chosen === undefined ? firstScalars(names) : names.filter((name) => chosen.includes(name));
}

/**
 * Fetches the scalars that are shown: once, and again when they have changed. One call at a time; what changes meanwhile
 * is fetched after it.
 */
export function scalarFetcher(
  request: (names: readonly string[]) => Promise<readonly ScalarCurve[]>,
  take: (curves: readonly ScalarCurve[]) => void,
  fail: (error: unknown) => void,
): { fetch(data: Pick<RunData, 'catalog'>, view: ViewState): void; askAgain(): void } {
  let asked = '';
  let isFetching = false;
  let next: (() => void) | undefined;
  const fetch = ({ catalog }: Pick<RunData, 'catalog'>, view: ViewState): void => {
    if (catalog?.scalars === undefined) return;
    const names = shownScalars(catalog, view);
    const key = JSON.stringify([catalog.scalars.revision, names]);
    if (key === asked) return;
    if (isFetching) {
      next = () => fetch({ catalog }, view);
      return;
    }
    asked = key;
    isFetching = true;
    request(names)
      .then(take, fail)
      .finally(() => {
        isFetching = false;
        const goOn = next;
        next = undefined;
        goOn?.();
      });
  };
  return {
    fetch,
    askAgain: () => {
      asked = '';
    },
  };
}
