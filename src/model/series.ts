import type { Reference } from './analysis';
import { appendInPlace } from './appendInPlace';
import type { RecordEntry, RecordPlace, RunCatalog } from './catalog';

/** The records of one layer and variant, steps ascending: what a curve over training is drawn through. */
export type Series<R extends RecordPlace = RecordEntry> = readonly R[];

/** By layer, then by variant. */
type Index<R extends RecordPlace> = ReadonlyMap<number, ReadonlyMap<number, Series<R>>>;

type Records<R extends RecordPlace> = Pick<RunCatalog<R>, 'records'>;

/** A catalog's series are found once, and a delta's are made from those before it. */
const indices = new WeakMap<readonly RecordPlace[], Index<RecordPlace>>();

function indexOf<R extends RecordPlace>({ records }: Records<R>): Index<R> {
  const known = indices.get(records);
  if (known !== undefined) return known as Index<R>;
  // Ids count up from 0, and a position in an array is found sooner than a key of a map.
  const found: R[][][] = [];
  for (const record of records) {
    if (record.removed === true) continue;
    found[record.layer] ??= [];
    found[record.layer][record.variant] ??= [];
    found[record.layer][record.variant].push(record);
  }
  const index = new Map<number, Map<number, R[]>>();
  found.forEach((ofLayer, layer) => {
    const variants = new Map<number, R[]>();
    ofLayer.forEach((series, variant) => {
      sortSteps(series);
      variants.set(variant, series);
    });
    index.set(layer, variants);
  });
  indices.set(records, index);
  return index;
}

/** Most series come in order. `sorted`: how many at the beginning are known to. */
function sortSteps<R extends RecordPlace>(series: R[], sorted = 1): void {
  for (let i = Math.max(1, sorted); i < series.length; i++) {
    if (series[i].step < series[i - 1].step) {
      series.sort((a, b) => a.step - b.step);
      return;
    }
  }
}

/** The series of one layer and variant; empty if it has no records. */
export function seriesOf<R extends RecordPlace>(
  catalog: Records<R>,
  layer: number,
  variant: number,
): Series<R> {
  return indexOf(catalog).get(layer)?.get(variant) ?? [];
}

/** The series of one layer, variants ascending. */
export function seriesOfLayer<R extends RecordPlace>(
  catalog: Records<R>,
  layer: number,
): readonly Series<R>[] {
  return [...(indexOf(catalog).get(layer) ?? [])].sort(([a], [b]) => a - b).map(([, series]) => series);
}

/** All series of the run, by ascending layer, then variant. */
export function allSeries<R extends RecordPlace>(catalog: Records<R>): readonly Series<R>[] {
  return [...indexOf(catalog).keys()].sort((a, b) => a - b).flatMap((layer) => seriesOfLayer(catalog, layer));
}

/** How many records the run has, those aside whose files were deleted. */
export function recordCount(catalog: Records<RecordPlace>): number {
  let count = 0;
  for (const ofLayer of indexOf(catalog).values())
    for (const series of ofLayer.values()) count += series.length;
  return count;
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

/** The reference record of a record's shift; undefined if the series has none. */
export function referenceOf<R extends RecordPlace>(
  series: Series<R>,
  position: number,
  reference: Reference,
): R | undefined {
  if (reference === 'first') return series[0];
  if (reference === 'previous') return series[Math.max(0, position - 1)];
  return recordAt(series, reference);
}

/**
 * The records with new ones appended, given the series of the existing ones. A record after the last step of its series
 * extends the series, and the records, in place; see {@link appendInPlace}.
 */
export function growSeries<R extends RecordPlace>(before: Records<R>, added: readonly R[]): Records<R> {
  const index = new Map(indexOf(before));
  const bySeries = new Map<string, R[]>();
  for (const record of added) {
    const key = `${record.layer}/${record.variant}`;
    const known = bySeries.get(key);
    if (known === undefined) bySeries.set(key, [record]);
    else known.push(record);
  }
  for (const fresh of bySeries.values()) {
    const [{ layer, variant }] = fresh;
    const ofLayer = index.get(layer);
    const grown = grownSeries(ofLayer?.get(variant) ?? [], fresh);
    if (grown !== ofLayer?.get(variant)) index.set(layer, new Map(ofLayer).set(variant, grown));
  }
  const after = { records: appendInPlace(before.records, added) };
  indices.set(after.records, index);
  return after;
}

function grownSeries<R extends RecordPlace>(series: Series<R>, fresh: R[]): Series<R> {
  sortSteps(fresh);
  const last = series.at(-1)?.step ?? Number.NEGATIVE_INFINITY;
  if (fresh[0].step > last) return appendInPlace(series, fresh);
  const all = [...series, ...fresh];
  sortSteps(all, series.length);
  return all;
}

/**
 * Derives the series of `after` from those of `before`. `after` has all records of `before` except `dropped`, plus
 * `added` (a rewritten record is in both). Only series with changes are built again.
 */
export function deriveSeries<R extends RecordPlace>(
  before: Records<R>,
  after: Records<R>,
  dropped: ReadonlySet<number>,
  added: readonly R[],
): void {
  const index = new Map(indexOf(before));
  const fresh = new Map<string, { readonly series: R[]; readonly sorted: number }>();
  const edit = ({ layer, variant }: RecordPlace): R[] => {
    const key = `${layer}/${variant}`;
    const known = fresh.get(key);
    if (known !== undefined) return known.series;
    const ofLayer = new Map(index.get(layer));
    const present = ofLayer.get(variant) ?? [];
    const series = dropped.size === 0 ? [...present] : present.filter(({ id }) => !dropped.has(id));
    ofLayer.set(variant, series);
    index.set(layer, ofLayer);
    fresh.set(key, { series, sorted: series.length });
    return series;
  };
  for (const id of dropped) edit(before.records[id]);
  for (const record of added) edit(record).push(record);
  for (const { series, sorted } of fresh.values()) sortSteps(series, sorted);
  for (const [layer, ofLayer] of index) {
    const filled = new Map([...ofLayer].filter(([, series]) => series.length > 0));
    if (filled.size === 0) index.delete(layer);
    else if (filled.size < ofLayer.size) index.set(layer, filled);
  }
  indices.set(after.records, index);
}
