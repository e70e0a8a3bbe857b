import type { LayoutAxes } from './layoutAxes';
import { emptyMoments, type Moments, mergeInto, type Values } from './moments';
import { innerOffsets, type Partition, unitAt } from './partition';
import { walk } from './walk';

/** Collects the moments of one partition's units, chunk by chunk. */
export interface Accumulator {
  /** Takes the elements [from, from + values.length) of memory. */
  add(values: Values, from: number): void;
  /** The moments of everything that was added. Ends the accumulator. */
  finish(): Moments;
}

/**
 * One pass over the data in memory order, in float64 and from a shift, so that a deviation of 1e-2 around a mean
 * of 1e4 is right. Non-finite values are left out.
 */
export function accumulator(axes: LayoutAxes, partition: Partition): Accumulator {
  const offsets = innerOffsets(partition, axes);
  return offsets === undefined ? byRun(axes, partition) : byElement(axes, partition, offsets);
}

/** Whole runs belong to one unit: sums stay in registers, each run is merged once. */
function byRun(axes: LayoutAxes, partition: Partition): Accumulator {
  const moments = emptyMoments(partition.units);
  return {
    add: (values, from) =>
      walk(axes, from, from + values.length, (start, length, _offset, n, c, p) => {
        mergeRun(moments, unitAt(partition, n, c, p), values, start, start + length);
      }),
    finish: () => moments,
  };
}

function mergeRun(moments: Moments, unit: number, values: Values, start: number, end: number): void {
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

/** Neighbours belong to different units: each unit keeps its own shift, its first value, and its sums. */
function byElement(axes: LayoutAxes, partition: Partition, offsets: Int32Array): Accumulator {
  const moments = emptyMoments(partition.units);
  const { count, mean: sum, m2: squares, min, max } = moments;
  const shift = new Float64Array(partition.units);
  return {
    add: (values, from) =>
      walk(axes, from, from + values.length, (start, length, offset, n, c, p) => {
        const base = unitAt(partition, n, c, p);
        for (let i = 0; i < length; i++) {
          const x = values[start + i];
          if (x - x !== 0) continue;
          const unit = base + offsets[offset + i];
          if (count[unit]++ === 0) shift[unit] = x;
          const d = x - shift[unit];
          sum[unit] += d;
          squares[unit] += d * d;
          if (x < min[unit]) min[unit] = x;
          if (x > max[unit]) max[unit] = x;
        }
      }),
    finish: () => {
      for (let unit = 0; unit < partition.units; unit++) {
        if (count[unit] === 0) continue;
        const delta = sum[unit] / count[unit];
        squares[unit] = Math.max(0, squares[unit] - sum[unit] * delta);
        sum[unit] = shift[unit] + delta;
      }
      return moments;
    },
  };
}
