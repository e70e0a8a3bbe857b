import { cellStart, cellsOf, type ExplicitHistogram, type Sketch } from './sketch';

/**
 * Computes percentiles of a sketch as NumPy's default method defines them: linear interpolation between the order
 * statistics next to p/100 · (n − 1) [Hyndman & Fan 1996, type 7]. Each order statistic is accurate to the width of its
 * cell. Returns NaN for an empty sketch. Ascending percentiles take one pass over the cells.
 */
export function percentilesOf(sketch: Sketch | ExplicitHistogram, percentiles: readonly number[]): number[] {
  const values: number[] = [];
  const orderStatistic = 'cells' in sketch ? explicitOrderStatistic(sketch) : dyadicOrderStatistic(sketch);
  for (const percentile of percentiles) {
    const rank = (percentile / 100) * (sketch.count - 1);
    const below = Math.floor(rank);
    const lower = sketch.count === 0 ? Number.NaN : orderStatistic(below);
    const isExact = rank === below || sketch.count === 0;
    values.push(isExact ? lower : lower + (rank - below) * (orderStatistic(below + 1) - lower));
  }
  return values;
}

/** The value of rank r (0 to n − 1). */
type OrderStatistic = (rank: number) => number;

/** `low` and `high`: edges of the cell; `within`: the rank among its `count` values. */
function valueInCell(
  { min, max, zeros }: Sketch | ExplicitHistogram,
  low: number,
  high: number,
  within: number,
  count: number,
): number {
  // Zeros come first in the cell that starts at 0.
  const own = zeros > 0 && low <= 0 && 0 < high ? zeros : 0;
  if (within < own) return 0;
  const value = low + ((within - own + 0.5) / (count - own)) * (high - low);
  return Math.min(max, Math.max(min, value));
}

function explicitOrderStatistic(sketch: ExplicitHistogram): OrderStatistic {
  const { edges, cumulative } = cellsOf(sketch);
  return (rank) => {
    if (rank <= 0) return sketch.min;
    if (rank >= sketch.count - 1) return sketch.max;
    let low = 0;
    let high = edges.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (cumulative[middle] <= rank) low = middle;
      else high = middle;
    }
    const below = cumulative[low];
    return valueInCell(sketch, edges[low], edges[low + 1], rank - below, cumulative[low + 1] - below);
  };
}

/** Continues from the cell of the previous rank, or restarts for a lower one. */
function dyadicOrderStatistic(sketch: Sketch): OrderStatistic {
  const { counts } = sketch;
  const reached = { at: 0, index: 0, below: 0 };
  return (rank) => {
    if (rank <= 0) return sketch.min;
    if (rank >= sketch.count - 1) return sketch.max;
    // The loop is several times as fast on variables of its own.
    let { at, index, below } = rank < reached.below ? FIRST_CELL : reached;
    for (;;) {
      const own = counts[at];
      if (own === 0) {
        index += counts[at + 1];
        at += 2;
        continue;
      }
      if (!(below + own <= rank)) break;
      below += own;
      index++;
      at++;
    }
    reached.at = at;
    reached.index = index;
    reached.below = below;
    const [low, high] = [cellStart(sketch, index), cellStart(sketch, index + 1)];
    return valueInCell(sketch, low, high, rank - below, counts[at]);
  };
}

const FIRST_CELL = { at: 0, index: 0, below: 0 } as const;
