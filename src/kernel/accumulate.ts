import type { Lane } from './lane';
import type { TensorAxes } from './layoutAxes';
import { emptyMoments, type Moments, mergeInto, type Values } from './moments';
import { innerOffsets, type Partition, segmentLength, unitAt } from './partition';
import { forEachSegment, innerAxis, walk } from './walk';

/** Collects the moments of one partition's units, chunk by chunk. */
export interface Accumulator {
  /** Takes the elements [from, from + values.length) of memory. */
  add(values: Values, from: number): void;
  /** The moments of everything that was added. Ends the accumulator. */
  finish(): Moments;
}

/** Segments that are worth merging one by one. */
const SHORTEST_SEGMENT = 16;

/**
 * One pass over the data in memory order, in float64 and from a shift, so that a deviation of 1e-2 around a mean
 * of 1e4 is right. Non-finite values are left out. With a lane, values in its memory take the fast way.
 */
export function accumulator(axes: TensorAxes, partition: Partition, lane?: Lane): Accumulator {
  const offsets = innerOffsets(partition, axes);
  const merge = lane === undefined ? plainMerge : laneMerge(lane);
  if (offsets === undefined) return byRun(axes, partition, merge);
  const segment = segmentLength(offsets);
  if (segment >= SHORTEST_SEGMENT) return bySegment(axes, partition, segment, merge);
  const columns = segment === 1 && lane !== undefined ? byColumn(axes, partition, lane) : undefined;
  return columns ?? byElement(axes, partition, offsets);
}

/** Merges the values [start, end) of a chunk, all of one unit. */
type Merge = (moments: Moments, unit: number, start: number, end: number) => void;
type MergeOf = (chunk: Values) => Merge;

/** Whole runs belong to one unit: sums stay in registers, each run is merged once. */
function byRun(axes: TensorAxes, partition: Partition, mergeOf: MergeOf): Accumulator {
  const moments = emptyMoments(partition.units);
  return {
    add: (values, from) => {
      const merge = mergeOf(values);
      walk(axes, from, from + values.length, (start, length, _offset, n, c, p) => {
        merge(moments, unitAt(partition, n, c, p), start, start + length);
      });
    },
    finish: () => moments,
  };
}

/** Each `segment` neighbours belong to one unit, the next ones to the next unit. */
function bySegment(axes: TensorAxes, partition: Partition, segment: number, mergeOf: MergeOf): Accumulator {
  const moments = emptyMoments(partition.units);
  return {
    add: (values, from) => {
      const merge = mergeOf(values);
      walk(axes, from, from + values.length, (start, length, offset, n, c, p) => {
        const base = unitAt(partition, n, c, p);
        forEachSegment(segment, offset, length, (at, many, index) =>
          merge(moments, base + index, start + at, start + at + many),
        );
      });
    },
    finish: () => moments,
  };
}

const plainMerge: MergeOf = (values) => (moments, unit, start, end) =>
  mergeRun(moments, unit, values, start, end);

/** The fast way for values in the lane's memory; what is not finite takes the other. */
function laneMerge({ addressOf, code, result: resultOf, results }: Lane): MergeOf {
  return (values) => {
    const address = addressOf(values, 0);
    if (address === undefined) return plainMerge(values);
    const result = resultOf();
    return (moments, unit, start, end) => {
      const count = end - start;
      if (code.rowMoments(address + 4 * start, count, results) === 0) {
        mergeRun(moments, unit, values, start, end);
        return;
      }
      const sum = result[0];
      const delta = sum / count;
      const m2 = Math.max(0, result[1] - sum * delta);
      mergeInto(moments, unit, count, values[start] + delta, m2, result[2], result[3]);
    };
  };
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

/** Neighbours belong to neighbouring units: whole rows are added at once. Undefined where the lane has no room. */
function byColumn(axes: TensorAxes, partition: Partition, lane: Lane): Accumulator | undefined {
  const { units } = partition;
  const width = innerAxis(axes).length;
  const table = lane.allocate(40 * units);
  if (table === undefined) return undefined;
  const [shiftAt, countAt, sumAt, squaresAt] = [0, 8, 16, 24].map((bytes) => table + bytes * units);
  const [minAt, maxAt] = [table + 32 * units, table + 36 * units];
  lane.float32(minAt, units).fill(Number.POSITIVE_INFINITY);
  lane.float32(maxAt, units).fill(Number.NEGATIVE_INFINITY);
  // Rows whose units all have their shift.
  const isReady = new Uint8Array(Math.ceil(units / width));
  return {
    add: (values, from) => {
      const address = lane.addressOf(values, 0);
      const sums: ColumnSums = {
        shift: lane.float64(shiftAt, units),
        count: lane.float64(countAt, units),
        sum: lane.float64(sumAt, units),
        squares: lane.float64(squaresAt, units),
        min: lane.float32(minAt, units),
        max: lane.float32(maxAt, units),
      };
      walk(axes, from, from + values.length, (start, length, offset, n, c, p) => {
        const base = unitAt(partition, n, c, p);
        const row = Math.floor(base / width);
        const unit = base + offset;
        const [wide, narrow] = [8 * unit, 4 * unit];
        if (
          address !== undefined &&
          isReady[row] === 1 &&
          lane.code.vectorMoments(
            address + 4 * start,
            length,
            shiftAt + wide,
            countAt + wide,
            sumAt + wide,
            squaresAt + wide,
            minAt + narrow,
            maxAt + narrow,
          ) === 1
        ) {
          return;
        }
        for (let i = 0; i < length; i++) addElement(sums, unit + i, values[start + i]);
        if (isReady[row] === 0 && sums.count.subarray(base, base + width).every((count) => count > 0))
          isReady[row] = 1;
      });
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
  readonly min: Float32Array | Float64Array;
  readonly max: Float32Array | Float64Array;
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
function momentsOf(sums: ColumnSums & { readonly min: Float64Array; readonly max: Float64Array }): Moments {
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
function byElement(axes: TensorAxes, partition: Partition, offsets: Int32Array): Accumulator {
  const { count, mean: sum, m2: squares, min, max } = emptyMoments(partition.units);
  const sums = { shift: new Float64Array(partition.units), count, sum, squares, min, max };
  return {
    add: (values, from) =>
      walk(axes, from, from + values.length, (start, length, offset, n, c, p) => {
        const base = unitAt(partition, n, c, p);
        for (let i = 0; i < length; i++) addElement(sums, base + offsets[offset + i], values[start + i]);
      }),
    finish: () => momentsOf(sums),
  };
}
