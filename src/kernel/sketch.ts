/**
 * The distribution of one record before or after one method: a histogram fine enough for any percentile.
 *
 * The grid is dyadic: every cell is [k·w, (k+1)·w) with w a power of two and k an integer. Two sketches with
 * different widths therefore share the edges of the wider one and can be brought to it exactly, and a cell edge
 * lies at 0, so that the zeros of a ReLU share a cell with nothing below them. The cells of the window are all w
 * wide; beyond it, tail cells grow in proportion to their distance, so that a value of 1e30 costs a few cells and
 * no accuracy where the data is.
 */
export interface Sketch {
  /** Cell width w inside the window; a power of two. */
  readonly width: number;
  /** k of the window's first cell. */
  readonly first: number;
  /** Counts of the window's cells. */
  readonly counts: Uint32Array;
  /** Values below the window, outwards from its edge. */
  readonly below: TailCounts;
  /** Values above the window, outwards from its edge. */
  readonly above: TailCounts;
  /** Count, exact least and greatest value. */
  readonly count: number;
  readonly min: number;
  readonly max: number;
  /** Values that are exactly 0, where known (the raw record). */
  readonly zeros: number;
}

/** Counts by tail cell index; see {@link tailIndex}. */
export type TailCounts = ReadonlyMap<number, number>;

/** A histogram as plain cells: `counts[i]` values in [edges[i], edges[i+1]). Edges ascend strictly. */
export interface Cells {
  readonly edges: Float64Array;
  readonly counts: Float64Array;
  readonly total: number;
}

/** Tail cells double their width every 64 cells; src/kernel/assembly/fill.ts counts into the same ones. */
const TAIL_CELLS = 64;

/** Tail cell of a value that lies d ≥ 0 cell widths beyond the window. */
export function tailIndex(d: number): number {
  const y = 1 + d / TAIL_CELLS;
  let octave = Math.floor(Math.log2(y));
  // The logarithm may round to the next one.
  if (2 ** octave > y) octave--;
  else if (2 ** (octave + 1) <= y) octave++;
  return TAIL_CELLS * octave + Math.floor(TAIL_CELLS * (y / 2 ** octave - 1));
}

/** Distance, in cell widths, from the window to the near edge of a tail cell. */
export function tailEdge(index: number): number {
  const within = index % TAIL_CELLS;
  return 2 ** ((index - within) / TAIL_CELLS) * (TAIL_CELLS + within) - TAIL_CELLS;
}

/** The distribution of a record as somebody else's histogram has it: cells with edges of their own. */
export interface CellSketch {
  readonly cells: Cells;
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly zeros: number;
}

/**
 * The cells of two sketches that are to be compared: of two dyadic grids the wider one's edges are edges of the finer
 * one too, so that both are brought to it and nothing is split.
 */
export function comparableCells(a: Sketch | CellSketch, b: Sketch | CellSketch): [Cells, Cells] {
  if ('cells' in a || 'cells' in b) return [cellsOf(a), cellsOf(b)];
  const width = Math.max(a.width, b.width);
  const inWidth = (each: Sketch) => (each.width === width ? recentCells(each) : dyadicCells(each, width));
  return [inWidth(a), inWidth(b)];
}

/** The sketch's cells, from the first to the last that holds anything; empty neighbours are one. */
export function cellsOf(sketch: Sketch | CellSketch): Cells {
  return 'cells' in sketch ? sketch.cells : recentCells(sketch);
}

/** Those that were asked for lately, the latest last: a reference is compared with every step of its layer. */
const recent = new Map<Sketch, Cells>();
let recentBytes = 0;
const MOST_RECENT_BYTES = 1 << 24;

function recentCells(sketch: Sketch): Cells {
  const cells = recent.get(sketch) ?? dyadicCells(sketch, sketch.width);
  if (!recent.delete(sketch)) recentBytes += bytesOf(sketch, cells);
  recent.set(sketch, cells);
  for (const [oldest, its] of recent) {
    if (recentBytes <= MOST_RECENT_BYTES) break;
    recent.delete(oldest);
    recentBytes -= bytesOf(oldest, its);
  }
  return cells;
}

function bytesOf({ counts }: Sketch, { edges }: Cells): number {
  return counts.byteLength + 2 * edges.buffer.byteLength;
}

/**
 * The sketch's cells with window cells of width `width` (a power-of-two multiple of the sketch's own), from the first
 * to the last that holds anything.
 */
function dyadicCells(sketch: Sketch, width: number): Cells {
  if (width === sketch.width && sketch.below.size + sketch.above.size === 0) return windowCells(sketch);
  const { below, above, counts } = sketch;
  const factor = width / sketch.width;
  const low = sketch.first * sketch.width;
  const high = (sketch.first + counts.length) * sketch.width;
  // Every tail cell may have an empty one beside it.
  const room = 2 * (below.size + above.size) + Math.ceil(counts.length / factor) + 2;
  const cells = { edges: new Float64Array(room + 1), counts: new Float64Array(room) };
  let size = 0;
  const push = (from: number, to: number, count: number) => {
    if (size === 0) cells.edges[0] = from;
    else if (cells.edges[size] < from) cells.edges[++size] = from;
    if (count === 0 && size > 0 && cells.counts[size - 1] === 0) {
      cells.edges[size] = to;
      return;
    }
    cells.counts[size] = count;
    cells.edges[++size] = to;
  };
  for (const index of [...below.keys()].sort((a, b) => b - a)) {
    push(
      low - tailEdge(index + 1) * sketch.width,
      low - tailEdge(index) * sketch.width,
      below.get(index) ?? 0,
    );
  }
  for (let i = 0; i < counts.length; ) {
    const cell = Math.floor((sketch.first + i) / factor);
    const end = Math.min(counts.length, (cell + 1) * factor - sketch.first);
    let count = 0;
    for (; i < end; i++) count += counts[i];
    // With tails beside it, a coarser cell must not reach over the window's edge.
    const from = below.size > 0 ? Math.max(low, cell * width) : cell * width;
    const to = above.size > 0 ? Math.min(high, (cell + 1) * width) : (cell + 1) * width;
    push(from, to, count);
  }
  for (const index of [...above.keys()].sort((a, b) => a - b)) {
    push(
      high + tailEdge(index) * sketch.width,
      high + tailEdge(index + 1) * sketch.width,
      above.get(index) ?? 0,
    );
  }
  return {
    edges: cells.edges.subarray(0, size + 1),
    counts: cells.counts.subarray(0, size),
    total: sketch.count,
  };
}

/** Of a sketch without tails, in its own width. */
function windowCells({ width, first, counts, count }: Sketch): Cells {
  // Between two that hold something, one empty cell at the most.
  const room = Math.min(counts.length, 2 * count + 1);
  const cells = { edges: new Float64Array(room === 0 ? 0 : room + 1), counts: new Float64Array(room) };
  if (room > 0) cells.edges[0] = first * width;
  let size = 0;
  let wasEmpty = false;
  for (let i = 0; i < counts.length; i++) {
    const isEmpty = counts[i] === 0;
    if (!(isEmpty && wasEmpty)) cells.counts[size++] = counts[i];
    cells.edges[size] = (first + i + 1) * width;
    wasEmpty = isEmpty;
  }
  return {
    edges: cells.edges.subarray(0, room === 0 ? 0 : size + 1),
    counts: cells.counts.subarray(0, size),
    total: count,
  };
}
