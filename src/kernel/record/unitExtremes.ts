import type { PeakPlace } from '../../model/analysis';
import type { Moments } from '../statistics/moments';

/** Returns the maximum of |x| of each unit; 0 if it has no finite value. */
export function peaks({ units, count, min, max }: Moments): Float64Array {
  const result = new Float64Array(units);
  for (let unit = 0; unit < units; unit++)
    if (count[unit] > 0) result[unit] = Math.max(Math.abs(min[unit]), Math.abs(max[unit]));
  return result;
}

/** Returns the sample and the position of the maximum of |x|. Units are n·P + p, for P positions. */
export function placeOfPeak(moments: Moments, positions: number): PeakPlace {
  const ofUnits = peaks(moments);
  let greatest = 0;
  for (let unit = 1; unit < ofUnits.length; unit++) if (ofUnits[unit] > ofUnits[greatest]) greatest = unit;
  return { sample: Math.floor(greatest / positions), position: greatest % positions };
}

/** A deviation this small relative to the mean is rounding. */
const CONSTANT = 1e-7;

/** Counts units of two or more elements that hold a single value; for root mean squares, units that hold only 0. */
export function countConstant({ units, count, mean, m2 }: Moments, isMeanSquare: boolean): number {
  let constant = 0;
  for (let unit = 0; unit < units; unit++) {
    if (count[unit] < 2) continue;
    const limit = CONSTANT * Math.abs(mean[unit]);
    // Nearly all units are far from it, and need no root.
    if (m2[unit] > 2 * limit * limit * count[unit]) continue;
    const isConstant = Math.sqrt(m2[unit] / count[unit]) <= limit;
    if (isConstant && !(isMeanSquare && mean[unit] !== 0)) constant++;
  }
  return constant;
}
