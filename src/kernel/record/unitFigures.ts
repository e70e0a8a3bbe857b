import type { Method, Range, UnitStatistics } from '../../model/analysis';
import type { Moments } from '../statistics/moments';
import type { MethodSketch } from './recordSketch';
import { countConstant } from './unitExtremes';

/** The figures of a method's units. */
export type UnitFigures = Pick<
  MethodSketch,
  'unitCount' | 'unitMean' | 'unitVariance' | 'constantUnits' | 'units'
>;

/** The figures of no units. */
export const NO_UNITS: UnitFigures = { unitCount: 0 };

export function unitFigures(method: Method, units: Moments, withUnits = false): UnitFigures {
  if (method === 'none') return NO_UNITS;
  return {
    unitCount: units.units,
    unitMean: rangeOver(units.count, units.mean),
    unitVariance: spreadRange(method, units),
    ...constantUnitsOf(method, units),
    ...(withUnits ? { units: unitStatistics(method, units) } : {}),
  };
}

/** Returns the figures of the units of both. */
export function mergeUnitFigures(a: UnitFigures, b: UnitFigures): UnitFigures {
  const constantUnits = (a.constantUnits ?? 0) + (b.constantUnits ?? 0);
  return {
    unitCount: a.unitCount + b.unitCount,
    ...mergedRange('unitMean', a, b),
    ...mergedRange('unitVariance', a, b),
    ...(constantUnits === 0 ? {} : { constantUnits }),
  };
}

function mergedRange(
  key: 'unitMean' | 'unitVariance',
  { [key]: a }: UnitFigures,
  { [key]: b }: UnitFigures,
): Pick<UnitFigures, 'unitMean' | 'unitVariance'> {
  const range =
    a === undefined || Number.isNaN(a.min) ? b : b === undefined || Number.isNaN(b.min) ? a : undefined;
  if (range !== undefined) return { [key]: range };
  if (a === undefined || b === undefined) return {};
  return { [key]: { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) } };
}

function constantUnitsOf(method: Method, units: Moments): Pick<MethodSketch, 'constantUnits'> {
  const constant = countConstant(units, method === 'rms');
  return constant === 0 ? {} : { constantUnits: constant };
}

/** Returns the range over units with a finite value; NaN if there are none. */
function rangeOver(count: Float64Array, statistic: Float64Array): Range {
  let min = Number.NaN;
  let max = Number.NaN;
  for (let unit = 0; unit < count.length; unit++) {
    if (count[unit] === 0) continue;
    const value = statistic[unit];
    if (!(value >= min)) min = value;
    if (!(value <= max)) max = value;
  }
  return { min, max };
}

/** Returns the quantity whose root a method divides by: the mean of squares, or the variance; NaN for an empty unit. */
function spreadOf(method: Method, { count, mean, m2 }: Moments, unit: number): number {
  return m2[unit] / count[unit] + (method === 'rms' ? mean[unit] * mean[unit] : 0);
}

/** Returns the range of {@link spreadOf} over units with a finite value; NaN if there are none. */
function spreadRange(method: Method, units: Moments): Range {
  let min = Number.NaN;
  let max = Number.NaN;
  for (let unit = 0; unit < units.units; unit++) {
    if (units.count[unit] === 0) continue;
    const value = spreadOf(method, units, unit);
    if (!(value >= min)) min = value;
    if (!(value <= max)) max = value;
  }
  return { min, max };
}

export function unitStatistics(method: Method, units: Moments): UnitStatistics {
  const found = Array.from(units.count, (_, unit) => spreadOf(method, units, unit));
  const mean = Array.from(units.mean, (each, unit) => (units.count[unit] === 0 ? Number.NaN : each));
  return method === 'rms' ? { meanSquare: found } : { mean, variance: found };
}
