import type { Formula } from '../../model/formula';
import { denominatorOf, momentsOf } from './denominator';
import { ARITHMETIC, type Rounding } from './rounding';
import type { UnitFigures } from './units';

/** Regression of z = y − β on q = γ(x − µ) within each unit: Σzq, Σq², and Σq²·(error of z)². The slope is 1/D. */
export interface Slopes {
  readonly zq: Float64Array;
  readonly qq: Float64Array;
  readonly noise: Float64Array;
}

export function slopeCollector(units: number) {
  const [zq, qq, noise] = [0, 1, 2].map(() => new Float64Array(units));
  return {
    /** `noiseOfZ` is the squared error of z. */
    add: (unit: number, z: number, q: number, noiseOfZ: number): void => {
      zq[unit] += z * q;
      qq[unit] += q * q;
      noise[unit] += q * q * noiseOfZ;
    },
    finish: (): Slopes => ({ zq, qq, noise }),
  };
}

/** Returns the squared error of one element's z, given the stored types of input and output. `scale` is γ/D. */
export function elementNoise(
  { input, output }: Rounding,
  x: number,
  y: number,
  scale: number,
  beta: number,
): number {
  const ofInput = scale * (input.relative * Math.abs(x) + input.absolute);
  const ofOutput = output.relative * (2 * Math.abs(y) + Math.abs(beta)) + output.absolute;
  return ofInput * ofInput + ofOutput * ofOutput;
}

/** D of the units, from their slopes, and its relative error; only for units with a known slope. */
export interface FittedUnits {
  readonly units: readonly number[];
  readonly denominator: Float64Array;
  readonly error: Float64Array;
}

/** Maximum relative error of a unit's slope for use in fitting ε. */
const MAX_ERROR = 0.5;

/**
 * Selects the units for fitting. `systematic` adds relative errors by unit; units with too large an error are skipped.
 * If there are more than `most` units, uses every second, third, … unit.
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

/** The ε for which D(V, ε) is closest to the units' denominators, in closed form. */
export interface Solution {
  readonly epsilon: number;
  /** Standard error of ε, from the errors of the units. */
  readonly error: number;
  /** Σ((D − fitted D)/(error of D))². */
  readonly squares: number;
  readonly used: number;
  /** Leverage of the units used. */
  readonly leverage: Leverage;
}

/** Stored as columns, because each of many solutions has one entry for each of many units. */
export interface Leverage {
  readonly length: number;
  readonly units: Int32Array;
  /** dε/dD multiplied by D. */
  readonly factors: Float64Array;
  /** Weights of the units in the mean. */
  readonly weights: Float64Array;
}

/**
 * Each unit gives its own ε: D² − V, D − √V, or D − V. The solution is their mean, weighted by precision. For max(√V,
 * ε), only units whose D exceeds √V count.
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

/** Number of errors by which D must exceed √V before a unit determines the ε of max(√V, ε). */
const ABOVE = 8;

/** Converts an error of D into an error of ε: its mean over the solution's units. */
export function asEpsilonError({ leverage }: Solution, errorOf: (unit: number) => number): number {
  let [sum, weights] = [0, 0];
  for (let i = 0; i < leverage.length; i++) {
    sum += leverage.weights[i] * leverage.factors[i] * errorOf(leverage.units[i]);
    weights += leverage.weights[i];
  }
  return weights > 0 ? sum / weights : Number.POSITIVE_INFINITY;
}

/** The best-fitting ε. */
export interface EpsilonFit {
  readonly value: number;
  /** Standard error, from the rounding of individual elements. */
  readonly error: number;
  /** Maximum error from rounding that remains after averaging. */
  readonly bias: number;
}

/**
 * Fits ε to the slopes of a formula's units. The standard error comes from the rounding of individual elements, which
 * averages out; it is widened if the units scatter more than that [Birge 1932]. The bias comes from the rounding of the
 * statistics, of float32 arithmetic (`drift`), and of the stored input, which does not average out.
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

/** Maximum number of units for fitting one ε. */
const MAX_UNITS = 1 << 16;

/** Returns whether the fitted ε differs from the declared ε by more than rounding can explain. */
export function isOtherEpsilon(fit: EpsilonFit | undefined, declared: number): boolean {
  if (fit === undefined) return false;
  const ratio = fit.value / declared;
  return Math.abs(fit.value - declared) > uncertaintyOf(fit) && (ratio > 1.5 || ratio < 1 / 1.5);
}

/** Returns half the width of the interval that contains ε. */
export function uncertaintyOf({ error, bias }: EpsilonFit): number {
  return 8 * error + 2 * bias;
}
