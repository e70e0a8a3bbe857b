import { selectRank } from '../../model/selectRank';
import { acquireZeroCounts } from './bufferPool';
import { type Distances, distancesInCells } from './distances';
import type { Sketch } from './sketch';
import { tailEdge, tailIndex } from './sketch';

/** A grid to be filled; see {@link Sketch} for its cells. Even and odd samples are counted separately. */
export interface Grid {
  readonly width: number;
  readonly first: number;
  /** Maximum number of non-empty cells of the tail below the window, of the window, and of the tail above. */
  readonly below: number;
  readonly size: number;
  readonly above: number;
  /** Counts of all these cells, from the lowest to the highest. */
  readonly halves: readonly [Uint32Array, Uint32Array];
  /** What follows from the counts, if a loop that counted all values has walked over them; `halves` are then empty. */
  counted?: GridCounts;
}

/** Maximum number of cells of a window: 64 KiB of counts. */
export const MAX_WINDOW = 16384;
/** Minimum number of cells per half-width (p85 − p15)/2, so that a percentile is accurate to 1 % of it. */
const CELLS_IN_HALF_WIDTH = 160;

/** Quantiles of a sample. */
export type Quantiles = (q: number) => number;

/**
 * Chooses the grid from the quantiles of a sample, and the exact range. Cells are at most 1/160 of the sample's half-width wide.
 * The window covers everything if that fits, otherwise the bulk. The grid is empty if there is no finite value. The
 * choice never affects a count, only where cells are fine.
 */
export function chooseGrid(quantile: Quantiles, min: number, max: number): Grid {
  if (!(min <= max)) return emptyGrid(1, 0, 0, 0, -1);
  const width = cellWidth(quantile, min, max);
  const firstOfAll = Math.floor(min / width);
  const lastOfAll = Math.floor(max / width);
  const cells = lastOfAll - firstOfAll + 1;
  if (cells <= MAX_WINDOW) return emptyGrid(width, firstOfAll, cells, min, max);
  const wanted = Math.floor(windowStart(quantile, width));
  // Not computed from firstOfAll + cells: next to an outlier of -1e30, the rounding error of that sum exceeds the
  // window.
  const first = Math.min(Math.max(wanted, firstOfAll), lastOfAll + 1 - MAX_WINDOW);
  return emptyGrid(width, first, MAX_WINDOW, min, max);
}

/**
 * Returns the start of the window, in cells. The range from p1 to p99 is centered in the window if it fits, so that no
 * outlier pulls the window off the bulk. Otherwise, the window surrounds the median, with room on each side in
 * proportion to the tails, and at least an eighth (6 half-widths).
 */
function windowStart(quantile: Quantiles, width: number): number {
  const [low, middle, high] = [0.01, 0.5, 0.99].map((q) => quantile(q) / width);
  if (high - low <= MAX_WINDOW) return low / 2 + high / 2 - MAX_WINDOW / 2;
  return middle - MAX_WINDOW * Math.min(7 / 8, Math.max(1 / 8, (middle - low) / (high - low)));
}

function cellWidth(quantile: Quantiles, min: number, max: number): number {
  const [low, high] = [quantile(0.15), quantile(0.85)];
  const spread =
    positive((high - low) / 2) ??
    positive((quantile(0.99) - quantile(0.01)) / 2) ??
    positive((max - min) / 2);
  const largest = Math.max(Math.abs(min), Math.abs(max), Number.MIN_VALUE);
  if (spread === undefined) return powerOfTwoBelow(largest * 2 ** -20);
  // k·w must be exact (at most 2^50 cells between 0 and the bulk of the data), and x/w finite.
  const bulk = Math.max(Math.abs(low), Math.abs(high));
  return powerOfTwoBelow(Math.max(spread / CELLS_IN_HALF_WIDTH, bulk * 2 ** -50, largest * 2 ** -1000));
}

function positive(value: number): number | undefined {
  return value > 0 && value < Number.POSITIVE_INFINITY ? value : undefined;
}

function powerOfTwoBelow(value: number): number {
  return 2 ** Math.max(-1000, Math.floor(Math.log2(value)));
}

/** Returns the nearest-rank quantiles of a sample, which it reorders; 0 for an empty one. */
export function quantilesOf(sample: Float64Array): Quantiles {
  return (q) => {
    if (sample.length === 0) return 0;
    const rank = rankOf(q, sample.length);
    selectRank(sample, rank);
    return sample[rank];
  };
}

/** Returns the rank, from 0, of a quantile. */
export function rankOf(q: number, length: number): number {
  return Math.round(q * (length - 1));
}

function emptyGrid(width: number, first: number, size: number, min: number, max: number): Grid {
  const [lowest, highest] = [min / width - first, max / width - first];
  const below = lowest < 0 ? 1 + tailIndex(-lowest) : 0;
  const above = highest >= size ? 1 + tailIndex(highest - size) : 0;
  return new EmptyGrid(width, first, below, size, above);
}

/** Allocates its counts when they are needed: many grids are counted in an arena's memory instead. */
class EmptyGrid implements Grid {
  counted?: GridCounts;
  private allocated?: Grid['halves'];

  constructor(
    readonly width: number,
    readonly first: number,
    readonly below: number,
    readonly size: number,
    readonly above: number,
  ) {}

  get halves(): Grid['halves'] {
    this.allocated ??= emptyHalves(this.below + this.size + this.above);
    return this.allocated;
  }
}

function emptyHalves(cells: number): Grid['halves'] {
  const both = acquireZeroCounts(2 * cells);
  return [both.subarray(0, cells), both.subarray(cells)];
}

/**
 * Returns the index among a half's counts of a position, in cells from the window's start. A tail's outermost cell also
 * holds everything beyond it.
 */
export function cellAt({ below, size, above }: Grid, place: number): number {
  if (place < 0) return Math.max(0, below - 1 - tailIndex(-place));
  if (place < size) return below + Math.floor(place);
  return Math.min(below + size + above - 1, below + size + tailIndex(place - size));
}

/** What follows from the counts of a grid. */
export interface GridCounts {
  /** Both halves together, as a {@link Sketch} packs them. */
  readonly counts: Uint32Array;
  readonly count: number;
  /** Distances between the even and the odd samples, in units of x. */
  readonly halves: Distances;
  /** (p85 − p15)/2, in cells. */
  readonly halfWidth: number;
}

/** Returns whether a percentile could have an error above 1 % of the half-width. */
export function isTooCoarse({ halfWidth }: GridCounts): boolean {
  return halfWidth > 0 && halfWidth < 100;
}

/** Walks over a filled grid. This readable loop is the reference for the arena's. */
export function gridCounts(grid: Grid): GridCounts {
  const { width, below, size, halves } = grid;
  const [even, odd] = halves;
  const packed: number[] = [];
  let empty = 0;
  let count = 0;
  for (let cell = 0; cell < even.length; cell++) {
    const own = even[cell] + odd[cell];
    if (own === 0) {
      empty++;
      continue;
    }
    if (empty > 0) packed.push(0, empty);
    empty = 0;
    packed.push(own);
    count += own;
  }
  const high = below + size;
  const edgeOf = (cell: number) => {
    if (cell < below) return -tailEdge(below - cell);
    return cell <= high ? cell - below : size + tailEdge(cell - high);
  };
  return {
    counts: Uint32Array.from(packed),
    count,
    halves: distancesInCells(even, odd, edgeOf, width),
    halfWidth: halfWidthOf(grid, count, edgeOf),
  };
}

function halfWidthOf(
  { below, size, halves: [even, odd] }: Grid,
  count: number,
  edgeOf: (cell: number) => number,
): number {
  const [rank15, rank85] = [0.15 * count, 0.85 * count];
  let place15 = Number.NaN;
  let before = 0;
  for (let cell = 0; cell < even.length; cell++) {
    const own = even[cell] + odd[cell];
    const after = before + own;
    if (before <= rank15 && after > rank15) place15 = placeIn(cell, (rank15 - before) / own);
    if (after > rank85) return (placeIn(cell, (rank85 - before) / own) - place15) / 2;
    before = after;
  }
  return Number.NaN;

  /** The approximate place of a value; for a tail, the near edge of its cell. */
  function placeIn(cell: number, within: number): number {
    if (cell < below) return edgeOf(cell + 1);
    return edgeOf(cell) + (cell < below + size ? within : 0);
  }
}

/** Makes the sketch of both halves together. */
export function toSketch(
  { width, first, below, size }: Grid,
  { counts, count }: GridCounts,
  { min, max, zeros }: Pick<Sketch, 'min' | 'max' | 'zeros'>,
): Sketch {
  return { width, first, below, size, counts, count, min, max, zeros };
}
