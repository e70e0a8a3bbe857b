import type { Formula } from '../../model/formula';
import { structureKey } from '../../model/layerFormulas';
import { affineOf, type Comparison } from './compare';
import { explainSlopes } from './explain';
import {
  allFinite,
  type Compared,
  compareFormulas,
  entryMaps,
  type FormulaWithFigures,
  figuresOf,
  memoized,
  type Recording,
  searchedSize,
  type WithFigures,
} from './recording';
import { ARITHMETIC, OPERATIONS, statisticsBound } from './rounding';
import { elementNoise, fittedUnits, slopeCollector } from './slopes';
import { possibleStructures } from './space';
import { asFormula, isProportional, type Surveyed, TOLERATED } from './survey';
import { labeled, type Stretch, type UnitFigures, type UnitMap } from './units';

/** Number of elements in each survey. The first leaves few formulas for the next. */
const SURVEYED = [1 << 9, 1 << 12, 1 << 15] as const;
/** Number of stretches of memory to take them from. */
const STRETCHES = 8;
/** Maximum number of structures to examine after the survey. */
const MAX_STRUCTURES = 48;
/** With fewer units, the bound on the rounding of their statistics counts, because their scatter does not reveal it. */
const FEW_UNITS = 8;
/** Maximum number of units whose slopes are explained. */
const EXPLAINED = 1 << 12;
/** Maximum error of a slope, in multiples of its bound, while its elements stay within their bounds. */
const SLACK = 4;
/** Minimum share of elements whose bound distinguishes their value from others, for a formula to count as known. */
export const RESOLVED = 0.5;

/** Attributes that the class declares, for choosing among formulas that fit. */
export interface Carried {
  readonly epsilon?: number | undefined;
  readonly groups?: number | undefined;
}

export type Fit =
  /**
   * `comparison` covers the elements that were searched. `possible` lists all formulas within rounding. `proportional`
   * lists formulas that may be correct with some D.
   */
  | {
      readonly kind: 'fitted';
      readonly found: FormulaWithFigures;
      readonly comparison: Comparison;
      readonly possible: readonly Formula[];
      readonly proportional: readonly WithFigures[];
    }
  /** Formulas that give this output equally well but differ on other inputs. */
  | { readonly kind: 'rivals'; readonly formulas: readonly Formula[] }
  | { readonly kind: 'none' };

/**
 * Finds the simplest formula that reproduces a layer's output from its input within rounding. The space consists of
 * axes and groups, centering, moment, divisor, place and size of ε, scale, shift, and statistics. The search has three
 * stages, each of which leaves few candidates for the next, more expensive one: proportionality within units on a
 * sample; explanation of the units' slopes; comparison element by element. Returns undefined if a value is not finite.
 */
export async function fitFormula(recording: Recording, carried: Carried): Promise<Fit | undefined> {
  const { shape, channelAxis, parameters, cutAxis } = recording;
  const structures = possibleStructures(shape, channelAxis, parameters, carried.groups).filter(
    ({ statistics, units }) =>
      statistics !== 'input' || cutAxis === undefined || !units.axes.includes(cutAxis),
  );
  const [few, more] = SURVEYED;
  const cropped = searchedSize(recording, more);
  const first = stretchesOf(cropped, few);
  const sampled = await figuresOf(recording, structures.map(asFormula), cropped, first);
  const passed = sampled && (await surveyed(sampled, first, recording));
  if (passed === undefined) return undefined;
  const searched = searchedSize(recording);
  const second = stretchesOf(searched, more);
  const measured = await figuresOf(
    recording,
    passed.slice(0, MAX_STRUCTURES).map(({ formula }) => formula),
    searched,
  );
  const left = measured && (await surveyed(measured, second, recording));
  if (left === undefined) return undefined;
  const explained = await explainedFormulas(left, recording, searched, carried.epsilon);
  if (explained === undefined) return undefined;
  let compared = await compareFormulas(recording, explained, searched);
  if (compared === undefined) return undefined;
  if (!compared.some(({ comparison }) => isWithin(comparison))) {
    compared = await compareFormulas(recording, explained, searched, true);
    if (compared === undefined) return undefined;
  }
  const fitting = compared.filter(({ comparison }) => isWithin(comparison) && isTelling(comparison));
  return simplestOf(fitting, left);
}

/** Returns whether each element is within rounding. */
export function isWithin({ beyond, compared }: Comparison): boolean {
  return beyond <= TOLERATED * compared;
}

export function isTelling({ telling, compared }: Comparison): boolean {
  return telling >= RESOLVED * compared;
}

/** Returns stretches of the first `searched` elements, spread unevenly so that they do not all start at one channel. */
function stretchesOf(searched: number, count: number): readonly Stretch[] {
  if (searched <= count) return [{ from: 0, length: searched }];
  const length = Math.floor(count / STRETCHES);
  return Array.from({ length: STRETCHES }, (_, i) => ({
    from: Math.floor(((i * GOLDEN) % 1) * (searched - length)),
    length,
  }));
}

const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * Returns the formulas whose output is proportional within units on the stretches; undefined if a value is not finite.
 */
async function surveyed(
  candidates: readonly WithFigures[],
  stretches: readonly Stretch[],
  { shape, parameters, rounding, pair }: Recording,
): Promise<readonly WithFigures[] | undefined> {
  const size = stretches.reduce((sum, { length }) => sum + length, 0);
  const input = new Float64Array(size);
  const output = new Float64Array(size);
  const places: { readonly from: number; readonly at: number; readonly length: number }[] = [];
  for (const { from, length } of stretches) {
    const { at, length: before } = places.at(-1) ?? { at: 0, length: 0 };
    places.push({ from, at: at + before, length });
    const values = await pair.read(from, length);
    input.set(values[0], at + before);
    output.set(values[1], at + before);
  }
  if (!allFinite(input) || !allFinite(output)) return undefined;
  const labelsOf = memoized((map: UnitMap) => {
    const labels = new Int32Array(size);
    for (const { from, at, length } of places) map.label(from, labels.subarray(at, at + length));
    return labels;
  });
  const entriesOf = entryMaps(shape);
  // Formulas that differ only in scale and shift have the same statistics.
  const [centered, uncentered] = [true, false].map(() => new Map<UnitFigures, Float64Array>());
  const meanBound = (formula: Formula, figures: UnitFigures) => {
    const known = formula.centered ? centered : uncentered;
    const bound = known.get(figures) ?? statisticsBound(formula, figures, rounding).mean;
    known.set(figures, bound);
    return bound;
  };
  return candidates.filter(({ formula, map, figures }) => {
    const entries = entriesOf(formula.affineAxes);
    const each: Surveyed = {
      formula,
      figures,
      ofMean: meanBound(formula, figures),
      units: labelsOf(map),
      entries: labelsOf(entries),
      size: entries.units,
    };
    return isProportional(each, { input, output }, parameters, rounding);
  });
}

/** Fits the slopes of all units and returns the formulas that explain them. */
async function explainedFormulas(
  candidates: readonly WithFigures[],
  { pair, shape, parameters, rounding }: Recording,
  searched: number,
  declaredEpsilon: number | undefined,
): Promise<readonly FormulaWithFigures[] | undefined> {
  const entriesOf = entryMaps(shape);
  const live = candidates
    .filter(({ formula }) => formula.statistics !== 'none')
    .map((each) => {
      const entries = entriesOf(each.formula.affineAxes);
      const slopes = slopeCollector(each.map.units);
      return { ...each, entries, slopes, affine: affineOf(each.formula, parameters, entries.units) };
    });
  let areFinite = true;
  await pair.forEach(searched, (input, output, from) => {
    areFinite &&= allFinite(output);
    if (!areFinite) return;
    const labelsOf = memoized((map: UnitMap) => labeled(map, from, input.length));
    for (const { formula, map, figures, entries, slopes, affine } of live) {
      const units = labelsOf(map);
      const places = labelsOf(entries);
      for (let i = 0; i < units.length; i++) {
        const unit = units[i];
        const g = affine.gamma[places[i]];
        const b = affine.beta[places[i]];
        const d = formula.centered ? input[i] - figures.mean[unit] : input[i];
        const y = output[i];
        // An approximation of 1/D, used only for the size of the error.
        const scale = Math.abs(d) > 0 ? Math.abs((y - b) / d) : 0;
        slopes.add(unit, y - b, g * d, elementNoise(rounding, input[i], y, scale, b));
      }
    }
  });
  if (!areFinite) return undefined;
  const ofElement = rounding.input.relative + 2 * rounding.output.relative + OPERATIONS * ARITHMETIC;
  const explained = live.flatMap(({ formula, map, figures, slopes }): FormulaWithFigures[] => {
    const { drift } = statisticsBound(formula, figures, rounding);
    const isFew = map.units < FEW_UNITS;
    const fitted = fittedUnits(slopes.finish(), (u) => (isFew ? drift[u] : 0), EXPLAINED);
    const tolerance = (u: number) => SLACK * (drift[u] + ofElement);
    return explainSlopes(formula, figures, fitted, tolerance, declaredEpsilon).map(
      ({ denominator, ...rest }) => ({
        ...rest,
        formula: { ...formula, ...denominator },
        map,
        figures,
      }),
    );
  });
  const fixed = candidates.filter(({ formula }) => formula.statistics === 'none');
  return [...fixed.map((each) => ({ ...each, unseen: [], simplicity: 0 })), ...explained];
}

/** Maximum ratio between the squares of a formula and those of the best one for both to count as equally good. */
const EQUAL = 1.25;
/** Allowance for chance in that ratio, divided by the square root of the number of elements. */
const CHANCE = 30;

/** Maximum simplicity at which a formula is preferred to one with any other ε: a power of ten is no coincidence. */
const SIMPLE = 1;

/** Returns the only formula that fits about as well as the best one, or the remaining rivals. */
function simplestOf(fitting: readonly Compared[], proportional: readonly WithFigures[]): Fit {
  if (fitting.length === 0) return { kind: 'none' };
  const least = Math.min(...fitting.map(({ comparison: { squares } }) => squares));
  const [{ comparison: first }] = fitting;
  const equal = fitting.filter(
    ({ comparison: { squares } }) => squares <= least * (EQUAL + CHANCE / Math.sqrt(first.compared)),
  );
  const isSimple = ({ simplicity }: Compared) => simplicity <= SIMPLE;
  const structures = new Map<string, Compared>();
  for (const each of equal.some(isSimple) ? equal.filter(isSimple) : equal) {
    const key = structureKey(each.formula);
    if (!structures.has(key)) structures.set(key, each);
  }
  const [only, ...others] = withParameters([...structures.values()]);
  if (others.length > 0) return { kind: 'rivals', formulas: [only, ...others].map(({ formula }) => formula) };
  return {
    kind: 'fitted',
    found: only,
    comparison: only.comparison,
    possible: fitting.map(({ formula }) => formula),
    proportional,
  };
}

/**
 * Of formulas that differ only in scale and shift, returns those that use most of γ and β, because a layer stores
 * parameters to use them.
 */
function withParameters(formulas: readonly Compared[]): readonly Compared[] {
  const withoutAffine = ({ formula }: Compared) =>
    structureKey({ ...formula, scale: 'none', shift: false, affineAxes: [] });
  if (new Set(formulas.map(withoutAffine)).size > 1) return formulas;
  const used = ({ formula: { scale, shift } }: Compared) => Number(scale !== 'none') + Number(shift);
  const most = Math.max(...formulas.map(used));
  return formulas.filter((each) => used(each) === most);
}
