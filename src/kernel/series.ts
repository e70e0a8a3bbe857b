import type { Reference } from '../protocol/analysis';
import type { RecordEntry, RunCatalog } from '../protocol/catalog';
import { halvingOrder } from './schedule';

/** The records of one layer and variant, steps ascending: what a curve over training is drawn through. */
export type Series = readonly RecordEntry[];

/** Every series of the run, in the catalog's order of layers and variants. */
export function seriesOf(catalog: RunCatalog): Series[] {
  const byKey = new Map<string, RecordEntry[]>();
  for (const record of catalog.records) {
    const key = `${record.layer}/${record.variant}`;
    const series = byKey.get(key);
    if (series === undefined) byKey.set(key, [record]);
    else series.push(record);
  }
  const all = [...byKey.values()];
  for (const series of all) series.sort((a, b) => a.step - b.step);
  return all.sort((a, b) => a[0].layer - b[0].layer || a[0].variant - b[0].variant);
}

/** The record that a record's shift is measured from; undefined where the series has none. */
export function referenceOf(series: Series, position: number, reference: Reference): RecordEntry | undefined {
  if (reference === 'first') return series[0];
  if (reference === 'previous') return series[Math.max(0, position - 1)];
  return series.find(({ step }) => step === reference);
}

/**
 * The order in which records are computed: the layers of interest one after the other, then all others side by
 * side; within each, first and last step first, then halving the gaps.
 */
export function recordOrder(
  all: readonly Series[],
  focus: readonly number[],
): { series: Series; position: number }[] {
  const focused = focus.flatMap((layer) => all.filter((series) => series[0].layer === layer));
  const others = all.filter((series) => !focus.includes(series[0].layer));
  const order = focused.flatMap((series) =>
    halvingOrder(series.length).map((position) => ({ series, position })),
  );
  const orders = others.map((series) => halvingOrder(series.length));
  const longest = Math.max(0, ...orders.map(({ length }) => length));
  for (let turn = 0; turn < longest; turn++) {
    others.forEach((series, i) => {
      if (turn < orders[i].length) order.push({ series, position: orders[i][turn] });
    });
  }
  return order;
}
