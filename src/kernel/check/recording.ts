import type { Formula, Units, Unseen } from '../../model/formula';
import type { TensorPair } from '../tensor/tensorPair';
import { type Affine, affineOf, type Comparison, comparer } from './compare';
import type { Explanation } from './explain';
import type { Parameters } from './parameters';
import type { Rounding } from './rounding';
import {
  entryMap,
  labeled,
  type Stretch,
  serialErrors,
  type UnitFigures,
  type UnitMap,
  unitCollector,
  unitMap,
  unitsWithin,
} from './units';

/** Number of elements on which to compare formulas. Statistics over samples always use all elements. */
const SEARCHED = 1 << 18;
/** Maximum number of units of a formula to try. */
const MAX_UNITS = 1 << 22;

/** A layer's input and output, and the data for comparing formulas with them. */
export interface Recording {
  readonly pair: TensorPair;
  readonly shape: readonly number[];
  readonly channelAxis: number;
  readonly parameters: Parameters;
  readonly rounding: Rounding;
  /** The sample axis, if the recording contains only some of the layer's samples. */
  readonly cutAxis?: number;
  /** Whether the recording stores input and output in the types that the layer used. */
  readonly isAsComputed: boolean;
}

/** Returns the number of elements, in whole leading samples, on which to compare formulas. */
export function searchedSize(
  { pair, shape }: Pick<Recording, 'pair' | 'shape'>,
  elements: number = SEARCHED,
): number {
  const perSample = pair.size / shape[0];
  return perSample * Math.min(shape[0], Math.max(1, Math.floor(elements / perSample)));
}

export interface WithFigures {
  readonly formula: Formula;
  readonly map: UnitMap;
  readonly figures: UnitFigures;
}

/**
 * Computes the statistics of all formulas' units in one pass. Formulas without statistics over samples use only the
 * first `searched` elements, which are whole samples. Skips formulas with too many units, or whose running statistics
 * are missing. `stretches` restricts the units to those of these elements.
 */
export async function figuresOf(
  recording: Recording,
  formulas: readonly Formula[],
  searched: number,
  stretches?: readonly Stretch[],
): Promise<readonly WithFigures[] | undefined> {
  const { pair, shape } = recording;
  const [samples, ...rest] = shape;
  const cut = [(samples * searched) / pair.size, ...rest];
  const keyOf = (units: Units) => JSON.stringify(units);
  const live = formulas.filter(({ statistics }) => statistics === 'input');
  const distinct = new Map(live.map(({ units }) => [keyOf(units), units]));
  const collected = [...distinct].flatMap(([key, units]) => {
    const isOverSamples = units.axes.includes(0);
    const whole = unitMap(isOverSamples ? shape : cut, units);
    const map = stretches === undefined ? whole : unitsWithin(whole, stretches);
    const end = isOverSamples ? pair.size : searched;
    return map.units > MAX_UNITS ? [] : [{ key, map, end, collector: unitCollector(map.units) }];
  });
  let areFinite = true;
  // Read at least the compared elements, to find non-finite values.
  await pair.forEach(Math.max(searched, ...collected.map(({ end }) => end)), (input, _output, from) => {
    areFinite &&= allFinite(input);
    if (!areFinite) return;
    for (const { map, end, collector } of collected) {
      if (from < end) collector.add(input, labeled(map, from, Math.min(input.length, end - from)));
    }
  });
  if (!areFinite) return undefined;
  const known = new Map(
    collected.map(({ key, map, collector }) => [key, { map, figures: collector.finish() }]),
  );
  return formulas.flatMap((formula) => {
    const own =
      formula.statistics === 'input' ? known.get(keyOf(formula.units)) : fixedFigures(formula, recording);
    return own === undefined ? [] : [{ formula, ...own }];
  });
}

/** Returns the running statistics as the statistics of the units; none for a formula without statistics. */
function fixedFigures(
  { statistics, units }: Formula,
  { shape, parameters: { running } }: Recording,
): Omit<WithFigures, 'formula'> | undefined {
  const map = unitMap(shape, units);
  const count = new Float64Array(map.units).fill(Number.POSITIVE_INFINITY);
  if (statistics === 'none')
    return {
      map,
      figures: { count, mean: new Float64Array(map.units), variance: new Float64Array(map.units).fill(1) },
    };
  return running?.mean.length === map.units ? { map, figures: { count, ...running } } : undefined;
}

export function memoized<K extends object, V>(compute: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    const value = known.get(key) ?? compute(key);
    known.set(key, value);
    return value;
  };
}

export function entryMaps(shape: readonly number[]): (axes: readonly number[]) => UnitMap {
  const known = new Map<string, UnitMap>();
  return (axes) => {
    const map = known.get(axes.join()) ?? entryMap(shape, axes);
    known.set(axes.join(), map);
    return map;
  };
}

/** A formula, its undetermined parts, and the statistics of its units. */
export interface FormulaWithFigures extends WithFigures {
  readonly unseen: readonly Unseen[];
  readonly simplicity: Explanation['simplicity'];
}

export interface Compared extends FormulaWithFigures {
  readonly comparison: Comparison;
}

/**
 * Compares the first `count` elements with the results of formulas. `serial` adds two more passes, to widen the bounds
 * by the errors of serial sums in float32. Returns undefined if an output is not finite.
 */
export async function compareFormulas(
  { pair, shape, parameters, rounding }: Recording,
  formulas: readonly FormulaWithFigures[],
  count: number,
  serial = false,
): Promise<readonly Compared[] | undefined> {
  const errors = new Map<UnitMap, ReturnType<typeof serialErrors>>();
  if (serial) {
    for (const { formula, map, figures } of formulas)
      if (formula.statistics === 'input') errors.set(map, errors.get(map) ?? serialErrors(figures));
    const isOverSamples = formulas.some(({ formula }) => formula.units.axes.includes(0));
    for (const pass of ['addSums', 'addSquares'] as const) {
      await pair.forEach(isOverSamples ? pair.size : count, (input, _output, from) => {
        for (const [map, each] of errors) each[pass](input, labeled(map, from, input.length));
      });
    }
  }
  const entriesOf = entryMaps(shape);
  const comparers = formulas.map(({ formula, map, figures }) => {
    const entries = entriesOf(formula.affineAxes);
    const added = errors.get(map)?.finish();
    const complete = added === undefined ? figures : { ...figures, serial: added };
    const affine: Required<Affine> = affineOf(formula, parameters, entries.units);
    return { map, entries, comparer: comparer(formula, complete, affine, rounding) };
  });
  let areFinite = true;
  await pair.forEach(count, (input, output, from) => {
    areFinite &&= allFinite(output);
    if (!areFinite) return;
    const labelsOf = memoized((map: UnitMap) => labeled(map, from, input.length));
    for (const { map, entries, comparer: each } of comparers)
      each.add(input, output, labelsOf(map), labelsOf(entries));
  });
  if (!areFinite) return undefined;
  return formulas.map((each, i) => ({ ...each, comparison: comparers[i].comparer.finish() }));
}

export function allFinite(values: Float64Array): boolean {
  for (let i = 0; i < values.length; i++) if (values[i] - values[i] !== 0) return false;
  return true;
}
