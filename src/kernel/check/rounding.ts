import type { Formula } from '../../model/formula';
import type { Precision } from '../statistics/precision';
import { denominatorOf, divisorFactor, momentsOf } from './denominator';
import type { UnitFigures } from './units';

/** The types that a check's values were rounded to. */
export interface Rounding {
  readonly input: Precision;
  readonly output: Precision;
  /**
   * Of the type of γ, β and running statistics. A layer whose parameters are in half precision keeps its statistics
   * in half precision too, as PyTorch's batch normalization on a CPU does.
   */
  readonly parameters: Precision;
}

/** Unit roundoff u of float32, which layers compute in. float64 files can hold what float32 computed. */
export const ARITHMETIC = 2 ** -24;
/** Roundings of one element's arithmetic, in u: subtraction, root, reciprocal, and products and sums with γ and β. */
export const OPERATIONS = 8;
/** How many times √n·u the rounding of a sum may come to: λ. A serial sum's standard deviation is about 0.24 √n·u. */
const CONFIDENCE = 3;
/** A sum of squares beyond this may overflow in float32. */
const OVERFLOW = 2 ** 127;

/** What rounding can do to the statistics of each unit. */
export interface StatisticsBound {
  /** Largest error of the mean. */
  readonly mean: Float64Array;
  /** Largest error of 1/D. */
  readonly scale: Float64Array;
  /** Largest relative error of 1/D that averaging over a unit's elements leaves. */
  readonly drift: Float64Array;
}

/**
 * Bounds on the statistics that a correct layer may have used, against those of the recorded input in float64. D is what
 * x − µ is divided by, such as √(σ² + ε).
 *
 * With u the unit roundoff of float32, n the terms of a unit, r² = σ² + µ² the mean square, κ = r/σ the condition
 * number, v the unit roundoff of the input's type, and h that of the parameters' type where it is half precision:
 *
 * - A sum of n terms is off by at most k·u·Σ|x|. In the worst case k = n − 1 for a serial sum and log₂ n for a
 *   pairwise one [Higham 2002, §4.2]; with independent roundings k = λ√n, except with a probability below
 *   2 exp(−λ²/2) [Higham & Mary 2019], which is itself pessimistic: the roundings of a serial sum are spread evenly and
 *   its partial sums grow evenly, which makes the standard deviation 0.24 √n·u. So k = min(n, 3√n) + 2, where 2 is for
 *   the product and the division. Values of a few levels can round the same way each time, which no such k covers:
 *   {@link UnitFigures.serial} adds what a serial sum of these very values does.
 * - The mean is off by k·u·r, since mean|x| ≤ r.
 * - The variance: Welford's algorithm and two passes are off by the relative k·u·κ and k·u + (k·u·κ)²; the textbook
 *   E[x²] − E[x]², as PyTorch's group normalization of channels_last tensors computes it, by 3(k + 1)·u·κ²
 *   [Chan, Golub & LeVeque 1983]: (k + 1)·u·r² of E[x²] and (2k + 1)·u·r² of E[x]². The last one bounds them all. Where
 *   it exceeds D², the output cannot be told in float32.
 * - The mean of squares is off by (k + 1)·u·r².
 * - Storing the input moves each x by at most v·|x|, hence the mean by v·r and the variance by 2σ·v·r + (v·r)², even where
 *   all values round the same way.
 * - Statistics in half precision are off by h·|µ| and, as variance and as root, by the relative 3h/2 of D.
 *
 * Where the moment V is off by δ, 1/D(V) is off by up to 1/D(V − δ) − 1/D(V). The bound is that difference and not its
 * first order, which is too small. V − δ stays above 0, since implementations clamp a negative variance.
 *
 * A fitted slope y against x is insensitive to the input's rounding to first order, because the output is normalized:
 * it is the correlation of the recorded and the true input over σ, off by the relative (v·κ)².
 */
export function statisticsBound(
  formula: Formula,
  figures: UnitFigures,
  { input, parameters }: Rounding,
): StatisticsBound {
  const { count, mean, variance, serial } = figures;
  const units = count.length;
  const column = () => new Float64Array(units);
  const bound = { mean: column(), scale: column(), drift: column() };
  const { statistics, place, epsilon, divisor, centered } = formula;
  if (statistics === 'none') return bound;
  const half = parameters.relative > ARITHMETIC ? 1.5 * parameters.relative : 0;
  const isSquare = formula.moment === 'square';
  const moments = momentsOf(formula, figures);
  for (let u = 0; u < units; u++) {
    const V = moments[u];
    const square = variance[u] + mean[u] ** 2;
    const r = Math.sqrt(square);
    const stored = input.relative * r + input.absolute;
    const D = denominatorOf(place, V, epsilon);
    let arithmetic = 0;
    let storage = 0;
    if (statistics === 'running') {
      bound.mean[u] = half * Math.abs(mean[u]);
    } else {
      const terms = Math.min(count[u], CONFIDENCE * Math.sqrt(count[u])) + 2;
      const moved = terms * ARITHMETIC * r + 2 * (serial?.mean[u] ?? 0);
      const deviation = Math.sqrt(isSquare ? square : variance[u]);
      bound.mean[u] = centered ? moved + stored + half * Math.abs(mean[u]) : 0;
      arithmetic = (isSquare ? 1 : 3) * (terms + 1) * ARITHMETIC * square + 2 * (serial?.variance[u] ?? 0);
      storage = 2 * deviation * stored + stored ** 2;
      const factor = divisorFactor(divisor, count[u]);
      arithmetic *= factor;
      storage *= factor;
      if (count[u] * square > OVERFLOW) arithmetic = Number.POSITIVE_INFINITY;
      bound.drift[u] = (moved + stored * (stored / deviation)) / deviation;
    }
    const off = arithmetic + storage;
    const least = denominatorOf(place, Math.max(0, V - off), epsilon) * (1 - half);
    const greatest = denominatorOf(place, V + off, epsilon) * (1 + half);
    bound.scale[u] = Math.max(1 / least - 1 / D, 1 / D - 1 / greatest);
    bound.drift[u] += denominatorOf(place, V + arithmetic, epsilon) / D - 1 + 2 * half;
    bound.drift[u] += (OPERATIONS * ARITHMETIC * r) / Math.sqrt(isSquare ? square : variance[u]);
  }
  return bound;
}

/**
 * The largest |y − ŷ| that rounding makes of one element, ŷ = γ(x − µ)s + β: the sum of
 *
 * - |γ| s⁺ (v|x| + δµ) and |γ| |x − µ| δs: x as it was stored, and the statistics, whose errors δµ and δs
 *   {@link statisticsBound} derives; s⁺ = s + δs with s = 1/D;
 * - w (2|y| + |β|): the result in the output's type, and in half precision the steps before it;
 * - p |γ| s (|x| + |µ| + |x − µ|), where input and output are in half precision, p the finer of both: the products x·s and
 *   µ·s, and s, which PyTorch 1.13 computes in that type on a CPU;
 * - h (|γz| + |β|): γ and β in their type, z = s(x − µ);
 * - 8u (|γ| s (|x| + |µ|) + |y| + |β|): one rounding in float32 for each of up to eight operations [Higham 2002, ch. 3], as
 *   γ(x − µ)s + β and as x·(γs) + (β − µ·γs).
 */
export function elementBound({ input, output, parameters }: Rounding) {
  const finer = Math.min(input.relative, output.relative);
  const steps = finer > ARITHMETIC ? finer : 0;
  const own = OPERATIONS * ARITHMETIC;
  return (
    x: number,
    y: number,
    mean: number,
    scale: number,
    gamma: number,
    beta: number,
    ofMean: number,
    ofScale: number,
  ): number => {
    const X = Math.abs(x);
    const Y = Math.abs(y);
    const M = Math.abs(mean);
    const B = Math.abs(beta);
    const d = Math.abs(x - mean);
    const gs = Math.abs(gamma) * scale;
    return (
      (gs + Math.abs(gamma) * ofScale) * (input.relative * X + input.absolute + ofMean) +
      Math.abs(gamma) * d * ofScale +
      output.relative * (2 * Y + B) +
      output.absolute +
      parameters.relative * (gs * d + B) +
      steps * gs * (X + M + d) +
      own * (gs * (X + M) + B + Y)
    );
  };
}

/** Rounds to the nearest number of so many significant bits [Veltkamp 1968]. */
export function rounder({ relative }: Precision): (value: number) => number {
  const factor = relative * 2 ** 53 + 1;
  return (value) => {
    const product = value * factor;
    return product - (product - value);
  };
}
