/**
 * The distribution of one record before or after one method: a histogram fine enough for any percentile.
 *
 * The grid is dyadic: every cell is [k·w, (k+1)·w), with w a power of two and k an integer. Two sketches with different
 * widths therefore share the edges of the wider one and can be converted to it exactly. One edge is at 0, so the zeros
 * of a ReLU share a cell with no negative values. All cells of the window are w wide. Beyond it, tail cells grow in
 * proportion to their distance, so a value of 1e30 costs a few cells and no accuracy where the data is.
 */
export interface Sketch {
  /** Cell width w inside the window; a power of two. */
  readonly width: number;
  /** k of the window's first cell. */
  readonly first: number;
  /** Number of cells of the tail below the window, and of the window. The cells of the tail above follow. */
  readonly below: number;
  readonly size: number;
  /**
   * Counts of all these cells, from the lowest to the last non-empty one. A run of empty cells is stored as a 0 and its
   * length, so a few values take little memory however fine the cells are.
   */
  readonly counts: Uint32Array;
  /** Number of values, and the exact minimum and maximum. */
  readonly count: number;
  readonly min: number;
  readonly max: number;
  /** Number of values that are exactly 0, if known (the raw record). */
  readonly zeros: number;
}

/**
 * A histogram as plain cells: `cumulative[i]` values are below `edges[i]`. Edges are strictly ascending; there are none
 * without values.
 */
export interface Cells {
  readonly edges: Float64Array;
  readonly cumulative: Float64Array;
}

/** Returns the number of values of a histogram. */
export function totalOf({ cumulative }: Cells): number {
  return cumulative.length === 0 ? 0 : cumulative[cumulative.length - 1];
}

/** Tail cells double their width every 64 cells; src/kernel/simd/assembly/fill.ts counts into the same cells. */
const TAIL_CELLS = 64;

/** Returns the tail cell of a value that is d ≥ 0 cell widths beyond the window. */
export function tailIndex(d: number): number {
  const y = 1 + d / TAIL_CELLS;
  let octave = Math.floor(Math.log2(y));
  // The logarithm may round up to the next octave.
  if (2 ** octave > y) octave--;
  else if (2 ** (octave + 1) <= y) octave++;
  return TAIL_CELLS * octave + Math.floor(TAIL_CELLS * (y / 2 ** octave - 1));
}

/** Returns the distance, in cell widths, from the window to the near edge of a tail cell. */
export function tailEdge(index: number): number {
  const within = index % TAIL_CELLS;
  return 2 ** ((index - within) / TAIL_CELLS) * (TAIL_CELLS + within) - TAIL_CELLS;
}

/** Returns the start of a cell of the tail below, the window, or the tail above; the end of a cell is the next one's. */
export function cellStart({ width, first, below, size }: Sketch, index: number): number {
  const high = below + size;
  if (index < below) return first * width - tailEdge(below - index) * width;
  if (index < high) return (first + index - below) * width;
  return (first + size) * width + tailEdge(index - high) * width;
}

/** Returns the index of the cell that contains x; the inverse of {@link cellStart}, up to rounding in the tails. */
export function cellAt({ width, first, below, size }: Sketch, x: number): number {
  const [low, high] = [first * width, (first + size) * width];
  if (x < low) return below - 1 - tailIndex((low - x) / width);
  return x < high ? below + Math.floor(x / width) - first : below + size + tailIndex((x - high) / width);
}

/** The non-empty cells of a sketch, in order. */
export interface IndexedCounts {
  readonly length: number;
  /** Index of each cell. */
  readonly cells: Int32Array;
  /** Number of values below each cell, and of all values. */
  readonly cumulative: Float64Array;
}

/** Buffers of {@link indexCounts}, and their initial number of cells. */
let [indexedCells, indexedTotals] = [new Int32Array(0), new Float64Array(0)];
const MIN_INDEXED = 1 << 12;

/** Indexes the non-empty cells, for a search by cell. The result is valid until another sketch is indexed. */
export function indexCounts({ counts }: Sketch): IndexedCounts {
  if (indexedTotals.length <= counts.length) {
    const room = Math.max(MIN_INDEXED, 2 * counts.length);
    indexedCells = new Int32Array(room);
    indexedTotals = new Float64Array(room + 1);
  }
  const [cells, cumulative] = [indexedCells, indexedTotals];
  const end = counts.length;
  let length = 0;
  let total = 0;
  for (let at = 0, cell = 0; at < end; at++) {
    const count = counts[at];
    if (count === 0) {
      cell += counts[++at];
      continue;
    }
    cells[length] = cell++;
    cumulative[length++] = total;
    total += count;
  }
  cumulative[length] = total;
  return { length, cells, cumulative };
}

/** The distribution of a record in another program's histogram: cells with arbitrary edges. */
export interface ExplicitHistogram {
  readonly cells: Cells;
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly zeros: number;
}

/**
 * Returns the cells of two sketches for comparison. Of two dyadic grids, each edge of the wider one is also an edge of
 * the finer one, so both are converted to the wider grid and no cell is split. The result is valid until other cells
 * are requested.
 */
export function comparableCells(
  a: Sketch | ExplicitHistogram,
  b: Sketch | ExplicitHistogram,
): [Cells, Cells] {
  if ('cells' in a || 'cells' in b) return [cellsOf(a), cellsOf(b)];
  const width = Math.max(a.width, b.width);
  const cells = (sketch: Sketch) => (sketch.width === width ? ownCells : coarseCells)(sketch, width);
  return [cells(a), cells(b)];
}

/**
 * Returns the sketch's cells from the first to the last non-empty one, with adjacent empty cells merged. The result is
 * valid until other cells are requested.
 */
export function cellsOf(sketch: Sketch | ExplicitHistogram): Cells {
  return 'cells' in sketch ? sketch.cells : ownCells(sketch, sketch.width);
}

/** Caches of sketches' own cells, and of wider ones. */
const [ownCells, coarseCells] = [recentCells(), recentCells()];

interface RecentCells {
  readonly cells: Cells;
  /** Width of a cell in the window. */
  readonly width: number;
  /** Buffer that holds the cells. */
  readonly room: Float64Array;
}

/** Enough for the cells of several hundred sketches: the references of a dozen layers. */
const MAX_RECENT_BYTES = 1 << 22;
/** Capacities are multiples of this, so that one sketch's buffers fit another. */
const ROOM_STEP = 1 << 10;

/**
 * Makes cells and keeps those that were requested recently, because a reference is compared with every step of its
 * layer. The buffers of the oldest are reused: touching fresh memory takes longer than computing its content.
 */
function recentCells(): (sketch: Sketch, width: number) => Cells {
  /** The most recent entry is last. */
  const recent = new Map<Sketch, RecentCells>();
  let recentBytes = 0;

  /** Takes buffers for a sketch's edges and cumulative counts; those of the oldest entry if the limit is reached. */
  function takeRoom({ counts }: Sketch): Float64Array {
    const length = 2 * (counts.length + 1);
    let room: Float64Array | undefined;
    for (const [oldest, its] of recent) {
      // Keep the most recent entry, because the next one is compared with it.
      if (recentBytes + 8 * length <= MAX_RECENT_BYTES || recent.size === 1) break;
      recent.delete(oldest);
      recentBytes -= its.room.byteLength;
      room = its.room;
    }
    if (room === undefined || room.length < length || room.length > 4 * length)
      room = new Float64Array(Math.ceil(length / ROOM_STEP) * ROOM_STEP);
    recentBytes += room.byteLength;
    return room;
  }

  return (sketch, width) => {
    const known = recent.get(sketch);
    recent.delete(sketch);
    const room = known?.room ?? takeRoom(sketch);
    const latest = known?.width === width ? known : { cells: dyadicCells(sketch, width, room), width, room };
    recent.set(sketch, latest);
    return latest.cells;
  };
}

/**
 * Makes the sketch's cells, with window cells of width `width` (a power-of-two multiple of the sketch's own), from the
 * first to the last non-empty one, and stores them in `room`.
 */
function dyadicCells(sketch: Sketch, width: number, room: Float64Array): Cells {
  const { below, size, counts, first, width: own } = sketch;
  const high = below + size;
  const factor = width / own;
  const [lowEdge, highEdge] = [first * own, (first + size) * own];
  // Next to a tail, a coarser cell must not extend past the window's edge; the sketch's own cells never do.
  const { hasBelow, hasAbove } = factor === 1 ? NO_TAILS : tailsOf(sketch);
  const lowBound = hasBelow ? lowEdge : Number.NEGATIVE_INFINITY;
  const highBound = hasAbove ? highEdge : Number.POSITIVE_INFINITY;
  // Between two non-empty cells, there is at most one empty cell; a gap takes two entries.
  const edges = room.subarray(0, counts.length + 1);
  const cumulative = room.subarray(counts.length + 1);
  let cells = -1;
  let end = Number.NaN;
  let coarse = Number.NaN;
  let total = 0;
  for (let at = 0, i = 0; at < counts.length; at++, i++) {
    const count = counts[at];
    if (count === 0) {
      i += counts[++at] - 1;
      continue;
    }
    let start: number;
    let next: number;
    if (i >= below && i < high) {
      const k = factor === 1 ? first + i - below : Math.floor((first + i - below) / factor);
      if (k === coarse) {
        total += count;
        cumulative[cells] = total;
        continue;
      }
      coarse = k;
      start = Math.max(k * width, lowBound);
      next = Math.min((k + 1) * width, highBound);
    } else if (i < below) {
      start = lowEdge - tailEdge(below - i) * own;
      next = lowEdge - tailEdge(below - 1 - i) * own;
    } else {
      start = highEdge + tailEdge(i - high) * own;
      next = highEdge + tailEdge(i - high + 1) * own;
    }
    if (start !== end) {
      edges[++cells] = start;
      cumulative[cells] = total;
    }
    total += count;
    end = next;
    edges[++cells] = end;
    cumulative[cells] = total;
  }
  return { edges: edges.subarray(0, cells + 1), cumulative: cumulative.subarray(0, cells + 1) };
}

interface Tails {
  readonly hasBelow: boolean;
  readonly hasAbove: boolean;
}

const NO_TAILS: Tails = { hasBelow: false, hasAbove: false };

/** Returns whether the tails below and above the window contain values. */
function tailsOf({ below, size, counts }: Sketch): Tails {
  let end = 0;
  for (let at = 0; at < counts.length; at++) end += counts[at] === 0 ? counts[++at] : 1;
  const start = counts[0] === 0 ? counts[1] : 0;
  return { hasBelow: start < below, hasAbove: end > below + size };
}
