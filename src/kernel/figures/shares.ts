import { cellsOf, type ExplicitHistogram, type Sketch, totalOf } from '../statistics/sketch';

/**
 * Returns a function that counts the values of a histogram below x. It is exact at the edges of cells. Between them, it
 * assumes that values are spread evenly within a cell, or within the part of it between the minimum and the maximum.
 * Zeros are the first values of the cell that starts at 0.
 */
export function countsBelow(sketch: Sketch | ExplicitHistogram): (x: number) => number {
  const { edges, cumulative } = cellsOf(sketch);
  const total = totalOf({ edges, cumulative });
  const last = edges.length - 1;
  return (x) => {
    if (last < 1 || x <= sketch.min) return 0;
    if (x > sketch.max) return total;
    let [low, high] = [0, last];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (edges[middle] <= x) low = middle;
      else high = middle;
    }
    const from = cumulative[low];
    // Zeros are not spread over their cell: all of them are below any x > 0.
    const zeros = edges[low] === 0 && x > 0 ? Math.min(sketch.zeros, cumulative[high] - from) : 0;
    const start = Math.max(edges[low], zeros > 0 ? edges[low] : sketch.min);
    const end = Math.min(edges[high], sketch.max);
    const within = end > start ? Math.min(1, (x - start) / (end - start)) : 1;
    return from + zeros + (cumulative[high] - from - zeros) * within;
  };
}
