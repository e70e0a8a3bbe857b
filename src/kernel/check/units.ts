import type { Values } from '../statistics/moments';
import type { Normalizing } from './normalizing';

/** Which unit each element of a tensor in C order is in: the sum over its axes of `offsets[axis][index]`. */
export interface UnitMap {
  readonly units: number;
  readonly shape: readonly number[];
  readonly offsets: readonly Int32Array[];
}

/** The units of a way to normalize; elements that differ only along its axes share one. */
export function unitMap(
  shape: readonly number[],
  { axes, groups }: Pick<Normalizing, 'axes' | 'groups'>,
  channelAxis: number,
): UnitMap {
  let units = 1;
  const offsets = new Array<Int32Array>(shape.length);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const extent = shape[axis];
    const parts = axes.includes(axis) ? (groups !== undefined && axis === channelAxis ? groups : 1) : extent;
    const perPart = extent / parts;
    const stride = units;
    offsets[axis] = Int32Array.from({ length: extent }, (_, i) => Math.floor(i / perPart) * stride);
    units *= parts;
  }
  return { units, shape, offsets };
}

/** The elements' places along some axes, in order: which entry of γ and β is whose. */
export function entryMap(shape: readonly number[], axes: readonly number[]): UnitMap {
  return unitMap(shape, { axes: shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis)) }, -1);
}

/**
 * Visits the elements [from, from + length) of a tensor in C order as runs along its last axis: the position in the
 * range, the length, the index along the last axis, and the indices along the others.
 */
export function forEachRun(
  shape: readonly number[],
  from: number,
  length: number,
  visit: (start: number, length: number, inner: number, outer: readonly number[]) => void,
): void {
  const last = shape.length - 1;
  const width = shape[last];
  const outer = new Array<number>(last).fill(0);
  let rest = Math.floor(from / width);
  for (let axis = last - 1; axis >= 0; axis--) {
    outer[axis] = rest % shape[axis];
    rest = Math.floor(rest / shape[axis]);
  }
  let inner = from % width;
  for (let start = 0; start < length; ) {
    const run = Math.min(width - inner, length - start);
    visit(start, run, inner, outer);
    start += run;
    inner = 0;
    for (let axis = last - 1; axis >= 0; axis--) {
      if (++outer[axis] < shape[axis]) break;
      outer[axis] = 0;
    }
  }
}

/** The unit of a run's elements without what the last axis adds. */
export function unitBase({ offsets }: UnitMap, outer: readonly number[]): number {
  let base = 0;
  for (let axis = 0; axis < outer.length; axis++) base += offsets[axis][outer[axis]];
  return base;
}

/** Mean, biased variance and mean of squares of each unit, in float64. */
export interface UnitFigures {
  readonly count: Float64Array;
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  /** How far off serial sums in float32 are, where that was tried: see {@link serialErrors}. */
  readonly serial?: { readonly mean: Float64Array; readonly variance: Float64Array };
}

/** Collects the figures of each unit, chunk by chunk, from the unit's first value as an origin. */
export function unitCollector(map: UnitMap): {
  add(values: Values, from: number): void;
  finish(): UnitFigures;
} {
  const column = () => new Float64Array(map.units);
  const [count, origin, sum, squares] = [column(), column(), column(), column()];
  const last = map.offsets[map.shape.length - 1];
  return {
    add: (values, from) =>
      forEachRun(map.shape, from, values.length, (start, length, inner, outer) => {
        const base = unitBase(map, outer);
        for (let i = 0; i < length; i++) {
          const unit = base + last[inner + i];
          const x = values[start + i];
          if (count[unit]++ === 0) origin[unit] = x;
          const d = x - origin[unit];
          sum[unit] += d;
          squares[unit] += d * d;
        }
      }),
    finish: () => {
      const variance = squares.map((each, u) => Math.max(0, each / count[u] - (sum[u] / count[u]) ** 2));
      return { count, mean: sum.map((each, u) => origin[u] + each / count[u]), variance };
    },
  };
}

/**
 * How far the mean and the variance of each unit are off where a float32 layer adds its values one after the other, by
 * two passes and by E[x²] − E[x]²; of the two variances the worse one. Values of a few levels round the same way at each
 * addition, so that the error grows with n and not with √n. Reads the values twice: first `addSums`, then `addSquares`.
 */
export function serialErrors(
  map: UnitMap,
  { count, mean, variance }: UnitFigures,
): {
  addSums(values: Values, from: number): void;
  addSquares(values: Values, from: number): void;
  finish(): NonNullable<UnitFigures['serial']>;
} {
  const [sum, raw, central] = [0, 1, 2].map(() => new Float32Array(map.units));
  const last = map.offsets[map.shape.length - 1];
  const ofSum = (u: number) => Math.fround(sum[u] / count[u]);
  const forEach = (values: Values, from: number, visit: (x: number, unit: number) => void) =>
    forEachRun(map.shape, from, values.length, (start, length, inner, outer) => {
      const base = unitBase(map, outer);
      for (let i = 0; i < length; i++) visit(Math.fround(values[start + i]), base + last[inner + i]);
    });
  return {
    addSums: (values, from) =>
      forEach(values, from, (x, unit) => {
        sum[unit] += x;
        raw[unit] += Math.fround(x * x);
      }),
    addSquares: (values, from) =>
      forEach(values, from, (x, unit) => {
        const d = Math.fround(x - ofSum(unit));
        central[unit] += Math.fround(d * d);
      }),
    finish: () => ({
      mean: mean.map((each, u) => Math.abs(ofSum(u) - each)),
      variance: variance.map((each, u) =>
        Math.max(Math.abs(central[u] / count[u] - each), Math.abs(raw[u] / count[u] - ofSum(u) ** 2 - each)),
      ),
    }),
  };
}
