import type { RecordPlace, RunCatalog } from './catalog';
import type { ReferenceStep } from './reference';
import { type Series, SeriesIndex } from './seriesIndex';

export type { Series } from './seriesIndex';

type Records<R extends RecordPlace> = Pick<RunCatalog<R>, 'records'>;

/** The index of each list of records, made once. */
const indices = new WeakMap<readonly RecordPlace[], unknown>();

/** The series of a catalog's records. */
export function indexOf<R extends RecordPlace>({ records }: Records<R>): SeriesIndex<R> {
  const known = indices.get(records) as SeriesIndex<R> | undefined;
  if (known !== undefined) return known;
  const index = SeriesIndex.of(records);
  setIndex(records, index);
  return index;
}

/** Stores the index of a list of records that is known without going through the list. */
export function setIndex<R extends RecordPlace>(records: readonly R[], index: SeriesIndex<R>): void {
  indices.set(records, index);
}

/** The series of one layer and variant; empty if it has no records. */
export function seriesOf<R extends RecordPlace>(
  catalog: Records<R>,
  layer: number,
  variant: number,
): Series<R> {
  return indexOf(catalog).get(layer, variant);
}

/** The series of one layer, variants ascending. */
export function seriesOfLayer<R extends RecordPlace>(
  catalog: Records<R>,
  layer: number,
): readonly Series<R>[] {
  return indexOf(catalog).ofLayer(layer);
}

/** All series of the run, layers ascending, and variants ascending in each. */
export function allSeries<R extends RecordPlace>(catalog: Records<R>): readonly Series<R>[] {
  return indexOf(catalog).all();
}

/** How many records the run has, without those whose files were deleted. */
export function recordCount(catalog: Records<RecordPlace>): number {
  return indexOf(catalog).recordCount;
}

/** Index of the first record at or after the step; the length if there is none. */
export function positionOf(series: Series<RecordPlace>, step: number): number {
  let low = 0;
  let high = series.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (series[middle].step < step) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The record of a series at a step. */
export function recordAt<R extends RecordPlace>(series: Series<R>, step: number): R | undefined {
  const record = series[positionOf(series, step)];
  return record?.step === step ? record : undefined;
}

/** The reference record of a record's shift within its run; undefined if the series has none. */
export function referenceOf<R extends RecordPlace>(
  series: Series<R>,
  position: number,
  reference: ReferenceStep,
): R | undefined {
  if (reference === 'first') return series[0];
  if (reference === 'previous') return series[Math.max(0, position - 1)];
  return recordAt(series, reference);
}
