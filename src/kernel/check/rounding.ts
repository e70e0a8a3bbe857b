import type { Formula } from '../../model/formula';
import type { Precision } from '../statistics/precision';
import { denominatorOf, divisorFactor, momentsOf } from './denominator';
import type { UnitFigures } from './units';

/** The number types of the values in a check. */
export interface Rounding {
  readonly input: Precision;
  readonly output: Precision;
  /**
   * Precision of γ, β, and the running statistics. A layer with half-precision parameters also keeps its statistics in
   * half precision, as PyTorch's batch normalization on a CPU does.
   */
  readonly parameters: Precision;
}

/** Unit roundoff u of float32, the type in which layers compute. Even float64 files can contain float32 results. */
export const ARITHMETIC = 2 ** -24;
/**
 * Number of roundings of one element's arithmetic, in u: subtraction, root, reciprocal, and products and sums with γ
 * and β.
 */
export const OPERATIONS = 8;
/**
 * λ: maximum rounding error of a sum, in multiples of √n·u. The standard deviation for a serial sum is about 0.24 √n·u.
 */
const CONFIDENCE = 3;
/** A larger sum of squares may overflow in float32. */
const OVERFLOW = 2 ** 127;

/** Bounds on the rounding errors of each unit's statistics. */
export interface StatisticsBound {
  /** Maximum error of the mean. */
  readonly mean: Float64Array;
  /** Maximum error of 1/D. */
  readonly scale: Float64Array;
  /** Maximum relative error of 1/D that remains after averaging over a unit's elements. */
  readonly drift: Float64Array;
}

/**
 * Bounds the difference between the statistics that a correct layer may have used and those of the recorded input in
 * float64. D is the divisor of x − µ, such as √(σ² + ε).
 *
 * Let u be the unit roundoff of float32, n the number of elements in a unit, r² = σ² + µ² the mean square, κ = r/σ the
 * condition number, v the unit roundoff of the input's type, and h that of the parameters' type if it is half
 * precision:
 *
 * - The error of a sum of n terms is at most k·u·Σ|x|. In the worst case, k = n − 1 for a serial sum and log₂ n for a
 *   pairwise sum [Higham 2002, §4.2]. With independent roundings, k = λ√n, except with a probability below 2 exp(−λ²/2)
 *   [Higham & Mary 2019]. That bound is itself pessimistic: the roundings of a serial sum are uniformly distributed and
 *   its partial sums grow evenly, so the standard deviation is 0.24 √n·u. Therefore k = min(n, 3√n) + 2, where 2
 *   accounts for the product and the division. Data with few distinct values can round the same way each time, which no
 *   such k covers: {@link UnitFigures.serial} adds the error of a serial sum of the actual values.
 * - The error of the mean is k·u·r, because mean|x| ≤ r.
 * - The variance: the relative error is k·u·κ for Welford's algorithm and k·u + (k·u·κ)² for two passes. For the
 *   textbook formula E[x²] − E[x]², which PyTorch uses for group normalization of channels_last tensors, it is 3(k +
 *   1)·u·κ² [Chan, Golub & LeVeque 1983]: (k + 1)·u·r² from E[x²] and (2k + 1)·u·r² from E[x]². The last one bounds
 *   them all. If it exceeds D², float32 does not determine the output.
 * - The error of the mean of squares is (k + 1)·u·r².
 * - Storing the input changes each x by at most v·|x|, and so the mean by v·r and the variance by 2σ·v·r + (v·r)², even
 *   if all values round the same way.
 * - Statistics in half precision have an error of h·|µ| and, as variance and as root, a relative error of 3h/2 in D.
 *
 * If the error of the moment V is δ, the error of 1/D(V) is up to 1/D(V − δ) − 1/D(V). The bound is this difference and
 * not its first-order approximation, which is too small. V − δ stays above 0, because implementations clamp a negative
 * variance.
 *
 * The fitted slope of y against x is insensitive to the input's rounding to first order, because the output is
 * normalized: it is the correlation of the recorded and the true input divided by σ, with a relative error of (v·κ)².
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
 * Returns the maximum |y − ŷ| that rounding can cause in one element, ŷ = γ(x − µ)s + β. It is the sum of:
 *
 * - |γ| s⁺ (v|x| + δµ) and |γ| |x − µ| δs: the storage of x, and the statistics, whose errors δµ and δs {@link
 *   statisticsBound} derives; s⁺ = s + δs with s = 1/D;
 * - w (2|y| + |β|): the result in the output's type, and in half precision the steps before it;
 * - p |γ| s (|x| + |µ| + |x − µ|), if input and output are in half precision, with p the finer precision of both: the
 *   products x·s and µ·s, and s, which PyTorch 1.13 computes in that type on a CPU;
 * - h (|γz| + |β|): γ and β in their type, with z = s(x − µ);
 * - 8u (|γ| s (|x| + |µ|) + |y| + |β|): one rounding in float32 for each of up to eight operations [Higham 2002, ch.
 *   3], both as γ(x − µ)s + β and as x·(γs) + (β − µ·γs).
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

/** Returns a function that rounds to the nearest number with the given number of significant bits [Veltkamp 1968]. */
export function rounder({ relative }: Precision): (value: number) => number {
  const factor = relative * 2 ** 53 + 1;
  return (value) => {
    const product = value * factor;
    return product - (product - value);
  };
}
