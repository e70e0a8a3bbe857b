import { cellsOf, type ExplicitHistogram, type Sketch } from './sketch';

/**
 * Percentiles of a sketch, as NumPy's default method defines them: linear between the order statistics next to p/100 ·
 * (n − 1) [Hyndman & Fan 1996, type 7]. Each order statistic is exact to within its cell. NaN for an empty sketch.
 */
export function percentilesOf(sketch: Sketch | ExplicitHistogram, percentiles: readonly number[]): number[] {
  const { edges, cumulative } = cellsOf(sketch);

  /** The value of rank r (0 to n − 1). */
  const orderStatistic = (rank: number): number => {
    if (rank <= 0) return sketch.min;
    if (rank >= sketch.count - 1) return sketch.max;
    let low = 0;
    let high = edges.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (cumulative[middle] <= rank) low = middle;
      else high = middle;
    }
    let within = rank - cumulative[low];
    let inCell = cumulative[low + 1] - cumulative[low];
    if (sketch.zeros > 0 && edges[low] <= 0 && 0 < edges[low + 1]) {
      // The zeros come first in the cell that starts at 0.
      if (within < sketch.zeros) return 0;
      within -= sketch.zeros;
      inCell -= sketch.zeros;
    }
    const value = edges[low] + ((within + 0.5) / inCell) * (edges[low + 1] - edges[low]);
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
