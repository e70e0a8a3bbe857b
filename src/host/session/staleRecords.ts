import type { RecordPlace, RunCatalog } from '../../model/catalog';
import type { CatalogDelta } from '../../model/catalogDelta';
import type { Reference } from '../../model/reference';
import { referenceRecord } from '../../model/runJoin';
import { seriesOf } from '../../model/series';
import type { ShiftTable } from '../../model/shiftTable';

/** A layer and variant. */
type SeriesPlace = Pick<RecordPlace, 'layer' | 'variant'>;

/**
 * Records whose shift must be measured again after a change of the files, because their reference is another record or
 * has changed. `touched`: from {@link touchedSeries}; `after`: the catalog after the delta.
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
      const due = referenceRecord(series, position, reference, undefined)?.id;
      if (due !== undefined && (due !== from || changed.has(due))) stale.push(id);
    });
  }
  return stale;
}

/**
 * Series whose references may change with a delta. A series that only grows at its end keeps its references. `before`:
 * the catalog before the delta is applied.
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
