import { useMemo } from 'preact/hooks';
import type { ModuleNode } from '../../src/model/layerNames';
import type { PanelCatalog } from '../../src/protocol/panelApi';
import type { DepthProfile } from '../charts/depthProfile';
import { parseFilter } from '../charts/layerFilter';
import { type MapRow, mapRows } from '../charts/mapRows';
import { figuresOfLayers, type ShownQuantity } from '../charts/mapSource';
import type { RunData } from '../state/runData';
import type { ViewState } from '../state/viewState';

interface Choice {
  readonly data: RunData;
  readonly catalog: PanelCatalog;
  readonly view: ViewState;
  readonly variant: number;
  readonly step: number;
  readonly tree: readonly ModuleNode[];
  readonly shown: ShownQuantity;
  readonly profile: DepthProfile;
  readonly filter: string;
}

/**
 * The rows of the overview. Rows that depend on figures are chosen again when the person asks for something else and when
 * the computation ends, not while results arrive: they would move under the pointer.
 */
export function useMapRows({
  data,
  catalog,
  view,
  variant,
  step,
  tree,
  shown,
  profile,
  filter,
}: Choice): MapRow[] {
  const { layers } = catalog;
  const { state } = data.progress;
  const { mapSort, pins, open } = view;
  const asked = [layers, variant, shown.id, shown.method, state];
  const visible = useMemo(() => {
    const parsed = parseFilter(filter);
    if (parsed === undefined) return undefined;
    const figures = figuresOfLayers(catalog, shown, variant, parsed.since);
    return new Set(layers.filter((layer) => parsed.matches(layer, figures[layer.id])).map(({ id }) => id));
  }, [filter, ...asked]);
  const order = useMemo(() => {
    if (mapSort === 'network') return undefined;
    if (mapSort === 'name') {
      const { compare } = new Intl.Collator('en', { numeric: true });
      return (a: number, b: number) => compare(layers[a].name, layers[b].name);
    }
    const { points } = profile;
    const values =
      mapSort === 'value'
        ? points.map((point) => point?.now[point.now.length >> 1])
        : figuresOfLayers(catalog, shown, variant, Number.NEGATIVE_INFINITY).map(({ max }) => max);
    const rank = (layer: number) => values[layer] ?? Number.NaN;
    return (a: number, b: number) => compareDown(rank(a), rank(b)) || a - b;
  }, [mapSort, mapSort === 'value' ? step : undefined, ...asked]);
  return useMemo(() => {
    const pinned = pins.flatMap((fullName) => layers.find((layer) => layer.fullName === fullName)?.id ?? []);
    const names = layers.map(({ name }) => name);
    return mapRows({ tree, names, visible, pinned, open, ...(order && { order }) });
  }, [tree, layers, visible, pins, open, order]);
}

/** The larger first; NaN last. */
function compareDown(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return b - a;
}
