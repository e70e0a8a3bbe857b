import type { ElementCounter } from './elementCounts';
import type { Lane } from './lane';
import type { TensorAxes } from './layoutAxes';
import { emptyMoments, type Moments, mergeInto, type Values } from './moments';
import { areStretchesUnits, innerOffsets, type Partition, segmentLength, unitAt } from './partition';
import { forEachSegment, innerAxis, walk } from './walk';

/** Collects the moments of one partition's units, chunk by chunk. */
export interface Accumulator {
  /** Takes the elements [from, from + values.length) of memory. */
  add(values: Values, from: number): void;
  /** The moments of everything that was added. Ends the accumulator. */
  finish(): Moments;
}

/** Stretches that are worth merging one by one. */
const SHORTEST_STRETCH = 16;

/**
 * One pass over the data in memory order, in float64 and from a shift where it matters, so that a deviation of 1e-2 around
 * a mean of 1e4 is right. Non-finite values are left out. With a lane, values in its memory take the fast way. What is
 * added goes to the counter too, without another look at the values where the loop counts anyway.
 */
export function accumulator(
  axes: TensorAxes,
  partition: Partition,
  lane?: Lane,
  counter?: ElementCounter,
): Accumulator {
  const stretch = stretchOf(axes, partition);
  if (stretch === innerAxis(axes).length || stretch >= SHORTEST_STRETCH)
    return byStretch(axes, partition, stretch, lane, counter);
  const columns = stretch === 1 && lane !== undefined ? byColumn(axes, partition, lane, counter) : undefined;
  return columns ?? byElement(axes, partition, counter);
}

/** So many neighbours are in one unit, the next ones in the next; 0 where it is not as simple as that. */
export function stretchOf(axes: TensorAxes, partition: Partition): number {
  const offsets = innerOffsets(partition, axes);
  return offsets === undefined ? innerAxis(axes).length : segmentLength(offsets);
}

/** Merges the values [start, end) of a chunk, all of one unit. */
type Merge = (unit: number, start: number, end: number) => void;

/** Sums stay in registers, each stretch is merged once. */
function byStretch(
  axes: TensorAxes,
  partition: Partition,
  stretch: number,
  lane: Lane | undefined,
  counter: ElementCounter | undefined,
): Accumulator {
  const moments = emptyMoments(partition.units);
  const rows = innerAxis(axes).length % stretch === 0 ? Math.min(ROWS, Math.ceil(axes.size / stretch)) : 1;
  const fast = lane && laneMerge(lane, moments, stretch, rows, counter);
  const isInOrder = areStretchesUnits(partition, axes, stretch);
  return {
    add: (values, from) => {
      const merge = fast?.(values, from) ?? plainMerge(moments, values, from, counter);
      if (isInOrder) {
        forEachSegment(stretch, from, values.length, (at, many, unit) => merge(unit, at, at + many));
        return;
      }
      walk(axes, from, from + values.length, (start, length, offset, n, c, p) => {
        const base = unitAt(partition, n, c, p);
        forEachSegment(stretch, offset, length, (at, many, index) =>
          merge(base + index, start + at, start + at + many),
        );
      });
    },
    finish: () => moments,
  };
}

function plainMerge(moments: Moments, values: Values, from: number, counter?: ElementCounter): Merge {
  counter?.add(values, from);
  return (unit, start, end) => mergeRun(moments, unit, values, start, end);
}

/** Rows of a table; see src/kernel/assembly/moments.ts for its columns. */
const ROWS = 256;
const ROW_FLOATS = 5;
const ROW_ZEROS = 8;
const ROW_IS_FINITE = 9;

/** The fast way: a table of the next stretches at a time; what is not finite takes the other. Undefined without room for it. */
function laneMerge(
  lane: Lane,
  moments: Moments,
  stretch: number,
  rows: number,
  counter?: ElementCounter,
): ((values: Values, from: number) => Merge) | undefined {
  const table = lane.allocate(8 * ROW_FLOATS * rows);
  if (table === undefined) return undefined;
  return (values, from) => {
    const address = addressIn(lane, values, 0);
    const floats = lane.float64(table, ROW_FLOATS * rows);
    const integers = lane.int32(table, 2 * ROW_FLOATS * rows);
    // The table has the stretches up to here; `row` is the next one's.
    let measured = 0;
    let row = 0;
    return (unit, start, end) => {
      const count = end - start;
      if (start >= measured) {
        const next = count < stretch ? 1 : Math.min(rows, Math.floor((values.length - start) / stretch));
        lane.code.rowMoments(address + 4 * start, count, next, table);
        measured = start + count * next;
        row = 0;
      }
      const at = ROW_FLOATS * row;
      if (integers[2 * at + ROW_IS_FINITE] === 1) {
        counter?.addZeros(integers[2 * at + ROW_ZEROS]);
        mergeInto(moments, unit, count, floats[at], floats[at + 1], floats[at + 2], floats[at + 3]);
      } else {
        counter?.add(values.subarray(start, end), from + start);
        mergeRun(moments, unit, values, start, end);
      }
      row++;
    };
  };
}

function addressIn(lane: Lane, values: Values, index: number): number {
  const address = lane.addressOf(values, index);
  if (address === undefined) throw new Error('The values of a chunk are not in the lane.');
  return address;
}

/** Merges the finite ones of the values [start, end) into a unit. */
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

/** Neighbours belong to neighbouring units: rows are added together. Undefined where the lane has no room. */
function byColumn(
  axes: TensorAxes,
  partition: Partition,
  lane: Lane,
  counter: ElementCounter | undefined,
): Accumulator | undefined {
  const { units } = partition;
  const width = innerAxis(axes).length;
  const table = lane.allocate(40 * units);
  if (table === undefined) return undefined;
  const [shiftAt, countAt, sumAt, squaresAt] = [0, 8, 16, 24].map((bytes) => table + bytes * units);
  const [minAt, maxAt] = [table + 32 * units, table + 36 * units];
  lane.float32(minAt, units).fill(Number.POSITIVE_INFINITY);
  lane.float32(maxAt, units).fill(Number.NEGATIVE_INFINITY);

  /** Rows of `length` values one after the other, for units from `unit` on. */
  const addRows = (
    values: Values,
    from: number,
    start: number,
    length: number,
    rows: number,
    unit: number,
  ) => {
    const address = addressIn(lane, values, start);
    const [wide, narrow] = [8 * unit, 4 * unit];
    const met = lane.code.columnMoments(
      address,
      length,
      rows,
      shiftAt + wide,
      countAt + wide,
      sumAt + wide,
      squaresAt + wide,
      minAt + narrow,
      maxAt + narrow,
    );
    if (met > 0) counter?.add(values.subarray(start, start + rows * length), from + start);
  };
  return {
    add: (values, from) => {
      let first = 0;
      let rows = 0;
      let unit = -1;
      const addWhole = () => {
        if (rows > 0) addRows(values, from, first, width, rows, unit);
        rows = 0;
      };
      walk(axes, from, from + values.length, (start, length, offset, n, c, p) => {
        const base = unitAt(partition, n, c, p);
        if (base !== unit || length < width) addWhole();
        if (length < width) {
          addRows(values, from, start, length, 1, base + offset);
          return;
        }
        if (rows === 0) first = start;
        unit = base;
        rows++;
      });
      addWhole();
    },
    finish: () =>
      momentsOf({
        shift: lane.float64(shiftAt, units),
        count: lane.float64(countAt, units).slice(),
        sum: lane.float64(sumAt, units).slice(),
        squares: lane.float64(squaresAt, units).slice(),
        min: Float64Array.from(lane.float32(minAt, units)),
        max: Float64Array.from(lane.float32(maxAt, units)),
      }),
  };
}

/** Sums of each unit from its shift, which is its first value. */
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

/** Neighbours belong to different units: each unit keeps its own shift, its first value, and its sums. */
function byElement(axes: TensorAxes, partition: Partition, counter: ElementCounter | undefined): Accumulator {
  const offsets = innerOffsets(partition, axes) ?? new Int32Array(innerAxis(axes).length);
  const { count, mean: sum, m2: squares, min, max } = emptyMoments(partition.units);
  const sums = { shift: new Float64Array(partition.units), count, sum, squares, min, max };
  return {
    add: (values, from) => {
      counter?.add(values, from);
      walk(axes, from, from + values.length, (start, length, offset, n, c, p) => {
        const base = unitAt(partition, n, c, p);
        for (let i = 0; i < length; i++) addElement(sums, base + offsets[offset + i], values[start + i]);
      });
    },
    finish: () => momentsOf(sums),
  };
}
