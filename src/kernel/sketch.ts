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
  /** Cells of the tail below the window, and of the window; those of the tail above follow. */
  readonly below: number;
  readonly size: number;
  /**
   * Counts of all of these, from the lowest cell to the last that holds something; in place of neighbours that are empty,
   * a 0 and how many they are. So a few values take little room, however fine the cells.
   */
  readonly counts: Uint32Array;
  /** Count, exact least and greatest value. */
  readonly count: number;
  readonly min: number;
  readonly max: number;
  /** Values that are exactly 0, where known (the raw record). */
  readonly zeros: number;
}

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
 * one too, so that both are brought to it and nothing is split. Of use until other cells are asked for.
 */
export function comparableCells(a: Sketch | CellSketch, b: Sketch | CellSketch): [Cells, Cells] {
  if ('cells' in a || 'cells' in b) return [cellsOf(a), cellsOf(b)];
  const width = Math.max(a.width, b.width);
  const cells = (sketch: Sketch) => (sketch.width === width ? ownCells : coarseCells)(sketch, width);
  return [cells(a), cells(b)];
}

/** The sketch's cells, from the first to the last that holds anything; empty neighbours are one. Of use as those above. */
export function cellsOf(sketch: Sketch | CellSketch): Cells {
  return 'cells' in sketch ? sketch.cells : ownCells(sketch, sketch.width);
}

/** In the sketch's own cells, and in wider ones. */
const [ownCells, coarseCells] = [recentCells(), recentCells()];

interface RecentCells {
  readonly cells: Cells;
  /** Of a cell in the window. */
  readonly width: number;
  /** What the cells are in. */
  readonly room: Float64Array;
}

/** Some two hundred sketches' cells. */
const MOST_RECENT_BYTES = 1 << 22;

/**
 * Makes cells, and keeps those that were asked for lately: a reference is compared with every step of its layer. The oldest
 * make room for the next: to touch fresh memory for the first time takes longer than to compute what goes there.
 */
function recentCells(): (sketch: Sketch, width: number) => Cells {
  /** The latest last. */
  const recent = new Map<Sketch, RecentCells>();
  let recentBytes = 0;

  /** Room for a sketch's edges and counts: that of the oldest, where there is not enough for one more. */
  function takeRoom({ counts }: Sketch): Float64Array {
    const length = 2 * counts.length + 1;
    let room: Float64Array | undefined;
    for (const [oldest, its] of recent) {
      // The latest is what the next one is compared with.
      if (recentBytes + 8 * length <= MOST_RECENT_BYTES || recent.size === 1) break;
      recent.delete(oldest);
      recentBytes -= its.room.byteLength;
      room = its.room;
    }
    if (room === undefined || room.length < length || room.length > 4 * length)
      room = new Float64Array(2 ** Math.ceil(Math.log2(length)));
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
 * The sketch's cells with window cells of width `width` (a power-of-two multiple of the sketch's own), from the first
 * to the last that holds anything. They are in `room`.
 */
function dyadicCells(sketch: Sketch, width: number, room: Float64Array): Cells {
  const { below, size, counts, first, width: own, count: total } = sketch;
  const high = below + size;
  const factor = width / own;
  const [lowEdge, highEdge] = [first * own, (first + size) * own];
  const { hasBelow, hasAbove } = outline(sketch);
  // Between two that hold something, one empty cell at the most; a gap takes two places.
  const edges = room.subarray(0, counts.length + 1);
  const filled = room.subarray(counts.length + 1);
  let cells = 0;
  let coarse = Number.NaN;
  for (let at = 0, i = 0; at < counts.length; at++) {
    const count = counts[at];
    if (count === 0) {
      i += counts[++at];
      continue;
    }
    let from: number;
    let to: number;
    if (i < below) {
      from = lowEdge - tailEdge(below - i) * own;
      to = lowEdge - tailEdge(below - 1 - i) * own;
    } else if (i < high) {
      const k = factor === 1 ? first + i - below : Math.floor((first + i - below) / factor);
      if (k === coarse) {
        filled[cells - 1] += count;
        i++;
        continue;
      }
      coarse = k;
      from = k * width;
      to = (k + 1) * width;
      // With tails beside it, a coarser cell must not reach over the window's edge.
      if (hasBelow && from < lowEdge) from = lowEdge;
      if (hasAbove && to > highEdge) to = highEdge;
    } else {
      from = highEdge + tailEdge(i - high) * own;
      to = highEdge + tailEdge(i - high + 1) * own;
    }
    if (cells === 0) edges[0] = from;
    else if (edges[cells] < from) {
      filled[cells] = 0;
      edges[++cells] = from;
    }
    filled[cells] = count;
    edges[++cells] = to;
    i++;
  }
  return { edges: edges.subarray(0, cells + 1), counts: filled.subarray(0, cells), total };
}

/** Whether there is something in the tails below and above the window. */
function outline({ below, size, counts }: Sketch): { hasBelow: boolean; hasAbove: boolean } {
  let end = 0;
  for (let at = 0; at < counts.length; at++) end += counts[at] === 0 ? counts[++at] : 1;
  const start = counts[0] === 0 ? counts[1] : 0;
  return { hasBelow: start < below, hasAbove: end > below + size };
}
