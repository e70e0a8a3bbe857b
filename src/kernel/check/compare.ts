import type { Formula } from '../../model/formula';
import { denominatorOf, momentsOf } from './denominator';
import { elementBound, type Rounding, rounder, statisticsBound } from './rounding';
import { type EpsilonFit, elementNoise, fitEpsilon, slopeCollector } from './slopes';
import type { UnitFigures } from './units';

/** γ and β of a layer as stored, with one element for each entry along the formula's affine axes. */
export interface Affine {
  readonly gamma?: Float64Array;
  readonly beta?: Float64Array;
}

export interface Comparison {
  readonly compared: number;
  /** Number of elements that differ by more than rounding. */
  readonly beyond: number;
  /** Number of elements whose bound is small enough to distinguish their value from the others of the unit. */
  readonly telling: number;
  readonly greatest: number;
  /** Maximum of |y − ŷ| divided by the element's bound. */
  readonly ofBound: number;
  /** Sum of (y − ŷ)², with ŷ rounded to the output's type. It is 0 for a correct layer that rounds once. */
  readonly squares: number;
  /** The best-fitting ε. */
  readonly epsilon?: EpsilonFit;
}

/** Compares outputs, chunk by chunk, with the result of a formula on the inputs. */
export interface Comparer {
  add(input: Float64Array, output: Float64Array, units: Int32Array, entries: Int32Array): void;
  finish(): Comparison;
}

/** Returns γ and β for a formula's entries: the layer's own, or 1 and 0. */
export function affineOf(
  formula: Pick<Formula, 'scale' | 'shift'>,
  { gamma, beta }: Affine,
  size: number,
): Required<Affine> {
  const ones = () => new Float64Array(size).fill(1);
  const scale = formula.scale === 'none' ? ones() : (gamma ?? ones());
  return {
    gamma: formula.scale === '1 + gamma' ? scale.map((each) => 1 + each) : scale,
    beta: (formula.shift ? beta : undefined) ?? new Float64Array(size),
  };
}

/** A bound distinguishes an element's value if this multiple of it is less than the unit's standard deviation in y. */
const TELLING = 2;

/**
 * Compares y with ŷ = γ(x − µ)/D + β. `figures` contains µ and σ² of the recorded inputs by unit, or the running
 * statistics. |y − ŷ| exceeds rounding if it is greater than {@link elementBound}.
 */
export function comparer(
  formula: Formula,
  figures: UnitFigures,
  { gamma, beta }: Required<Affine>,
  rounding: Rounding,
): Comparer {
  const moments = momentsOf(formula, figures);
  const isFixed = formula.statistics === 'none';
  const shift = figures.mean.map((each) => (formula.centered && !isFixed ? each : 0));
  const scale = moments.map((V) => {
    const D = isFixed ? 1 : denominatorOf(formula.place, V, formula.epsilon);
    return D > 0 ? 1 / D : 0;
  });
  // The standard deviation of each unit in y, for γ = 1.
  const reach = scale.map((s, unit) => s * Math.sqrt(moments[unit]));
  const bound = statisticsBound(formula, figures, rounding);
  const allowedOf = elementBound(rounding);
  const rounded = rounder(rounding.output);
  const slopes = slopeCollector(figures.count.length);
  let [compared, beyond, telling, greatest, ofBound, squares] = [0, 0, 0, 0, 0, 0];
  return {
    add: (input, output, units, entries) => {
      for (let i = 0; i < units.length; i++) {
        const unit = units[i];
        const entry = entries[i];
        const x = input[i];
        const y = output[i];
        const b = beta[entry];
        const g = gamma[entry];
        const s = scale[unit];
        const d = x - shift[unit];
        const expected = g * d * s + b;
        const off = Math.abs(y - expected);
        const allowed = allowedOf(x, y, shift[unit], s, g, b, bound.mean[unit], bound.scale[unit]);
        compared++;
        // The negation also counts NaN.
        if (!(off <= allowed)) beyond++;
        if (TELLING * allowed < Math.abs(g) * reach[unit]) telling++;
        if (off > greatest) greatest = off;
        if (off > ofBound * allowed) ofBound = off / allowed;
        const nearest = rounded(expected);
        squares += (y - nearest) ** 2;
        // The rounding of ŷ to the output's type is known. For data with few distinct values, this rounding is not
        // random, so subtract it.
        const z = y - b - (nearest - expected);
        slopes.add(unit, z, g * d, elementNoise(rounding, x, y, g * s, b));
      }
    },
    finish: () => {
      const epsilon = isFixed
        ? undefined
        : fitEpsilon(formula, figures, slopes.finish(), bound.drift, rounding);
      return {
        compared,
        beyond,
        telling,
        greatest,
        ofBound,
        squares,
        ...(epsilon === undefined ? {} : { epsilon }),
      };
    },
  };
}
