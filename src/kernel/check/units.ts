import type { Units } from '../../model/formula';

/** Maps each element of a tensor, in C order, to its unit. */
export interface UnitMap {
  readonly units: number;
  /** Writes the units of the elements from `from` onward into `labels`. */
  label(from: number, labels: Int32Array): void;
  /** Distinguishes the maps of {@link unitMap}. */
  readonly number?: number;
}

/** Maximum number of maps, and of labels, that are kept, because the layers and steps of a run have few shapes. */
const KEPT_MAPS = 8;
const KEPT_LABELS = 1 << 20;
/** The most recent ones are last. */
const recentMaps = new Map<string, UnitMap>();
const recentLabels = new Map<string, Int32Array>();
let [maps, labelsKept] = [0, 0];

/** Numbers the units of a tensor in the order of the axes that distinguish them. */
export function unitMap(shape: readonly number[], units: Units): UnitMap {
  const key = JSON.stringify([shape, units.axes, units.parts]);
  const map = recentMaps.get(key) ?? { ...distinguished(shape, units), number: maps++ };
  recentMaps.delete(key);
  recentMaps.set(key, map);
  for (const oldest of recentMaps.keys()) {
    if (recentMaps.size <= KEPT_MAPS) break;
    recentMaps.delete(oldest);
  }
  return map;
}

/** Returns the units of `length` elements from `from` onward. They may be used again, so do not change them. */
export function labeled(map: UnitMap, from: number, length: number): Int32Array {
  const key = `${map.number} ${from} ${length}`;
  const labels = recentLabels.get(key) ?? new Int32Array(length);
  if (recentLabels.delete(key)) labelsKept -= length;
  else map.label(from, labels);
  if (map.number === undefined) return labels;
  recentLabels.set(key, labels);
  labelsKept += length;
  for (const [oldest, { length: dropped }] of recentLabels) {
    if (labelsKept <= KEPT_LABELS) break;
    recentLabels.delete(oldest);
    labelsKept -= dropped;
  }
  return labels;
}

function distinguished(shape: readonly number[], { axes, parts }: Units): UnitMap {
  if (parts?.kind === 'reshaped') return reshapedMap(shape, parts.axes, parts.count);
  let units = 1;
  const offsets = new Array<Float64Array>(shape.length);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const extent = shape[axis];
    const divided = parts?.axes[0] === axis ? parts : undefined;
    const count = axes.includes(axis) ? (divided?.count ?? 1) : extent;
    const place = (i: number) =>
      divided?.kind === 'interleaved' ? i % count : Math.floor((i * count) / extent);
    const stride = units;
    offsets[axis] = Float64Array.from({ length: extent }, (_, i) => place(i) * stride);
    units *= count;
  }
  return { units, label: labeler(shape, offsets, 1) };
}

/** Each index along the remaining axes is a sample, whose axes are reordered and cut into equal pieces. */
function reshapedMap(shape: readonly number[], order: readonly number[], count: number): UnitMap {
  const samples = shape.map((_, axis) => axis).filter((axis) => !order.includes(axis));
  let stride = 1;
  const offsets = new Array<Float64Array>(shape.length);
  for (const axis of [...samples, ...order].reverse()) {
    const own = stride;
    offsets[axis] = Float64Array.from({ length: shape[axis] }, (_, i) => i * own);
    stride *= shape[axis];
  }
  const piece = order.reduce((size, axis) => size * shape[axis], 1) / count;
  return { units: stride / piece, label: labeler(shape, offsets, piece) };
}

/** Elements [from, from + length) of a tensor. */
export interface Stretch {
  readonly from: number;
  readonly length: number;
}

/** Restricts a division to the units of some stretches and renumbers them; all other units become −1. */
export function unitsWithin(map: UnitMap, stretches: readonly Stretch[]): UnitMap {
  const numbers = new Int32Array(map.units).fill(-1);
  let units = 0;
  for (const { from, length } of stretches) {
    const labels = new Int32Array(length);
    map.label(from, labels);
    for (const label of labels) if (numbers[label] < 0) numbers[label] = units++;
  }
  return {
    units,
    label: (from, labels) => {
      map.label(from, labels);
      for (let i = 0; i < labels.length; i++) labels[i] = numbers[labels[i]];
    },
  };
}

/** Maps each element to its entry of γ and β: its position along some axes, in order. */
export function entryMap(shape: readonly number[], axes: readonly number[]): UnitMap {
  return unitMap(shape, { axes: shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis)) });
}

/** A label is the sum over the axes of each index's contribution, divided and rounded down. */
function labeler(
  shape: readonly number[],
  offsets: readonly Float64Array[],
  divisor: number,
): UnitMap['label'] {
  const last = shape.length - 1;
  const width = shape[last];
  const inner = offsets[last];
  return (from, labels) => {
    const outer = new Array<number>(last).fill(0);
    let rest = Math.floor(from / width);
    for (let axis = last - 1; axis >= 0; axis--) {
      outer[axis] = rest % shape[axis];
      rest = Math.floor(rest / shape[axis]);
    }
    let start = from % width;
    for (let i = 0; i < labels.length; ) {
      let base = 0;
      for (let axis = 0; axis < last; axis++) base += offsets[axis][outer[axis]];
      const end = Math.min(labels.length, i + width - start);
      if (divisor === 1) while (i < end) labels[i++] = base + inner[start++];
      else while (i < end) labels[i++] = Math.floor((base + inner[start++]) / divisor);
      start = 0;
      for (let axis = last - 1; axis >= 0; axis--) {
        if (++outer[axis] < shape[axis]) break;
        outer[axis] = 0;
      }
    }
  };
}

/** Count, mean, and biased variance of each unit, in float64. */
export interface UnitFigures {
  readonly count: Float64Array;
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  /** Errors of serial sums in float32, if they were measured; see {@link serialErrors}. */
  readonly serial?: { readonly mean: Float64Array; readonly variance: Float64Array };
}

/**
 * Collects the statistics of each unit, chunk by chunk, with the unit's first value as origin. Ignores negative labels.
 */
export function unitCollector(units: number): {
  add(values: Float64Array, labels: Int32Array): void;
  finish(): UnitFigures;
} {
  const column = () => new Float64Array(units);
  const [count, origin, sum, squares] = [column(), column(), column(), column()];
  return {
    add: (values, labels) => {
      for (let i = 0; i < labels.length; i++) {
        const unit = labels[i];
        if (unit < 0) continue;
        const x = values[i];
        if (count[unit]++ === 0) origin[unit] = x;
        const d = x - origin[unit];
        sum[unit] += d;
        squares[unit] += d * d;
      }
    },
    finish: () => {
      const variance = squares.map((each, u) => Math.max(0, each / count[u] - (sum[u] / count[u]) ** 2));
      return { count, mean: sum.map((each, u) => origin[u] + each / count[u]), variance };
    },
  };
}

/**
 * Measures the error of the mean and the variance of each unit if a float32 layer adds its values serially, by two
 * passes and by E[x²] − E[x]²; of the two variances, the worse counts. Values with few distinct levels round the same
 * way at each addition, so the error grows with n instead of √n. Reads the values twice: first for `addSums`, then for
 * `addSquares`.
 */
export function serialErrors({ count, mean, variance }: UnitFigures): {
  addSums(values: Float64Array, labels: Int32Array): void;
  addSquares(values: Float64Array, labels: Int32Array): void;
  finish(): NonNullable<UnitFigures['serial']>;
} {
  const [sum, raw, central] = [0, 1, 2].map(() => new Float32Array(count.length));
  const ofSum = (u: number) => Math.fround(sum[u] / count[u]);
  return {
    addSums: (values, labels) => {
      for (let i = 0; i < labels.length; i++) {
        const x = Math.fround(values[i]);
        sum[labels[i]] += x;
        raw[labels[i]] += Math.fround(x * x);
      }
    },
    addSquares: (values, labels) => {
      for (let i = 0; i < labels.length; i++) {
        const d = Math.fround(Math.fround(values[i]) - ofSum(labels[i]));
        central[labels[i]] += Math.fround(d * d);
      }
    },
    finish: () => ({
      mean: mean.map((each, u) => Math.abs(ofSum(u) - each)),
      variance: variance.map((each, u) =>
        Math.max(Math.abs(central[u] / count[u] - each), Math.abs(raw[u] / count[u] - ofSum(u) ** 2 - each)),
      ),
    }),
  };
}
