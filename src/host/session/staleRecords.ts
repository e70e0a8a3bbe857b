import type { Reference } from '../../model/analysis';
import type { RecordPlace, RunCatalog } from '../../model/catalog';
import type { CatalogDelta } from '../../model/catalogDelta';
import { referenceOf, seriesOf } from '../../model/series';
import type { ShiftTable } from '../../model/shiftTable';

/** A layer and variant. */
type SeriesPlace = Pick<RecordPlace, 'layer' | 'variant'>;

/**
 * Records whose shift is measured from another record, or from other content, than it would be after a change of the
 * files. `touched`: of {@link touchedSeries}; `after`: the catalog with the delta.
 */
export function staleRecords(
  touched: readonly SeriesPlace[],
  after: RunCatalog,
  delta: CatalogDelta,
  cells: ShiftTable,
  reference: Reference,
): readonly number[] {
  const changed = new Set(delta.changed.map(({ id }) => id));
  const stale: number[] = [];
  for (const { layer, variant } of touched) {
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

/**
 * Series in which a reference may be another one after a change of the files; what only grows at its end keeps its
 * references. `before`: the catalog that the delta is about to go into.
 */
export function touchedSeries(
  before: RunCatalog,
  { added, changed, removed }: CatalogDelta,
  reference: Reference,
): readonly SeriesPlace[] {
  const isAtEnd = ({ layer, variant, step }: RecordPlace) => {
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
