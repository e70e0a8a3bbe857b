import type { RecordPlace, RunCatalog } from '../../model/catalog';
import type { CatalogDelta } from '../../model/catalogDelta';
import { isOtherRun, type Reference } from '../../model/reference';
import type { RunJoin } from '../../model/runJoin';
import { referenceOf, seriesOf, seriesOfLayer } from '../../model/series';
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
  if (isOtherRun(reference)) return [];
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
 * Series whose references may change with a delta. A series that only grows at its end keeps its references. `before`:
 * the catalog before the delta is applied.
 */
export function touchedSeries(
  before: RunCatalog,
  { added, changed, removed }: CatalogDelta,
  reference: Reference,
): readonly SeriesPlace[] {
  if (isOtherRun(reference)) return [];
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

/**
 * Records whose shift must be measured again after a change of the files of the other run. `join`: with that run after the
 * change; `done`: the records with results.
 */
export function staleByOther(
  join: RunJoin,
  catalog: RunCatalog,
  { added, changed, removed }: CatalogDelta,
  cells: Pick<ShiftTable, 'referenceOf'>,
  done: ReadonlySet<number>,
): readonly number[] {
  const rewritten = new Set(changed.map(({ id }) => id));
  const touched = new Set([
    ...[...added, ...changed].map(({ layer }) => layer),
    ...removed.map((id) => join.other.records[id].layer),
  ]);
  return join.layers.flatMap(({ layer, other }) => {
    if (other === undefined || !touched.has(other)) return [];
    return seriesOfLayer(catalog, layer)
      .flat()
      .flatMap((record) => {
        const due = join.partnerOf(record)?.id;
        const isStale = due !== cells.referenceOf(record.id) || (due !== undefined && rewritten.has(due));
        return done.has(record.id) && isStale ? [record.id] : [];
      });
  });
}

/** Whether layers that both joins have belong together otherwise now. */
export function joinsDiffer(before: RunJoin | undefined, after: RunJoin | undefined): boolean {
  if (before === undefined || after === undefined) return before !== after;
  return before.layers.some(({ other }, layer) => other !== after.layers[layer]?.other);
}
