import { acquireZeroColumns, acquireZeros } from './bufferPool';

/** Values for a kernel loop: one decoded chunk. */
export type Values = Float32Array | Float64Array;

/**
 * Moments of the finite values of several units, one column each. `mean` is defined only where `count` > 0. `m2` is the
 * sum of squared deviations from the mean.
 */
export interface Moments {
  readonly units: number;
  readonly count: Float64Array;
  readonly mean: Float64Array;
  readonly m2: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
}

/** Moments of one unit. */
export type UnitMoments = Readonly<Record<(typeof MOMENT_COLUMNS)[number], number>>;

export const MOMENT_COLUMNS = ['count', 'mean', 'm2', 'min', 'max'] as const;

/** Empty moments: count 0, min +∞, max −∞. */
export function emptyMoments(units: number): Moments {
  const [count, mean, m2, min, max] = acquireZeroColumns(5, units);
  min.fill(Number.POSITIVE_INFINITY);
  max.fill(Number.NEGATIVE_INFINITY);
  return { units, count, mean, m2, min, max };
}

/**
 * Merges the moments of one unit into another [Chan, Golub & LeVeque 1983, eq. 2.1]. Exact up to rounding, in any
 * order.
 */
export function mergeInto(
  target: Moments,
  unit: number,
  count: number,
  mean: number,
  m2: number,
  min: number,
  max: number,
): void {
  if (count === 0) return;
  const before = target.count[unit];
  if (before === 0) {
    target.count[unit] = count;
    target.mean[unit] = mean;
    target.m2[unit] = m2;
    target.min[unit] = min;
    target.max[unit] = max;
    return;
  }
  const total = before + count;
  const delta = mean - target.mean[unit];
  target.count[unit] = total;
  target.mean[unit] += (delta * count) / total;
  target.m2[unit] += m2 + delta * delta * ((before * count) / total);
  if (min < target.min[unit]) target.min[unit] = min;
  if (max > target.max[unit]) target.max[unit] = max;
}

/** Adds one value to a unit if it is finite [Welford 1962]. */
export function addToMoments({ count, mean, m2, min, max }: Moments, unit: number, x: number): void {
  if (x - x !== 0) return;
  const delta = x - mean[unit];
  mean[unit] += delta / ++count[unit];
  m2[unit] += delta * (x - mean[unit]);
  if (x < min[unit]) min[unit] = x;
  if (x > max[unit]) max[unit] = x;
}

/** Merges unit `from` of `source` into unit `unit` of `target`. */
export function mergeUnit(target: Moments, unit: number, source: Moments, from: number): void {
  mergeInto(
    target,
    unit,
    source.count[from],
    source.mean[from],
    source.m2[from],
    source.min[from],
    source.max[from],
  );
}

export function momentsOfUnit({ count, mean, m2, min, max }: Moments, unit: number): UnitMoments {
  return { count: count[unit], mean: mean[unit], m2: m2[unit], min: min[unit], max: max[unit] };
}

/** Returns the biased variance of a unit; NaN for an empty one. */
export function varianceOf(moments: Moments, unit: number): number {
  return moments.count[unit] === 0 ? Number.NaN : moments.m2[unit] / moments.count[unit];
}

/** Maps column c of row r to a target unit: r · nStride plus the column's own offset. */
export interface Division {
  readonly units: number;
  readonly nStride: number;
  readonly channelUnit: Int32Array;
}

/** A map x ↦ (x − shift)·scale for each unit of a division. */
export interface DividedMaps {
  readonly division: Division;
  readonly shift: Float64Array;
  readonly scale: Float64Array;
}

/** Merges units: {@link coarsen}, or a function with the same result. */
export type Coarsen = (source: Moments, target: Division, maps?: DividedMaps) => Moments;

/**
 * Merges the units of a finer partition, whose rows have the same number of columns as the target, into those of a
 * coarser one. With maps, merges the moments of the mapped values, which is exact because the maps are affine.
 */
export function coarsen(source: Moments, target: Division, maps?: DividedMaps): Moments {
  const { units: sources, count: counts, mean: means, m2: squares, min: least, max: greatest } = source;
  const merged = emptyMoments(target.units);
  const { count, mean, m2, min, max } = merged;
  const { channelUnit } = target;
  const columns = channelUnit.length;
  const { division = target, shift, scale } = maps ?? {};
  const mapOf = division.channelUnit;
  // Sums start from the first mean, so a large shared mean costs no digits.
  const origin = acquireZeros(target.units);
  for (let from = 0, row = 0; from < sources; row++) {
    const firstUnit = row * target.nStride;
    const firstMap = row * division.nStride;
    for (let column = 0; column < columns; column++, from++) {
      const own = counts[from];
      if (own === 0) continue;
      const unit = firstUnit + channelUnit[column];
      let center = means[from];
      let spread = squares[from];
      let low = least[from];
      let high = greatest[from];
      if (shift !== undefined && scale !== undefined) {
        const map = firstMap + mapOf[column];
        const start = shift[map];
        const factor = scale[map];
        center = (center - start) * factor;
        spread *= factor * factor;
        const mapped = (low - start) * factor;
        low = factor < 0 ? (high - start) * factor : mapped;
        high = factor < 0 ? mapped : (high - start) * factor;
      }
      if (count[unit] === 0) origin[unit] = center;
      const d = center - origin[unit];
      count[unit] += own;
      mean[unit] += own * d;
      m2[unit] += spread + own * d * d;
      if (low < min[unit]) min[unit] = low;
      if (high > max[unit]) max[unit] = high;
    }
  }
  for (let unit = 0; unit < target.units; unit++) {
    if (count[unit] === 0) continue;
    const delta = mean[unit] / count[unit];
    m2[unit] = Math.max(0, m2[unit] - mean[unit] * delta);
    mean[unit] = origin[unit] + delta;
  }
  return merged;
}
