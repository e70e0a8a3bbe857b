import type { Values } from '../statistics/moments';
import type { Normalizing } from './normalizing';
import { ARITHMETIC, OPERATIONS, type Rounding, rounder, statisticsBound } from './rounding';
import { entryMap, forEachRun, type UnitFigures, type UnitMap, unitBase } from './units';

/** γ and β of a layer, and the running statistics where it has them; an element for each entry. */
export interface Learned {
  readonly axes: readonly number[];
  readonly gamma?: Float64Array;
  readonly beta?: Float64Array;
}

export interface Comparison {
  readonly compared: number;
  /** Elements that differ by more than rounding. */
  readonly beyond: number;
  /** Elements whose bound is small enough to tell their value from another one of the unit. */
  readonly telling: number;
  readonly greatest: number;
  /** Greatest |y − ŷ| over the bound of its element. */
  readonly ofBound: number;
  /** Sum of (y − ŷ)². */
  readonly squares: number;
  readonly epsilon?: EpsilonFit;
}

/** The ε under which the output fits best. */
export interface EpsilonFit {
  readonly value: number;
  /** Standard error, from the rounding of single elements. */
  readonly error: number;
  /** Largest error from rounding that averaging leaves. */
  readonly bias: number;
}

/** Compares outputs with what a way to normalize makes of the inputs, chunk by chunk. */
export interface Comparer {
  add(input: Values, output: Values, from: number): void;
  finish(): Comparison;
}

/**
 * Compares y with ŷ = γ(x − µ)/√(σ² + ε) + β, where `figures` has µ and σ² of the recorded inputs by unit (or the running
 * statistics in their place). |y − ŷ| is beyond rounding where it exceeds the sum of
 *
 * - |γ| s⁺ (v|x| + δµ) and |γ| |x − µ| δs: x as it was stored, and the statistics, whose errors δµ and δs
 *   {@link statisticsBound} derives; s⁺ = s + δs with s = 1/√(σ² + ε);
 * - w (2|y| + |β|): the result in the output's type, and in half precision the steps before it;
 * - p |γ| s (|x| + |µ| + |x − µ|), where input and output are in half precision, p the finer of both: the products x·s and
 *   µ·s, and s, which PyTorch 1.13 computes in that type on a CPU;
 * - h (|γz| + |β|): γ and β in their type, z = s(x − µ);
 * - 8u (|γ| s (|x| + |µ|) + |y| + |β|): one rounding in float32 for each of up to eight operations [Higham 2002, ch. 3], as
 *   γ(x − µ)s + β and as x·(γs) + (β − µ·γs).
 */
export function comparer(
  way: Normalizing,
  map: UnitMap,
  figures: UnitFigures,
  learned: Learned,
  rounding: Rounding,
): Comparer {
  const { units } = map;
  const { count, mean, variance } = figures;
  const { input: stored, output: result, parameters } = rounding;
  const shift = new Float64Array(units);
  const scale = new Float64Array(units).fill(1);
  const spread = new Float64Array(units);
  for (let u = 0; u < units; u++) {
    const square = variance[u] + mean[u] ** 2;
    spread[u] = way.rms ? square : way.unbiased ? (variance[u] * count[u]) / (count[u] - 1) : variance[u];
    if (!way.rms && !way.identity) shift[u] = mean[u];
    if (!way.identity) scale[u] = 1 / Math.sqrt(spread[u] + way.epsilon);
  }
  const bound = statisticsBound(way, figures, spread, rounding);
  const entries = entryMap(map.shape, learned.axes);
  const size = entries.units;
  const gamma = (!way.plain && learned.gamma) || new Float64Array(size).fill(1);
  const beta = (!way.plain && learned.beta) || new Float64Array(size);
  const innerUnit = map.offsets[map.shape.length - 1];
  const innerEntry = entries.offsets[map.shape.length - 1];
  const finer = Math.min(stored.relative, result.relative);
  const steps = finer > ARITHMETIC ? finer : 0;
  const rounded = rounder(result);
  // Regression of y − β on γ(x − µ) within each unit: its slope is 1/√(σ² + ε).
  const [xy, xx, noise] = [0, 1, 2].map(() => new Float64Array(units));
  let [compared, beyond, telling, greatest, ofBound, squares] = [0, 0, 0, 0, 0, 0];
  return {
    add: (input, output, from) =>
      forEachRun(map.shape, from, input.length, (start, length, inner, outer) => {
        const unitStart = unitBase(map, outer);
        const entryStart = unitBase(entries, outer);
        for (let i = 0; i < length; i++) {
          const unit = unitStart + innerUnit[inner + i];
          const entry = entryStart + innerEntry[inner + i];
          const x = input[start + i];
          const y = output[start + i];
          const b = beta[entry];
          const g = Math.abs(gamma[entry]);
          const d = x - shift[unit];
          const s = scale[unit];
          const gd = gamma[entry] * d;
          const expected = gd * s + b;
          const off = Math.abs(y - expected);
          const ofInput = stored.relative * Math.abs(x) + stored.absolute;
          const ofStatistics =
            (s + bound.scale[unit]) * (ofInput + bound.mean[unit]) + Math.abs(d) * bound.scale[unit];
          const ofOutput = result.relative * (2 * Math.abs(y) + Math.abs(b)) + result.absolute;
          const allowed =
            g * ofStatistics +
            ofOutput +
            parameters.relative * (Math.abs(gd * s) + Math.abs(b)) +
            steps * g * s * (Math.abs(x) + Math.abs(shift[unit]) + Math.abs(d)) +
            OPERATIONS *
              ARITHMETIC *
              (g * s * (Math.abs(x) + Math.abs(shift[unit])) + Math.abs(b) + Math.abs(y));
          compared++;
          if (off > allowed) beyond++;
          if (TELLING * allowed < g * s * Math.sqrt(spread[unit])) telling++;
          if (off > greatest) greatest = off;
          if (off > ofBound * allowed) ofBound = off / allowed;
          squares += off * off;
          // How the output's type rounds ŷ is known. With data of few levels, this rounding is not random, so subtract it.
          xy[unit] += gd * (y - b - (rounded(expected) - expected));
          xx[unit] += gd * gd;
          noise[unit] += gd * gd * ((g * s * ofInput) ** 2 + ofOutput ** 2);
        }
      }),
    finish: () => {
      const storage = figures.mean.map(
        (each, u) =>
          (stored.relative * Math.sqrt(variance[u] + each ** 2) + stored.absolute) / Math.sqrt(spread[u]),
      );
      const epsilon = way.identity
        ? undefined
        : fitEpsilon(way.epsilon, spread, { drift: bound.drift, storage }, { xy, xx, noise });
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

/** A bound tells an element's value where so many of them are less than the unit's standard deviation in y. */
const TELLING = 2;
/** Relative error of a unit's slope beyond which the unit says nothing about ε. */
const MOST_DRIFT = 0.5;

/**
 * The ε that fits the units' slopes r_u = 1/√(σ²_u + ε) best, by weighted least squares [Gauss–Newton]. Its error comes
 * from the rounding of single elements, which averages out, and is widened where the units scatter more than that
 * [Birge 1932]; its bias from the rounding of the statistics and of float32 arithmetic, which does not.
 */
function fitEpsilon(
  declared: number,
  spread: Float64Array,
  { drift, storage }: Readonly<Record<'drift' | 'storage', Float64Array>>,
  { xy, xx, noise }: Readonly<Record<'xy' | 'xx' | 'noise', Float64Array>>,
): EpsilonFit | undefined {
  const units = Array.from(spread.keys()).filter((u) => xx[u] > 0 && drift[u] < MOST_DRIFT);
  let fit: EpsilonFit = { value: declared, error: 0, bias: 0 };
  for (let turn = 0; turn < 20; turn++) {
    const epsilon = fit.value;
    let [pull, weightSum, biases, scatter, used] = [0, 0, 0, 0, 0];
    for (const u of units) {
      const total = Math.max(spread[u] + epsilon, Number.MIN_VALUE);
      const r = 1 / Math.sqrt(total);
      const slope = -0.5 * r * r * r;
      const unsure = noise[u] / xx[u] ** 2 + (drift[u] * r) ** 2;
      const weight = slope ** 2 / unsure;
      if (!(weight > 0) || !Number.isFinite(weight)) continue;
      const off = xy[u] / xx[u] - r;
      pull += (slope / unsure) * off;
      weightSum += weight;
      scatter += off ** 2 / unsure;
      used++;
      biases += weight * 2 * (total * drift[u] + epsilon * storage[u]);
    }
    if (used === 0) return undefined;
    const next = Math.max(epsilon + pull / weightSum, epsilon / 100);
    // What the step explains of the scatter is ε's, not the units'.
    const left = Math.max(0, scatter - pull ** 2 / weightSum) / Math.max(1, used - 1);
    fit = {
      value: next,
      error: Math.sqrt(Math.max(1, left) / weightSum),
      bias: biases / weightSum,
    };
    if (Math.abs(next - epsilon) <= 1e-6 * epsilon) break;
  }
  return fit;
}

/** Whether the fitted ε is another than the declared one, beyond what rounding can make. */
export function isOtherEpsilon({ epsilon }: Comparison, declared: number): boolean {
  if (epsilon === undefined) return false;
  const { value, error, bias } = epsilon;
  const ratio = value / declared;
  return Math.abs(value - declared) > 8 * error + 2 * bias && (ratio > 1.5 || ratio < 1 / 1.5);
}

/** The roundest number that a fitted ε may stand for: one digit, where that lies within its error. */
export function roundEpsilon({ value, error, bias }: EpsilonFit): number {
  const near = Number(value.toPrecision(1));
  const power = 10 ** Math.round(Math.log10(value));
  const within = (candidate: number) => Math.abs(candidate - value) <= 8 * error + 2 * bias + 0.02 * value;
  return [power, near, Number(value.toPrecision(2))].find(within) ?? Number(value.toPrecision(3));
}
