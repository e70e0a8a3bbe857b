import type { WasmArena } from '../simd/wasmArena';
import { acquireBuffer } from '../statistics/bufferPool';
import { growableArray } from '../statistics/growableArray';
import { emptyMoments, type Moments, mergeInto, type Values } from '../statistics/moments';
import type { TensorAxes } from '../tensor/layoutAxes';
import { forEachRun, innerAxis } from '../tensor/traversal';
import { mergeRun } from './accumulateMoments';
import type { ElementCounter } from './elementCounts';
import type { BlockHistograms } from './sufficientStatistics';

/**
 * Number of float64 columns of a block's row, as src/kernel/simd/assembly/blocks.ts writes it: mean, M2, minimum,
 * maximum; as int32, zeros, values equal to the minimum and (upper 16 bits) to the maximum, number of cells, index of
 * the first cell (or value, if there are no cells); the cells' width; as int32, whether each cell is a single number;
 * as float32, the distance below a number at which its values start.
 */
export const ROW_FLOATS = 8;
const ROW = { mean: 0, m2: 1, min: 2, max: 3 } as const;
/** Columns among the row's 16 int32. */
export const ROW_INTEGERS = { zeros: 8, cells: 10, values: 11 } as const;
/** Stored in place of a number of cells. Other blocks without cells have values that no width fits. */
const NOT_FINITE = -1;

/** How a record divides into blocks. */
export interface BlockPlan {
  /** Number of contiguous values of one sample and channel. */
  readonly run: number;
  readonly runs: number;
  /** Number of blocks of `length` per run; the last block may be shorter. */
  readonly pieces: number;
  readonly length: number;
  /** Target number of cells. */
  readonly target: number;
}

/** Minimum length of a block. For shorter ones, a histogram costs more than counting the values for each method. */
const SHORTEST_BLOCK = 256;
/**
 * Maximum length of a block. Longer ones would leave a core's first-level cache between the two passes over their
 * values.
 */
const LONGEST_BLOCK = 4096;
const TARGET = 128;
/** Smaller records keep their values, so that their percentiles do not depend on positions within cells. */
const SMALLEST_RECORD = 1 << 20;

/**
 * Plans the blocks of a record. Returns undefined if the values of a sample and channel are not contiguous, or too few.
 */
export function blockPlan(axes: TensorAxes): BlockPlan | undefined {
  const { role, length: run } = innerAxis(axes);
  if (role !== 'p' || run < SHORTEST_BLOCK || axes.size < SMALLEST_RECORD) return undefined;
  const pieces = Math.ceil(run / LONGEST_BLOCK);
  const length = Math.ceil(run / pieces);
  return { run, runs: axes.size / run, pieces, length, target: TARGET };
}

/** Returns the approximate memory, in bytes, for the statistics of evenly distributed blocks; cells are 16 bits. */
export function blockBytes({ runs, pieces, target }: BlockPlan): number {
  return runs * pieces * (8 * ROW_FLOATS + 4 + 1.6 * target) + 40 * runs;
}

/** Measures blocks chunk by chunk. */
export interface BlockMeasurer {
  /**
   * Adds values. Returns false once more values had to be kept than the limit allows; the measurer is invalid
   * afterward.
   */
  add(values: Values): boolean;
  finish(): { contents: BlockHistograms; sampleChannel: Moments; zeros: number };
}

/**
 * Measures blocks in an arena; undefined if the arena has no room. Non-finite values also go to `counter`. Blocks do
 * not depend on the division of the data into chunks.
 */
export function blockMeasurer(
  axes: TensorAxes,
  plan: BlockPlan,
  arena: WasmArena,
  counter: ElementCounter,
  keptLimit: number,
): BlockMeasurer | undefined {
  const { run, runs, pieces, length, target } = plan;
  const atOnce = Math.floor(BATCH_VALUES / length);
  const carry = arena.room(4 * length);
  const rowsAt = arena.room(8 * ROW_FLOATS * atOnce);
  const cellsAt = arena.room(2 * MAX_CELLS * atOnce);
  if (carry === undefined || rowsAt === undefined || cellsAt === undefined) return undefined;

  const blocks = runs * pieces;
  const rows = new Float64Array(acquireBuffer(8 * ROW_FLOATS * blocks), 0, ROW_FLOATS * blocks);
  const integers = new Int32Array(rows.buffer, 0, 2 * rows.length);
  const units = unitsOf(axes, pieces, blocks);
  const moments = emptyMoments(axes.samples * axes.channels);
  const cells = growableArray(
    (size) => new Uint16Array(acquireBuffer(2 * size)),
    Math.ceil(blocks * target * 0.9),
  );
  const kept = pages();
  let zeros = 0;
  let done = 0;
  let carried = 0;

  const startOf = (block: number) => {
    const piece = block % pieces;
    return ((block - piece) / pieces) * run + piece * length;
  };
  const lengthOf = (block: number) => Math.min(length, run - (block % pieces) * length);

  /** Measures the next `count` blocks, of n values each, at an address. */
  const measure = (address: number, n: number, count: number) => {
    const end = arena.code.measureBlocks(address, n, count, target, rowsAt, cellsAt);
    rows.set(arena.float64(rowsAt, ROW_FLOATS * count), ROW_FLOATS * done);
    cells.push(arena.uint16(cellsAt, (end - cellsAt) / 2));
    for (let i = 0; i < count; i++) {
      const block = done + i;
      const at = ROW_FLOATS * block;
      const cellCount = integers[2 * at + ROW_INTEGERS.cells];
      if (cellCount < 0) keep(block, arena.float32(address + 4 * n * i, n));
      if (cellCount === NOT_FINITE) continue;
      zeros += integers[2 * at + ROW_INTEGERS.zeros];
      mergeInto(
        moments,
        units[block],
        n,
        rows[at + ROW.mean],
        rows[at + ROW.m2],
        rows[at + ROW.min],
        rows[at + ROW.max],
      );
    }
    done += count;
  };
  const keep = (block: number, values: Float32Array) => {
    kept.push(values);
    if (integers[2 * ROW_FLOATS * block + ROW_INTEGERS.cells] !== NOT_FINITE) return;
    counter.add(values, startOf(block));
    mergeRun(moments, units[block], values, 0, values.length);
  };

  return {
    add: (values) => {
      const address = arena.addressOf(values, 0);
      if (address === undefined) throw new Error('The values of a chunk are not in the arena.');
      for (let at = 0; at < values.length; ) {
        const n = lengthOf(done);
        const rest = values.length - at;
        if (carried > 0 || rest < n) {
          // Assemble a block that spans two chunks first.
          const taken = Math.min(n - carried, rest);
          arena.float32(carry + 4 * carried, taken).set(values.subarray(at, at + taken));
          carried += taken;
          at += taken;
          if (carried < n) break;
          carried = 0;
          measure(carry, n, 1);
        } else {
          const equal = pieces === 1 ? Math.floor(rest / n) : equalPieces(done, rest);
          const count = Math.min(equal, atOnce);
          measure(address + 4 * at, n, count);
          at += count * n;
        }
      }
      return 4 * kept.length <= keptLimit;
    },
    finish: () => ({
      contents: {
        kind: 'blocks',
        rows,
        cells: cells.finish(),
        units,
        kept: kept.finish(),
      },
      sampleChannel: moments,
      zeros,
    }),
  };

  /**
   * Returns the number of full-length blocks from `block` onward, up to the end of its run or of `rest` values; at
   * least one.
   */
  function equalPieces(block: number, rest: number): number {
    const full = Math.floor(run / length) - (block % pieces);
    return Math.max(1, Math.min(full, Math.floor(rest / length)));
  }
}

/** An array in pages, which grows without copying. */
interface Pages {
  readonly length: number;
  push(values: Float32Array): void;
  finish(): Float32Array[];
}

/** Minimum (for a few values) and maximum number of values per page. */
const [SMALLEST_PAGE, LARGEST_PAGE] = [1 << 14, 1 << 18];

function pages(): Pages {
  const full: Float32Array[] = [];
  let page = new Float32Array(0);
  let used = 0;
  let length = 0;
  return {
    get length() {
      return length;
    },
    push: (values) => {
      if (used + values.length > page.length) {
        if (used > 0) full.push(page.subarray(0, used));
        const size = Math.min(Math.max(SMALLEST_PAGE, length), LARGEST_PAGE);
        page = new Float32Array(acquireBuffer(4 * size), 0, size);
        used = 0;
      }
      page.set(values, used);
      used += values.length;
      length += values.length;
    },
    finish: () => (used > 0 ? [...full, page.subarray(0, used)] : full),
  };
}

const BATCH_VALUES = 1 << 17;
/** The functions of src/kernel/simd/assembly/blocks.ts. */
const MAX_CELLS = 512;

/** Returns n·C + c of every block. */
function unitsOf(axes: TensorAxes, pieces: number, blocks: number): Int32Array {
  const units = new Int32Array(acquireBuffer(4 * blocks), 0, blocks);
  let block = 0;
  forEachRun(axes, 0, axes.size, (_start, _length, _offset, n, c) => {
    for (let piece = 0; piece < pieces; piece++) units[block++] = n * axes.channels + c;
  });
  return units;
}
