import { coarseToFine } from '../../model/coarseToFine';
import type { InTurns } from '../../model/inTurns';
import type { Series } from '../../model/series';

/** A record and its position in its series. */
export interface Place {
  readonly series: Series;
  readonly position: number;
}

/**
 * Returns the order in which to compute records: the layers of interest one after the other, then all others side by
 * side. Within a layer, the first and last steps come first, then the midpoints of the remaining gaps.
 */
export function* recordOrder(all: readonly Series[], focus: readonly number[]): InTurns<Place[]> {
  const focused = focus.flatMap((layer) => all.filter((series) => series[0].layer === layer));
  const others = all.filter((series) => !focus.includes(series[0].layer));
  const order = focused.flatMap((series) =>
    coarseToFine(series.length).map((position) => ({ series, position })),
  );
  const orders = others.map((series) => coarseToFine(series.length));
  const longest = Math.max(0, ...orders.map(({ length }) => length));
  for (let turn = 0; turn < longest; turn++) {
    others.forEach((series, i) => {
      if (turn < orders[i].length) order.push({ series, position: orders[i][turn] });
    });
    yield;
  }
  return order;
}
