import type { Formula } from '../../model/formula';
import type { UnitFigures } from './units';

/** The part of a formula that defines the divisor of x − µ. */
export type Denominator = Pick<Formula, 'moment' | 'divisor' | 'place' | 'epsilon'>;

export const PLACES: readonly Formula['place'][] = ['inside', 'outside', 'max', 'no root'];

/** Returns D of a unit whose moment is V. */
export function denominatorOf(place: Formula['place'], V: number, epsilon: number): number {
  switch (place) {
    case 'inside':
      return Math.sqrt(V + epsilon);
    case 'outside':
      return Math.sqrt(V) + epsilon;
    case 'max':
      return Math.max(Math.sqrt(V), epsilon);
    case 'no root':
      return V + epsilon;
  }
}

/** Returns the factor that converts a mean over n into the sum over another divisor. */
export function divisorFactor(divisor: Formula['divisor'], count: number): number {
  if (divisor === 'n') return 1;
  return divisor === '1' ? count : count / (count - 1);
}

/** Returns V of each unit: its variance or its mean of squares, with the formula's divisor. */
export function momentsOf(
  { moment, divisor }: Pick<Formula, 'moment' | 'divisor'>,
  { count, mean, variance }: UnitFigures,
): Float64Array {
  return variance.map((each, u) => {
    const V = moment === 'square' ? each + mean[u] ** 2 : each;
    return divisor === 'n' ? V : V * divisorFactor(divisor, count[u]);
  });
}
