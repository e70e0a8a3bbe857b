import { type Distances, distancesInCells } from './distance';
import type { Sketch, TailCounts } from './sketch';
import { tailEdge, tailIndex } from './sketch';

/** A grid that waits to be filled: see {@link Sketch} for its cells. Even and odd samples are counted apart. */
export interface Grid {
  readonly width: number;
  readonly first: number;
  /** Cells of the tail below the window, of the window, and of the tail above: as many as there may be something in. */
  readonly below: number;
  readonly size: number;
  readonly above: number;
  /** Counts of all of these, from the lowest to the highest. */
  readonly halves: readonly [Uint32Array, Uint32Array];
}

/** Cells a window has at the most: 64 KiB of counts. */
export const MAX_WINDOW = 16384;
/** Cells that the half-width (p85 − p15)/2 is divided into at the least, so that a percentile is right to 1 % of it. */
const CELLS_IN_HALF_WIDTH = 160;

/**
 * Chooses the grid from a sorted sample and the exact range: cells at most 1/160 of the sample's half-width wide,
 * the window over everything where that fits, else over the bulk. Empty where there is no finite value. The choice
 * never affects a count, only where the fine cells lie.
 */
export function chooseGrid(sample: Float64Array, min: number, max: number): Grid {
  if (!(min <= max)) return emptyGrid(1, 0, 0, 0, -1);
  const width = cellWidth(sample, min, max);
  const firstOfAll = Math.floor(min / width);
  const lastOfAll = Math.floor(max / width);
  const cells = lastOfAll - firstOfAll + 1;
  if (cells <= MAX_WINDOW) return emptyGrid(width, firstOfAll, cells, min, max);
  const wanted = Math.floor(windowStart(sample, width));
  // Not from firstOfAll + cells: beside an outlier of -1e30 that sum is off by more than the window.
  const first = Math.min(Math.max(wanted, firstOfAll), lastOfAll + 1 - MAX_WINDOW);
  return emptyGrid(width, first, MAX_WINDOW, min, max);
}

/**
 * Where the window starts, in cells: p1 to p99 in its middle where it can hold them, so that no outlier pulls it off
 * the bulk; else around the median, on each side as much as the tails ask for and at least an eighth (6 half-widths).
 */
function windowStart(sample: Float64Array, width: number): number {
  const [low, middle, high] = [0.01, 0.5, 0.99].map((q) => quantile(sample, q) / width);
  if (high - low <= MAX_WINDOW) return low / 2 + high / 2 - MAX_WINDOW / 2;
  return middle - MAX_WINDOW * Math.min(7 / 8, Math.max(1 / 8, (middle - low) / (high - low)));
}

/** True where a percentile read off the grid, which holds `count` values, could be off by more than 1 % of the half-width. */
export function isTooCoarse(grid: Grid, count: number): boolean {
  const halfWidth = (cellOfRank(grid, 0.85 * count) - cellOfRank(grid, 0.15 * count)) / 2;
  return halfWidth > 0 && halfWidth < 100;
}

/** About the place of the value of a rank, in cells from the window's start; beyond a tail's, that of its near edge. */
function cellOfRank({ below, size, halves: [even, odd] }: Grid, rank: number): number {
  let before = 0;
  for (let i = 0; i < even.length; i++) {
    const own = even[i] + odd[i];
    if (before + own > rank) {
      if (i < below) return -tailEdge(below - 1 - i);
      return i < below + size ? i - below + (rank - before) / own : size + tailEdge(i - below - size);
    }
    before += own;
  }
  return size;
}

function cellWidth(sample: Float64Array, min: number, max: number): number {
  const spread =
    positive((quantile(sample, 0.85) - quantile(sample, 0.15)) / 2) ??
    positive((quantile(sample, 0.99) - quantile(sample, 0.01)) / 2) ??
    positive((max - min) / 2);
  const largest = Math.max(Math.abs(min), Math.abs(max), Number.MIN_VALUE);
  if (spread === undefined) return powerOfTwoBelow(largest * 2 ** -20);
  // k·w must be exact (no more than 2^50 cells between 0 and the bulk of the data), and x/w finite.
  const bulk = Math.max(Math.abs(quantile(sample, 0.15)), Math.abs(quantile(sample, 0.85)));
  return powerOfTwoBelow(Math.max(spread / CELLS_IN_HALF_WIDTH, bulk * 2 ** -50, largest * 2 ** -1000));
}

function positive(value: number): number | undefined {
  return value > 0 && value < Number.POSITIVE_INFINITY ? value : undefined;
}

function powerOfTwoBelow(value: number): number {
  return 2 ** Math.max(-1000, Math.floor(Math.log2(value)));
}

/** Nearest-rank quantile of a sorted sample; 0 for an empty one. */
function quantile(sorted: Float64Array, q: number): number {
  return sorted.length === 0 ? 0 : sorted[Math.round(q * (sorted.length - 1))];
}

function emptyGrid(width: number, first: number, size: number, min: number, max: number): Grid {
  const [lowest, highest] = [min / width - first, max / width - first];
  const below = lowest < 0 ? 1 + tailIndex(-lowest) : 0;
  const above = highest >= size ? 1 + tailIndex(highest - size) : 0;
  const half = () => new Uint32Array(below + size + above);
  return { width, first, below, size, above, halves: [half(), half()] };
}

/** Index among a half's counts of a place, in cells from the window's start; a tail's outermost holds what is farther. */
export function cellAt({ below, size, above }: Grid, place: number): number {
  if (place < 0) return Math.max(0, below - 1 - tailIndex(-place));
  if (place < size) return below + Math.floor(place);
  return Math.min(below + size + above - 1, below + size + tailIndex(place - size));
}

/** The sketch of both halves together, without the empty cells at the window's ends. */
export function toSketch(grid: Grid, min: number, max: number, zeros: number): Sketch {
  const [even, odd] = grid.halves;
  const counts = new Uint32Array(even.length);
  for (let i = 0; i < counts.length; i++) counts[i] = even[i] + odd[i];
  return trimmed(grid, counts, { min, max, zeros });
}

/** Distances between the even and the odd samples: both are counted into the same cells. */
export function halfDistances({ width, below, size, halves: [even, odd] }: Grid): Distances {
  const high = below + size;
  return distancesInCells(even, odd, (i) => {
    if (i >= below && i < high) return width;
    const index = i < below ? below - 1 - i : i - high;
    return (tailEdge(index + 1) - tailEdge(index)) * width;
  });
}

function trimmed(
  { width, first, below, size }: Grid,
  counts: Uint32Array,
  exact: Pick<Sketch, 'min' | 'max' | 'zeros'>,
): Sketch {
  const high = below + size;
  const tails = {
    below: tailCounts(counts.slice(0, below).reverse()),
    above: tailCounts(counts.subarray(high)),
  };
  let start = below;
  let end = high;
  // Where a tail joins the window, its end stays: tail cells are measured from it.
  if (tails.below.size === 0) while (start < end && counts[start] === 0) start++;
  if (tails.above.size === 0) while (end > start && counts[end - 1] === 0) end--;
  let count = 0;
  for (let i = 0; i < counts.length; i++) count += counts[i];
  return { width, first: first + start - below, counts: counts.slice(start, end), ...tails, count, ...exact };
}

/** Of the tail's cells from the window outwards. */
function tailCounts(cells: Uint32Array): TailCounts {
  const tail = new Map<number, number>();
  for (let i = 0; i < cells.length; i++) if (cells[i] > 0) tail.set(i, cells[i]);
  return tail;
}
