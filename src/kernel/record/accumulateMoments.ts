import { areStretchesUnits, innerOffsets, type Partition, stretchOf, unitAt } from '../methods/partition';
import { ArenaMoments, momentsBytes, ownedMoments } from '../simd/arenaMoments';
import { addressIn, type WasmArena } from '../simd/wasmArena';
import { emptyMoments, type Moments, mergeInto, type Values } from '../statistics/moments';
import type { TensorAxes } from '../tensor/layoutAxes';
import { chunkLength, forEachRun, forEachSegment, innerAxis } from '../tensor/traversal';
import type { Accumulator } from './accumulator';
import { columnAccumulator } from './columnAccumulator';
import type { ElementCounter } from './elementCounts';

/** Minimum length of a stretch that is merged separately. */
const SHORTEST_STRETCH = 16;

/**
 * Accumulates moments in one pass over the data in memory order, in float64, relative to a shift where needed, so that
 * a deviation of 1e-2 around a mean of 1e4 is accurate. Skips non-finite values. Uses the fast loops for values in an
 * arena's memory. Also passes added values to the counter, without another pass if the loop counts anyway. With
 * `staysInArena`, the result may be valid only until the arena is cleared.
 */
export function accumulator(
  axes: TensorAxes,
  partition: Partition,
  arena?: WasmArena,
  counter?: ElementCounter,
  staysInArena = false,
): Accumulator {
  const stretch = stretchOf(axes, partition);
  const { add, finish } =
    stretch === innerAxis(axes).length || stretch >= SHORTEST_STRETCH
      ? byStretch(axes, partition, stretch, arena, counter)
      : ((stretch === 1 && arena !== undefined
          ? columnAccumulator(axes, partition, arena, counter)
          : undefined) ?? byElement(axes, partition, counter));
  return { add, finish: () => (staysInArena ? finish() : ownedMoments(finish())) };
}

/** Merges the stretches of a chunk, each of which follows the previous one. */
interface Merger {
  begin(values: Values, from: number): void;
  /**
   * Merges `many` stretches of `count` values each, starting at `start` of the chunk. The first belongs to `unit`, the
   * second to the next unit, and so on.
   */
  merge(unit: number, start: number, count: number, many: number): void;
  /** Called after the chunk's last stretch. */
  end(): void;
}

/** Keeps sums in registers and merges each stretch once. */
function byStretch(
  axes: TensorAxes,
  partition: Partition,
  stretch: number,
  arena: WasmArena | undefined,
  counter: ElementCounter | undefined,
): Accumulator {
  const isInOrder = areStretchesUnits(partition, axes, stretch);
  const whole =
    isInOrder && arena !== undefined && axes.size <= chunkLength(axes)
      ? wholeStretches(arena, partition.units, stretch, counter)
      : undefined;
  const merging = () => mergedStretches(axes, partition, stretch, isInOrder, arena, counter);
  let merged = whole === undefined ? merging() : undefined;
  return {
    add: (values, from) => {
      if (whole !== undefined && values.length === axes.size) {
        whole.add(values, from);
        return;
      }
      merged ??= merging();
      merged.add(values, from);
    },
    finish: () => (merged ?? whole)?.finish() ?? emptyMoments(partition.units),
  };
}

/** For a chunk that is a whole record, whose stretches are a unit each. Undefined if the arena has no room. */
function wholeStretches(
  arena: WasmArena,
  units: number,
  stretch: number,
  counter: ElementCounter | undefined,
): Accumulator | undefined {
  const at = arena.room(momentsBytes(units));
  if (at === undefined) return undefined;
  const moments = new ArenaMoments(arena, at, units);
  return {
    add: (values, from) => {
      const zeros = arena.code.stretchMoments(addressIn(arena, values, 0), stretch, units, at);
      counter?.addZeros(zeros < 0 ? -1 - zeros : zeros);
      if (zeros < 0) addNonFinite(moments, values, from, stretch, counter);
    },
    finish: () => moments,
  };
}

/** Measures those stretches again that have non-finite values, whose count is −1. */
function addNonFinite(
  { units, count, mean, m2, min, max }: Moments,
  values: Values,
  from: number,
  stretch: number,
  counter: ElementCounter | undefined,
): void {
  for (let unit = 0; unit < units; unit++) {
    if (count[unit] >= 0) continue;
    [count[unit], mean[unit], m2[unit]] = [0, 0, 0];
    [min[unit], max[unit]] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const start = unit * stretch;
    counter?.add(values.subarray(start, start + stretch), from + start);
    mergeRun({ units, count, mean, m2, min, max }, unit, values, start, start + stretch);
  }
}

function mergedStretches(
  axes: TensorAxes,
  partition: Partition,
  stretch: number,
  isInOrder: boolean,
  arena: WasmArena | undefined,
  counter: ElementCounter | undefined,
): Accumulator {
  const moments = emptyMoments(partition.units);
  const rows = innerAxis(axes).length % stretch === 0 ? Math.min(ROWS, Math.ceil(axes.size / stretch)) : 1;
  const merger = (arena && simdMerger(arena, moments, rows, counter)) ?? plainMerger(moments, counter);
  return {
    add: (values, from) => {
      merger.begin(values, from);
      if (isInOrder) {
        const unit = Math.ceil(from / stretch);
        const head = Math.min(unit * stretch - from, values.length);
        const whole = Math.floor((values.length - head) / stretch);
        const tail = values.length - head - whole * stretch;
        if (head > 0) merger.merge(unit - 1, 0, head, 1);
        if (whole > 0) merger.merge(unit, head, stretch, whole);
        if (tail > 0) merger.merge(unit + whole, values.length - tail, tail, 1);
      } else {
        forEachRun(axes, from, from + values.length, (start, length, offset, n, c, p) => {
          const base = unitAt(partition, n, c, p);
          forEachSegment(stretch, offset, length, (at, many, index) =>
            merger.merge(base + index, start + at, many, 1),
          );
        });
      }
      merger.end();
    },
    finish: () => moments,
  };
}

function plainMerger(moments: Moments, counter?: ElementCounter): Merger {
  let chunk: Values = new Float32Array(0);
  return {
    begin: (values, from) => {
      counter?.add(values, from);
      chunk = values;
    },
    merge: (unit, start, count, many) => {
      for (let i = 0; i < many; i++, start += count) mergeRun(moments, unit + i, chunk, start, start + count);
    },
    end: () => {},
  };
}

/** Rows of a table; see src/kernel/simd/assembly/moments.ts for its columns. */
const ROWS = 256;
const ROW_FLOATS = 5;
const ROW_ZEROS = 8;
const ROW_IS_FINITE = 9;

/**
 * The fast path: a table of several equal stretches at a time. Non-finite values take the slow path. Returns undefined
 * if the arena has no room for the table.
 */
function simdMerger(
  arena: WasmArena,
  moments: Moments,
  rows: number,
  counter?: ElementCounter,
): Merger | undefined {
  const table = arena.room(8 * ROW_FLOATS * rows);
  if (table === undefined) return undefined;
  let chunk: Values = new Float32Array(0);
  let [place, address] = [0, 0];
  // Pending stretches: they start at `first` of the chunk and have `length` values each.
  const units = new Int32Array(rows);
  let [waiting, first, length] = [0, 0, 0];
  const end = () => {
    if (waiting === 0) return;
    arena.code.rowMoments(address + 4 * first, length, waiting, table);
    const floats = arena.float64(table, ROW_FLOATS * waiting);
    const integers = arena.int32(table, 2 * ROW_FLOATS * waiting);
    const zeros = mergeRows(moments, units, waiting, length, floats, integers);
    counter?.addZeros(zeros);
    for (let row = 0; row < waiting; row++) {
      if (integers[2 * ROW_FLOATS * row + ROW_IS_FINITE] === 1) continue;
      const start = first + length * row;
      counter?.add(chunk.subarray(start, start + length), place + start);
      mergeRun(moments, units[row], chunk, start, start + length);
    }
    waiting = 0;
  };
  return {
    begin: (values, from) => {
      chunk = values;
      place = from;
      address = addressIn(arena, values, 0);
    },
    merge: (unit, start, count, many) => {
      if (count !== length) end();
      length = count;
      for (let i = 0; i < many; i++) {
        if (waiting === rows) end();
        if (waiting === 0) first = start + count * i;
        units[waiting++] = unit + i;
      }
    },
    end,
  };
}

/** Merges the rows of `length` values that are all finite. Returns the number of zeros in them. */
function mergeRows(
  moments: Moments,
  units: Int32Array,
  rows: number,
  length: number,
  floats: Float64Array,
  integers: Int32Array,
): number {
  let zeros = 0;
  for (let row = 0, at = 0; row < rows; row++, at += ROW_FLOATS) {
    if (integers[2 * at + ROW_IS_FINITE] !== 1) continue;
    zeros += integers[2 * at + ROW_ZEROS];
    mergeInto(moments, units[row], length, floats[at], floats[at + 1], floats[at + 2], floats[at + 3]);
  }
  return zeros;
}

/** Merges the finite values of [start, end) into a unit. */
export function mergeRun(moments: Moments, unit: number, values: Values, start: number, end: number): void {
  let i = start;
  while (i < end && values[i] - values[i] !== 0) i++;
  if (i === end) return;
  const shift = values[i];
  let count = 0;
  let sum = 0;
  let squares = 0;
  let min = shift;
  let max = shift;
  for (; i < end; i++) {
    const x = values[i];
    const d = x - shift;
    // NaN or ±∞: x − shift is then not finite either, and x − x is NaN.
    if (x - x !== 0) continue;
    count++;
    sum += d;
    squares += d * d;
    if (x < min) min = x;
    if (x > max) max = x;
  }
  const delta = sum / count;
  mergeInto(moments, unit, count, shift + delta, Math.max(0, squares - sum * delta), min, max);
}

/** Sums of each unit relative to its shift, which is its first value. */
interface ColumnSums {
  readonly shift: Float64Array;
  readonly count: Float64Array;
  readonly sum: Float64Array;
  readonly squares: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
}

function addElement({ shift, count, sum, squares, min, max }: ColumnSums, unit: number, x: number): void {
  if (x - x !== 0) return;
  if (count[unit]++ === 0) shift[unit] = x;
  const d = x - shift[unit];
  sum[unit] += d;
  squares[unit] += d * d;
  if (x < min[unit]) min[unit] = x;
  if (x > max[unit]) max[unit] = x;
}

/** Turns the sums into means and squared deviations, in place. */
function momentsOf(sums: ColumnSums): Moments {
  const { shift, count, sum: mean, squares: m2, min, max } = sums;
  for (let unit = 0; unit < count.length; unit++) {
    if (count[unit] === 0) continue;
    const delta = mean[unit] / count[unit];
    m2[unit] = Math.max(0, m2[unit] - mean[unit] * delta);
    mean[unit] = shift[unit] + delta;
  }
  return { units: count.length, count, mean, m2, min, max };
}

/** For neighbors in different units: each unit keeps its own shift (its first value) and its sums. */
function byElement(axes: TensorAxes, partition: Partition, counter: ElementCounter | undefined): Accumulator {
  const offsets = innerOffsets(partition, axes) ?? new Int32Array(innerAxis(axes).length);
  const { count, mean: sum, m2: squares, min, max } = emptyMoments(partition.units);
  const sums = { shift: new Float64Array(partition.units), count, sum, squares, min, max };
  return {
    add: (values, from) => {
      counter?.add(values, from);
      forEachRun(axes, from, from + values.length, (start, length, offset, n, c, p) => {
        const base = unitAt(partition, n, c, p);
        for (let i = 0; i < length; i++) addElement(sums, base + offsets[offset + i], values[start + i]);
      });
    },
    finish: () => momentsOf(sums),
  };
}
