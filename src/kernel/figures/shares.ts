import {
  cellAt,
  cellEdges,
  type ExplicitHistogram,
  type IndexedCounts,
  indexCounts,
  type Sketch,
  totalOf,
} from '../statistics/sketch';

/**
 * Returns a function that counts the values of a histogram below x. It is exact at the edges of cells. Between them, it
 * assumes that values are spread evenly within a cell, or within the part of it between the minimum and the maximum.
 * Zeros are the first values of the cell that starts at 0. The function is valid until another sketch is asked about.
 */
export function countsBelow(sketch: Sketch | ExplicitHistogram): (x: number) => number {
  const [total, cellOf] = 'cells' in sketch ? explicitCells(sketch) : dyadicCells(sketch);
  return (x) => {
    if (total === 0 || x <= sketch.min) return 0;
    if (x > sketch.max) return total;
    const { low, high, below, count } = cellOf(x);
    // Zeros are not spread over their cell: all of them are below any x > 0.
    const zeros = low === 0 && x > 0 ? Math.min(sketch.zeros, count) : 0;
    const start = Math.max(low, zeros > 0 ? low : sketch.min);
    const end = Math.min(high, sketch.max);
    const within = end > start ? Math.min(1, (x - start) / (end - start)) : 1;
    return below + zeros + (count - zeros) * within;
  };
}

/** A cell, the number of values below it, and the number of values in it. */
interface CountedCell {
  readonly low: number;
  readonly high: number;
  readonly below: number;
  readonly count: number;
}

/** The number of all values, and a function that finds the cell of an x between the minimum and the maximum. */
type CellFinder = readonly [total: number, cellOf: (x: number) => CountedCell];

function explicitCells({ cells }: ExplicitHistogram): CellFinder {
  const { edges, cumulative } = cells;
  const find = (x: number): CountedCell => {
    let [low, high] = [0, edges.length - 1];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (edges[middle] <= x) low = middle;
      else high = middle;
    }
    const below = cumulative[low];
    return { low: edges[low], high: edges[high], below, count: cumulative[high] - below };
  };
  return [totalOf(cells), find];
}

/** The sketch whose counts were indexed last: several figures are about the same one. */
let latest: { readonly sketch: Sketch; readonly indexed: IndexedCounts } | undefined;

function dyadicCells(sketch: Sketch): CellFinder {
  if (latest?.sketch !== sketch) latest = { sketch, indexed: indexCounts(sketch) };
  const { cells, cumulative, length } = latest.indexed;
  const find = (x: number): CountedCell => {
    const cell = cellAt(sketch, x);
    let [at, end] = [0, length];
    while (end - at > 1) {
      const middle = (at + end) >> 1;
      if (cells[middle] <= cell) at = middle;
      else end = middle;
    }
    const [low, high] = cellEdges(sketch, cell);
    // An empty cell is after the values of the non-empty one before it.
    if (cells[at] < cell) return { low, high, below: cumulative[at + 1], count: 0 };
    return { low, high, below: cumulative[at], count: cumulative[at + 1] - cumulative[at] };
  };
  return [cumulative[length], find];
}
