import type { Precision } from '../statistics/precision';
import type { Normalizing } from './normalizing';
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
  /** Largest error of 1/√(σ² + ε). */
  readonly scale: Float64Array;
  /** Largest relative error of 1/√(σ² + ε) that averaging over a unit's elements leaves. */
  readonly drift: Float64Array;
}

/**
 * Bounds on the statistics that a correct layer may have used, against those of the recorded input in float64.
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
 *   it exceeds σ² + ε, the output cannot be told in float32.
 * - Storing the input moves each x by at most v·|x|, hence the mean by v·r and the variance by 2σ·v·r + (v·r)², even where
 *   all values round the same way.
 * - Statistics in half precision are off by h·|µ| and, as variance and as root, by 3h·(σ² + ε).
 *
 * Where S = σ² + ε is off by δ, 1/√S is off by up to 1/√(S − δ) − 1/√S. The bound is that difference and not its first
 * order, which is too small. S − δ stays above ε, since implementations clamp a negative variance to 0.
 *
 * A fitted slope y against x is insensitive to the input's rounding to first order, because the output is normalized:
 * it is the correlation of the recorded and the true input over σ, off by the relative (v·κ)².
 */
export function statisticsBound(
  way: Normalizing,
  { count, mean, variance, serial }: UnitFigures,
  spread: Float64Array,
  { input, parameters }: Rounding,
): StatisticsBound {
  const units = spread.length;
  const bound = {
    mean: new Float64Array(units),
    scale: new Float64Array(units),
    drift: new Float64Array(units),
  };
  if (way.identity) return bound;
  const half = parameters.relative > ARITHMETIC ? parameters.relative : 0;
  for (let u = 0; u < units; u++) {
    const square = variance[u] + mean[u] ** 2;
    const r = Math.sqrt(square);
    const total = spread[u] + way.epsilon;
    const stored = input.relative * r + input.absolute;
    let arithmetic = 0;
    let storage = 0;
    if (way.running) {
      bound.mean[u] = half * Math.abs(mean[u]);
    } else {
      const terms = Math.min(count[u], CONFIDENCE * Math.sqrt(count[u])) + 2;
      const moved = terms * ARITHMETIC * r + 2 * (serial?.mean[u] ?? 0);
      bound.mean[u] = way.rms ? 0 : moved + stored + half * Math.abs(mean[u]);
      arithmetic = way.rms ? (terms + 1) * ARITHMETIC * square : 3 * (terms + 1) * ARITHMETIC * square;
      arithmetic += 2 * (serial?.variance[u] ?? 0);
      storage = 2 * Math.sqrt(way.rms ? square : variance[u]) * stored + stored ** 2;
      if (way.unbiased) {
        arithmetic *= count[u] / (count[u] - 1);
        storage *= count[u] / (count[u] - 1);
      }
      if (count[u] * square > OVERFLOW) arithmetic = Number.POSITIVE_INFINITY;
      bound.drift[u] = (moved + stored * (stored / Math.sqrt(spread[u]))) / Math.sqrt(spread[u]);
    }
    const scale = 1 / Math.sqrt(total);
    const off = arithmetic + storage + 3 * half * total;
    // A variance is not negative, whatever it was rounded to.
    const least = Math.max(total - off, way.epsilon * (1 - 3 * half));
    bound.scale[u] = Math.max(1 / Math.sqrt(least) - scale, scale - 1 / Math.sqrt(total + off));
    bound.drift[u] +=
      arithmetic / (2 * total) + 3 * half + (OPERATIONS * ARITHMETIC * r) / Math.sqrt(spread[u]);
  }
  return bound;
}

/** Rounds to the nearest number of so many significant bits [Veltkamp 1968]. */
export function rounder({ relative }: Precision): (value: number) => number {
  const factor = relative * 2 ** 53 + 1;
  return (value) => {
    const product = value * factor;
    return product - (product - value);
  };
}
