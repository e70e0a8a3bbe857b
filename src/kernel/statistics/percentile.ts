import { cellEdges, cellsOf, type ExplicitHistogram, type Sketch } from './sketch';

/** A cell, the number of values below it, and the number of values in it. */
interface RankedCell {
  readonly low: number;
  readonly high: number;
  readonly below: number;
  readonly count: number;
}

/**
 * Computes percentiles of a sketch as NumPy's default method defines them: linear interpolation between the order
 * statistics next to p/100 · (n − 1) [Hyndman & Fan 1996, type 7]. Each order statistic is accurate to the width of its
 * cell. Returns NaN for an empty sketch. Ascending percentiles take one pass over the cells.
 */
export function percentilesOf(sketch: Sketch | ExplicitHistogram, percentiles: readonly number[]): number[] {
  const cellOfRank = 'cells' in sketch ? explicitCellOfRank(sketch) : dyadicCellOfRank(sketch);

  /** The value of rank r (0 to n − 1). */
  const orderStatistic = (rank: number): number => {
    if (rank <= 0) return sketch.min;
    if (rank >= sketch.count - 1) return sketch.max;
    const { low, high, below, count } = cellOfRank(rank);
    let within = rank - below;
    let inCell = count;
    if (sketch.zeros > 0 && low <= 0 && 0 < high) {
      // Zeros come first in the cell that starts at 0.
      if (within < sketch.zeros) return 0;
      within -= sketch.zeros;
      inCell -= sketch.zeros;
    }
    const value = low + ((within + 0.5) / inCell) * (high - low);
    return Math.min(sketch.max, Math.max(sketch.min, value));
  };

  return percentiles.map((percentile) => {
    if (sketch.count === 0) return Number.NaN;
    const rank = (percentile / 100) * (sketch.count - 1);
    const below = Math.floor(rank);
    const lower = orderStatistic(below);
    return rank === below ? lower : lower + (rank - below) * (orderStatistic(below + 1) - lower);
  });
}

function explicitCellOfRank(sketch: ExplicitHistogram): (rank: number) => RankedCell {
  const { edges, cumulative } = cellsOf(sketch);
  return (rank) => {
    let low = 0;
    let high = edges.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (cumulative[middle] <= rank) low = middle;
      else high = middle;
    }
    const below = cumulative[low];
    return { low: edges[low], high: edges[low + 1], below, count: cumulative[low + 1] - below };
  };
}

/** Continues from the cell of the previous rank, or restarts for a lower one. */
function dyadicCellOfRank(sketch: Sketch): (rank: number) => RankedCell {
  const { counts } = sketch;
  let reached = { at: 0, index: 0, below: 0 };
  return (rank) => {
    if (rank < reached.below) reached = { at: 0, index: 0, below: 0 };
    // The loop is several times as fast on variables of its own.
    let { at, index, below } = reached;
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
    reached = { at, index, below };
    const [low, high] = cellEdges(sketch, index);
    return { low, high, below, count: counts[at] };
  };
}
