import type { Formula, Unseen } from '../../model/formula';
import { type Denominator, denominatorOf, momentsOf, PLACES } from './denominator';
import { asEpsilonError, type FittedUnits, type Solution, solveEpsilon } from './slopes';
import type { UnitFigures } from './units';

/** A denominator that explains the slopes of the units, and the parts of it that the slopes do not determine. */
export interface Explanation {
  readonly denominator: Denominator;
  readonly unseen: readonly Unseen[];
  /** Lower values are simpler. 0 and 1 mean that ε is the declared number, too small to detect, or a power of ten. */
  readonly simplicity: number;
}

/**
 * Relative difference of two denominators that approximate roots and serial sums can cause: four units in the last
 * place.
 */
const INDISTINCT = 2 ** -22;
/**
 * Maximum amount by which an explanation may be worse than the best: about 5.5 standard deviations of a likelihood
 * ratio.
 */
const WORSE = 30;
/** Number of standard errors around a fitted ε. */
const CONFIDENCE = 6;
/**
 * Expected square of an error relative to that of its bound, without other information: that of a uniform distribution.
 */
const USUAL_SCATTER = 1 / 3;
/** Weight of this expectation, in units. */
const PRIOR_UNITS = 8;
/** Maximum number of explanations of one structure to examine further. */
const MAX_EXPLANATIONS = 4;

interface Hypothesis {
  readonly moment: Formula['moment'];
  readonly divisor: Formula['divisor'];
  readonly place: Formula['place'];
  readonly moments: Float64Array;
  readonly solution: Solution;
}

/**
 * Returns the denominators that explain 1/slope of the units, simplest first. Each form of D has its own best ε. A form
 * is kept if its squares are about as small as those of the best form, given how the units themselves scatter around
 * the best [Birge 1932], or if it differs from the best by less than float32 arithmetic does. Of these, the simplest is
 * a form whose ε may be the declared number, then a form whose ε may be a round number. Parts on which equally simple
 * forms disagree count as undetermined. `tolerance` is, by unit, the relative error of D beyond which elements exceed
 * rounding.
 */
export function explainSlopes(
  formula: Formula,
  figures: UnitFigures,
  fitted: FittedUnits,
  tolerance: (unit: number) => number,
  declaredEpsilon: number | undefined,
): readonly Explanation[] {
  const hypotheses = hypothesesOf(formula, figures, fitted).filter((each) => isNear(each, fitted, tolerance));
  if (hypotheses.length === 0) return [];
  const best = hypotheses.reduce((a, b) => (b.solution.squares < a.solution.squares ? b : a));
  const { squares, used } = best.solution;
  const scatter = (squares + PRIOR_UNITS * USUAL_SCATTER) / (used - 1 + PRIOR_UNITS);
  const ranked = hypotheses
    .filter(
      (each) =>
        each.solution.squares - squares <= WORSE * scatter ||
        greatestDifference(each, best, fitted.units) < INDISTINCT,
    )
    .map((each) => {
      const error = CONFIDENCE * each.solution.error * Math.sqrt(scatter);
      const half = error + asEpsilonError(each.solution, () => INDISTINCT);
      const natural = formula.centered ? 'variance' : 'square';
      const epsilon = simplestEpsilon(each.solution.epsilon, half, declaredEpsilon);
      const simplicity = epsilon.simplicity + (each.moment === natural ? 0 : UNNATURAL);
      return { each, ...epsilon, simplicity };
    })
    .sort((a, b) => a.simplicity - b.simplicity);
  return ranked
    .slice(0, MAX_EXPLANATIONS)
    .map(({ each: { moment, divisor, place }, epsilon, isUnseen, simplicity }) => {
      const equals = ranked.filter((other) => other.simplicity === simplicity).map(({ each }) => each);
      const unseen: Unseen[] = isUnseen === undefined ? [] : [isUnseen];
      if (equals.some((other) => other.place !== place)) unseen.push('place');
      if (equals.some((other) => other.divisor !== divisor)) unseen.push('divisor');
      return { denominator: { moment, divisor, place, epsilon }, unseen, simplicity };
    });
}

/** Penalty on the simplicity if only the numerator or only the denominator subtracts the mean, or if ε is large. */
const UNNATURAL = 10;

function hypothesesOf(
  { statistics }: Formula,
  figures: UnitFigures,
  fitted: FittedUnits,
): readonly Hypothesis[] {
  const isRunning = statistics === 'running';
  const hypotheses: Hypothesis[] = [];
  for (const moment of isRunning ? (['variance'] as const) : (['variance', 'square'] as const)) {
    for (const divisor of isRunning ? (['n'] as const) : (['n', 'n - 1', '1'] as const)) {
      if (divisor === 'n - 1' && moment === 'square') continue;
      const moments = momentsOf({ moment, divisor }, figures);
      const usable = { ...fitted, units: fitted.units.filter((u) => Number.isFinite(moments[u])) };
      for (const place of PLACES) {
        const solution = solveEpsilon(place, moments, usable);
        // Only max(√V, ε) is possible if no unit determines ε.
        if (solution.leverage.length === 0 && (place !== 'max' || usable.units.length === 0)) continue;
        if (solution.epsilon < -CONFIDENCE * solution.error - asEpsilonError(solution, () => INDISTINCT))
          continue;
        const hypothesis = { moment, divisor, place, moments, solution };
        if (solution.epsilon <= LARGE_EPSILON || isByMoments(hypothesis, usable.units))
          hypotheses.push(hypothesis);
      }
    }
  }
  return hypotheses;
}

/** Returns whether most of the units have the D of the hypothesis, within rounding. */
function isNear(
  { place, moments, solution }: Hypothesis,
  { units, denominator, error }: FittedUnits,
  tolerance: (unit: number) => number,
): boolean {
  const far = units.filter((u) => {
    const D = denominatorOf(place, moments[u], Math.max(0, solution.epsilon));
    return Math.abs(D / denominator[u] - 1) > tolerance(u) + CONFIDENCE * error[u];
  });
  return 2 * far.length <= units.length;
}

/** Returns whether D varies between units as V does. If ε is much larger than V, the layer multiplies by a constant. */
function isByMoments({ place, moments, solution }: Hypothesis, units: readonly number[]): boolean {
  let [least, greatest] = [Number.POSITIVE_INFINITY, 0];
  for (const u of units) {
    const D = denominatorOf(place, moments[u], solution.epsilon);
    least = Math.min(least, D);
    greatest = Math.max(greatest, D);
  }
  return greatest > least * (1 + LEAST_SPREAD);
}

/** Minimum relative spread of D; below it, D counts as constant. */
const LEAST_SPREAD = 1e-3;

function greatestDifference(a: Hypothesis, b: Hypothesis, units: readonly number[]): number {
  const of = ({ place, moments, solution }: Hypothesis, u: number) =>
    denominatorOf(place, moments[u], Math.max(0, solution.epsilon));
  return units.reduce((most, u) => Math.max(most, Math.abs(of(a, u) / of(b, u) - 1)), 0);
}

/**
 * Returns the simplest number in the interval around a fitted ε. `isUnseen` is true if the interval is too wide to
 * determine ε.
 */
function simplestEpsilon(
  fitted: number,
  half: number,
  declared: number | undefined,
): {
  readonly epsilon: number;
  readonly isUnseen?: 'epsilon' | 'digits' | undefined;
  readonly simplicity: number;
} {
  const isWithin = (candidate: number) => Math.abs(candidate - fitted) <= half;
  if (declared !== undefined && (isWithin(declared) || half === Number.POSITIVE_INFINITY))
    return { epsilon: declared, isUnseen: half < declared / 2 ? undefined : 'epsilon', simplicity: 0 };
  // A formula without the declared ε is less simple than any formula with it.
  if (fitted - half <= 0)
    return { epsilon: 0, isUnseen: 'epsilon', simplicity: declared === undefined ? 0 : 2 };
  const unusual = fitted > LARGE_EPSILON ? UNNATURAL : 0;
  const round = ROUND.findIndex((each) => isWithin(each(fitted)));
  if (round < 0) return { epsilon: Number(fitted.toPrecision(6)), simplicity: 1 + ROUND.length + unusual };
  // A power of ten is no coincidence. Other numbers count only if they have a single significant digit.
  const widest = round === 0 ? fitted / 2 : 10 ** Math.floor(Math.log10(fitted));
  return half < Math.min(fitted / 2, widest)
    ? { epsilon: ROUND[round](fitted), simplicity: 1 + round + unusual }
    : { epsilon: Number(fitted.toPrecision(1)), isUnseen: 'digits', simplicity: 2 + unusual };
}

/** A larger ε is not a guard against division by 0. */
const LARGE_EPSILON = 0.05;

/** Returns round numbers near a value, roundest first. */
const ROUND: readonly ((value: number) => number)[] = [
  (value) => Number(`1e${Math.round(Math.log10(value))}`),
  (value) => Number(value.toPrecision(1)),
  (value) => Number(value.toPrecision(2)),
  (value) => Number(value.toPrecision(3)),
];
