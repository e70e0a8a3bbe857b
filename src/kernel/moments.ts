/** Values that a kernel loop reads: one chunk, decoded. */
export type Values = Float32Array | Float64Array;

/**
 * Moments of the finite values of a number of units, a column each. `mean` is NaN-free only where `count` > 0;
 * `m2` is the sum of squared deviations from the mean.
 */
export interface Moments {
  readonly units: number;
  readonly count: Float64Array;
  readonly mean: Float64Array;
  readonly m2: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
}

/** Empty moments: count 0, min +∞, max −∞. */
export function emptyMoments(units: number): Moments {
  return {
    units,
    count: new Float64Array(units),
    mean: new Float64Array(units),
    m2: new Float64Array(units),
    min: new Float64Array(units).fill(Number.POSITIVE_INFINITY),
    max: new Float64Array(units).fill(Number.NEGATIVE_INFINITY),
  };
}

/**
 * Merges one unit's moments into another's: Chan, Golub & LeVeque 1983, eq. 2.1. Exact up to rounding, in any order.
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
  const total = before + count;
  const delta = mean - target.mean[unit];
  target.count[unit] = total;
  if (before === 0) {
    target.mean[unit] = mean;
    target.m2[unit] = m2;
  } else {
    target.mean[unit] += (delta * count) / total;
    target.m2[unit] += m2 + delta * delta * ((before * count) / total);
  }
  if (min < target.min[unit]) target.min[unit] = min;
  if (max > target.max[unit]) target.max[unit] = max;
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

/** Merges the units of a finer partition into those of a coarser one; `unitOf` says where each goes. */
export function coarsen(source: Moments, units: number, unitOf: (unit: number) => number): Moments {
  const target = emptyMoments(units);
  for (let unit = 0; unit < source.units; unit++) mergeUnit(target, unitOf(unit), source, unit);
  return target;
}

/** Biased variance of a unit; NaN for an empty one. */
export function varianceOf(moments: Moments, unit: number): number {
  return moments.count[unit] === 0 ? Number.NaN : moments.m2[unit] / moments.count[unit];
}

/**
 * Moments of the values x ↦ (x − shift) · scale, scale ≥ 0, without the values: exact, since the map is affine.
 */
export function mergeAffine(
  target: Moments,
  unit: number,
  source: Moments,
  from: number,
  shift: number,
  scale: number,
): void {
  mergeInto(
    target,
    unit,
    source.count[from],
    (source.mean[from] - shift) * scale,
    source.m2[from] * scale * scale,
    (source.min[from] - shift) * scale,
    (source.max[from] - shift) * scale,
  );
}
