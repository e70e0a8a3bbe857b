import type { Formula } from '../../model/formula';
import { denominatorOf, momentsOf } from './denominator';
import { ARITHMETIC, type Rounding } from './rounding';
import type { UnitFigures } from './units';

/** Regression of z = y − β on q = γ(x − µ) within each unit: Σzq, Σq², and Σq²·(error of z)². Its slope is 1/D. */
export interface Slopes {
  readonly zq: Float64Array;
  readonly qq: Float64Array;
  readonly noise: Float64Array;
}

export function slopeCollector(units: number) {
  const [zq, qq, noise] = [0, 1, 2].map(() => new Float64Array(units));
  return {
    add: (unit: number, z: number, q: number, error: number): void => {
      zq[unit] += z * q;
      qq[unit] += q * q;
      noise[unit] += (q * error) ** 2;
    },
    finish: (): Slopes => ({ zq, qq, noise }),
  };
}

/** The error of one element's z by the types that input and output are stored in; `scale`: γ/D. */
export function elementNoise(
  { input, output }: Rounding,
  x: number,
  y: number,
  scale: number,
  beta: number,
): number {
  const ofInput = scale * (input.relative * Math.abs(x) + input.absolute);
  const ofOutput = output.relative * (2 * Math.abs(y) + Math.abs(beta)) + output.absolute;
  return Math.sqrt(ofInput * ofInput + ofOutput * ofOutput);
}

/** D of the units as the slopes have it, with the relative error of each; only of units whose slope is known. */
export interface FittedUnits {
  readonly units: readonly number[];
  readonly denominator: Float64Array;
  readonly error: Float64Array;
}

/** Relative error of a unit's slope beyond which the unit says nothing about ε. */
const MAX_ERROR = 0.5;

/**
 * `systematic`: by unit, relative errors to add; units where they are too large are not used. Of more than `most` units,
 * every second, third, … is.
 */
export function fittedUnits(
  { zq, qq, noise }: Slopes,
  systematic: (unit: number) => number,
  most: number,
): FittedUnits {
  const denominator = qq.map((each, u) => each / zq[u]);
  const error = noise.map((each, u) => Math.hypot(Math.sqrt(each) / zq[u], systematic(u), ARITHMETIC));
  const usable = Array.from(qq.keys()).filter((u) => zq[u] > 0 && qq[u] > 0 && error[u] < MAX_ERROR);
  const apart = Math.ceil(usable.length / most);
  const units = apart > 1 ? usable.filter((_, i) => i % apart === 0) : usable;
  return { units, denominator, error };
}

/** ε under which D(V, ε) comes nearest to the units' denominators, in closed form. */
export interface Solution {
  readonly epsilon: number;
  /** Standard error of ε by the errors of the units. */
  readonly error: number;
  /** Σ((D − fitted D)/(error of D))². */
  readonly squares: number;
  readonly used: number;
  /** Of each used unit. */
  readonly leverage: Leverage;
}

/** Columns, since there is one for each of many units in each of many solutions. */
export interface Leverage {
  readonly length: number;
  readonly units: Int32Array;
  /** dε/dD times D. */
  readonly factors: Float64Array;
  /** In the mean. */
  readonly weights: Float64Array;
}

/**
 * Each unit gives its own ε: D² − V, D − √V or D − V; ε is their mean, weighted by what each is worth. For max(√V, ε),
 * only units whose D is above √V do.
 */
export function solveEpsilon(
  place: Formula['place'],
  moments: Float64Array,
  { units, denominator, error }: FittedUnits,
): Solution {
  let [sum, weights, length] = [0, 0, 0];
  const columns = {
    units: new Int32Array(units.length),
    factors: new Float64Array(units.length),
    weights: new Float64Array(units.length),
  };
  for (const u of units) {
    const D = denominator[u];
    const V = moments[u];
    const own =
      place === 'inside' ? D * D - V : place === 'no root' ? D - V : place === 'max' ? D : D - Math.sqrt(V);
    if (place === 'max' && D < Math.sqrt(V) * (1 + ABOVE * error[u])) continue;
    const factor = place === 'inside' ? 2 * D * D : D;
    const weight = 1 / (factor * error[u]) ** 2;
    if (!(weight > 0) || !Number.isFinite(weight)) continue;
    sum += weight * own;
    weights += weight;
    columns.units[length] = u;
    columns.factors[length] = factor;
    columns.weights[length] = weight;
    length++;
  }
  const epsilon = weights > 0 ? sum / weights : 0;
  let squares = 0;
  for (const u of units) {
    const fitted = denominatorOf(place, moments[u], Math.max(0, epsilon));
    squares += ((denominator[u] - fitted) / (denominator[u] * error[u])) ** 2;
  }
  const standard = weights > 0 ? 1 / Math.sqrt(weights) : Number.POSITIVE_INFINITY;
  return { epsilon, error: standard, squares, used: units.length, leverage: { ...columns, length } };
}

/** Errors by which D must exceed √V for a unit to show the ε of max(√V, ε). */
const ABOVE = 8;

/** The mean over a solution's units of an error of D, as an error of ε. */
export function asEpsilonError({ leverage }: Solution, errorOf: (unit: number) => number): number {
  let [sum, weights] = [0, 0];
  for (let i = 0; i < leverage.length; i++) {
    sum += leverage.weights[i] * leverage.factors[i] * errorOf(leverage.units[i]);
    weights += leverage.weights[i];
  }
  return weights > 0 ? sum / weights : Number.POSITIVE_INFINITY;
}

/** The ε under which the output fits best. */
export interface EpsilonFit {
  readonly value: number;
  /** Standard error, from the rounding of single elements. */
  readonly error: number;
  /** Largest error from rounding that averaging leaves. */
  readonly bias: number;
}

/**
 * The ε that fits the slopes of a formula's units. Its error comes from the rounding of single elements, which averages
 * out, and is widened where the units scatter more than that [Birge 1932]; its bias from the rounding of the statistics
 * and of float32 arithmetic (`drift`), and of the stored input, which does not.
 */
export function fitEpsilon(
  formula: Formula,
  figures: UnitFigures,
  slopes: Slopes,
  drift: Float64Array,
  { input }: Rounding,
): EpsilonFit | undefined {
  const moments = momentsOf(formula, figures);
  const fitted = fittedUnits(slopes, (u) => drift[u], MAX_UNITS);
  const solution = solveEpsilon(formula.place, moments, fitted);
  if (solution.leverage.length === 0) return undefined;
  const scatter = Math.max(1, solution.squares / Math.max(1, solution.used - 1));
  const stored = (u: number) => {
    const r = Math.sqrt(figures.variance[u] + figures.mean[u] ** 2);
    return (input.relative * r + input.absolute) / Math.sqrt(moments[u]);
  };
  const value = Math.max(solution.epsilon, Number.MIN_VALUE);
  return {
    value,
    error: solution.error * Math.sqrt(scatter),
    bias: asEpsilonError(solution, (u) => drift[u]) + 2 * value * asRelativeError(solution, stored),
  };
}

function asRelativeError({ leverage }: Solution, errorOf: (unit: number) => number): number {
  let [sum, weights] = [0, 0];
  for (let i = 0; i < leverage.length; i++) {
    sum += leverage.weights[i] * errorOf(leverage.units[i]);
    weights += leverage.weights[i];
  }
  return sum / weights;
}

/** Units that one ε is fitted to. */
const MAX_UNITS = 1 << 16;

/** Whether the fitted ε is another than the declared one, beyond what rounding can make. */
export function isOtherEpsilon(fit: EpsilonFit | undefined, declared: number): boolean {
  if (fit === undefined) return false;
  const ratio = fit.value / declared;
  return Math.abs(fit.value - declared) > uncertaintyOf(fit) && (ratio > 1.5 || ratio < 1 / 1.5);
}

/** Half of the interval that ε lies in. */
export function uncertaintyOf({ error, bias }: EpsilonFit): number {
  return 8 * error + 2 * bias;
}
