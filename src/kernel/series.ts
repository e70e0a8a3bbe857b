import type { Reference } from '../protocol/analysis';
import type { RecordEntry } from '../protocol/catalog';
import { recordAt, type Series } from '../protocol/series';
import { halvingOrder } from './schedule';

/** The record that a record's shift is measured from; undefined where the series has none. */
export function referenceOf(series: Series, position: number, reference: Reference): RecordEntry | undefined {
  if (reference === 'first') return series[0];
  if (reference === 'previous') return series[Math.max(0, position - 1)];
  return recordAt(series, reference);
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
