import type { Formula } from '../../model/formula';
import { type Affine, affineOf } from './compare';
import { USUAL } from './declaration';
import { elementBound, type Rounding } from './rounding';
import { slopeCollector } from './slopes';
import type { Structure } from './space';
import type { UnitFigures } from './units';

/** A sample of the elements of a layer's input and output. */
export interface Sample {
  readonly input: Float64Array;
  readonly output: Float64Array;
}

/** A formula with any D, the statistics of its units, and the unit and entry of each element in the sample. */
export interface Surveyed {
  readonly formula: Formula;
  readonly figures: UnitFigures;
  /** Bounds on the errors of the units' means; see statisticsBound. */
  readonly ofMean: Float64Array;
  readonly units: Int32Array;
  readonly entries: Int32Array;
  /** Number of entries of γ and β. */
  readonly size: number;
}

/** Maximum share of elements that may exceed rounding. */
export const TOLERATED = 1e-3;
/** Number of elements that may exceed rounding in any sample, because a small sample may contain several by chance. */
const LEAST_TOLERATED = 4;
/** A slope fitted to few elements absorbs some of their rounding, and a sum may exceed its expectation. */
const SLACK = 2;

/**
 * Returns whether some D could make the formula correct: within each unit, y − β must be proportional to γ(x − µ), up
 * to rounding. It is cheap enough for thousands of formulas, but says nothing about units with a single element in the
 * sample.
 */
export function isProportional(
  { formula, figures, ofMean, units, entries, size }: Surveyed,
  { input, output }: Sample,
  affine: Affine,
  rounding: Rounding,
): boolean {
  const { gamma, beta } = affineOf(formula, affine, size);
  const isFixed = formula.statistics === 'none';
  const shift = formula.centered ? figures.mean : new Float64Array(figures.mean.length);
  const slopes = slopeCollector(figures.mean.length);
  for (let i = 0; i < units.length; i++) {
    const entry = entries[i];
    slopes.add(units[i], output[i] - beta[entry], gamma[entry] * (input[i] - shift[units[i]]), 0);
  }
  const { zq, qq } = slopes.finish();
  const scale = zq.map((each, u) => (isFixed ? 1 : qq[u] > 0 ? Math.max(0, each / qq[u]) : 0));
  const allowedOf = elementBound(rounding);
  const allowed = new Float64Array(units.length);
  const noise = new Float64Array(zq.length);
  for (let i = 0; i < units.length; i++) {
    const unit = units[i];
    const g = gamma[entries[i]];
    const mean = shift[unit];
    allowed[i] = allowedOf(input[i], output[i], mean, scale[unit], g, beta[entries[i]], ofMean[unit], 0);
    noise[unit] += (g * (input[i] - mean) * allowed[i]) ** 2;
  }
  // The effect of all elements' rounding on the slope is visible in each of them.
  const ofSlope = noise.map((each, u) => (isFixed || qq[u] === 0 ? 0 : (SLACK * Math.sqrt(each)) / qq[u]));
  let left = Math.max(LEAST_TOLERATED, TOLERATED * units.length);
  for (let i = 0; i < units.length; i++) {
    const unit = units[i];
    const q = gamma[entries[i]] * (input[i] - shift[unit]);
    const off = Math.abs(output[i] - beta[entries[i]] - q * scale[unit]);
    if (off <= SLACK * (allowed[i] + Math.abs(q) * ofSlope[unit])) continue;
    if (--left < 0) return false;
  }
  return true;
}

/** Returns a formula with the given structure and any D. */
export function asFormula(structure: Structure): Formula {
  return { ...USUAL, moment: structure.centered ? 'variance' : 'square', epsilon: 0, ...structure };
}
