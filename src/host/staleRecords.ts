import type { Reference } from '../protocol/analysis';
import type { RunCatalog } from '../protocol/catalog';
import type { CatalogDelta } from '../protocol/catalogDelta';
import { referenceOf, seriesOf } from '../protocol/series';
import type { ShiftTable } from '../protocol/shiftTable';

/**
 * Records whose shift is measured from another record, or from other content, than it would be after a change of the
 * files. `before` and `after`: the catalog before and after the delta.
 */
export function staleRecords(
  before: RunCatalog,
  after: RunCatalog,
  delta: CatalogDelta,
  cells: ShiftTable,
  reference: Reference,
): readonly number[] {
  const changed = new Set(delta.changed.map(({ id }) => id));
  const stale: number[] = [];
  for (const { layer, variant } of touchedSeries(before, delta, reference)) {
    const series = seriesOf(after, layer, variant);
    series.forEach(({ id }, position) => {
      const from = cells.referenceOf(id);
      if (from === undefined) return;
      const due = referenceOf(series, position, reference)?.id;
      if (due !== undefined && (due !== from || changed.has(due))) stale.push(id);
    });
  }
  return stale;
}

/** Series in which a reference may be another one; what only grows at its end keeps its references. */
function touchedSeries(
  before: RunCatalog,
  { added, changed, removed }: CatalogDelta,
  reference: Reference,
): readonly { readonly layer: number; readonly variant: number }[] {
  const isAtEnd = ({ layer, variant, step }: { layer: number; variant: number; step: number }) => {
    const last = seriesOf(before, layer, variant).at(-1);
    return last === undefined || (step > last.step && step !== reference);
  };
  const places = [
    ...added.filter((record) => !isAtEnd(record)),
    ...changed,
    ...removed.map((id) => before.records[id]),
  ];
  return [...new Map(places.map((place) => [`${place.layer}/${place.variant}`, place])).values()];
}
