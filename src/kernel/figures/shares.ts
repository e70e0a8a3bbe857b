import {
  cellAt,
  cellStart,
  type ExplicitHistogram,
  type IndexedCounts,
  indexCounts,
  type Sketch,
  totalOf,
} from '../statistics/sketch';

/** Counts the values of a histogram below x. */
export type CountBelow = (x: number) => number;

/**
 * Returns a function that counts the values of a histogram below x. It is exact at the edges of cells. Between them, it
 * assumes that values are spread evenly within a cell, or within the part of it between the minimum and the maximum.
 * Zeros are the first values of the cell that starts at 0. The function is valid until another sketch is asked about.
 */
export function countsBelow(sketch: Sketch | ExplicitHistogram): CountBelow {
  return 'cells' in sketch ? explicitCountsBelow(sketch) : dyadicCountsBelow(sketch);
}

function explicitCountsBelow(histogram: ExplicitHistogram): CountBelow {
  const { edges, cumulative } = histogram.cells;
  const total = totalOf(histogram.cells);
  return (x) => {
    if (total === 0 || x <= histogram.min) return 0;
    if (x > histogram.max) return total;
    const at = lastUpTo(edges, edges.length - 1, x);
    const below = cumulative[at];
    return below + countInCell(histogram, x, edges[at], edges[at + 1], cumulative[at + 1] - below);
  };
}

/** The sketch whose counts were indexed last: several figures are about the same one. */
let latest: { readonly sketch: Sketch; readonly indexed: IndexedCounts } | undefined;

function dyadicCountsBelow(sketch: Sketch): CountBelow {
  if (latest?.sketch !== sketch) latest = { sketch, indexed: indexCounts(sketch) };
  const { cells, cumulative, length } = latest.indexed;
  const total = cumulative[length];
  return (x) => {
    if (total === 0 || x <= sketch.min) return 0;
    if (x > sketch.max) return total;
    const cell = cellAt(sketch, x);
    const at = lastUpTo(cells, length, cell);
    const [below, next] = [cumulative[at], cumulative[at + 1]];
    // An empty cell is after the values of the non-empty one before it.
    if (cells[at] < cell) return next;
    return below + countInCell(sketch, x, cellStart(sketch, cell), cellStart(sketch, cell + 1), next - below);
  };
}

/** The last of the first `length` ascending numbers that is at most x; the first one if there is none. */
function lastUpTo(ascending: Int32Array | Float64Array, length: number, x: number): number {
  let low = 0;
  let high = length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (ascending[middle] <= x) low = middle;
    else high = middle;
  }
  return low;
}

/** The number of values below x in its own cell [low, high), which has `count`. */
function countInCell(
  { min, max, zeros: allZeros }: Sketch | ExplicitHistogram,
  x: number,
  low: number,
  high: number,
  count: number,
): number {
  // Zeros are not spread over their cell: all of them are below any x > 0.
  const zeros = low === 0 && x > 0 ? Math.min(allZeros, count) : 0;
  const start = zeros > 0 ? low : Math.max(low, min);
  const end = Math.min(high, max);
  const within = end > start ? Math.min(1, (x - start) / (end - start)) : 1;
  return zeros + (count - zeros) * within;
}
