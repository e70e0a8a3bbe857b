import type { Arithmetic, Formula } from '../../model/formula';
import { affineOf } from './compare';
import { denominatorOf, momentsOf } from './denominator';
import type { FormulaWithFigures, Recording } from './recording';
import { ARITHMETIC, rounder } from './rounding';
import { entryMap } from './units';

/** Number of elements to compare. */
const LOOKED_AT = 1 << 16;
/**
 * Minimum share of elements that must match bit for bit. In float32, few values lie close to the midpoint between two
 * numbers.
 */
const EXACT = 0.97;
/** Minimum lead, as a share of the elements, of the best rounding over the others. */
const AHEAD = 0.02;

/**
 * Finds how a layer with half-precision input and output computes: the order of rounding that reproduces its output bit
 * for bit. Returns undefined for other types, and if two orders give the same result.
 */
export async function arithmeticOf(
  { pair, shape, parameters, rounding, isAsComputed }: Recording,
  { formula, map, figures }: FormulaWithFigures,
): Promise<Arithmetic | undefined> {
  const isHalf = rounding.input.relative > ARITHMETIC && rounding.output.relative > ARITHMETIC;
  if (!isHalf || !isAsComputed) return undefined;
  const rounded = rounder(rounding.output);
  const entries = entryMap(shape, formula.affineAxes);
  const { gamma, beta } = affineOf(formula, parameters, entries.units);
  const denominators = denominatorsOf(formula, figures);
  let [once, twice, looked] = [0, 0, 0];
  await pair.forEach(Math.min(pair.size, LOOKED_AT), (input, output, from) => {
    const units = new Int32Array(input.length);
    const places = new Int32Array(input.length);
    map.label(from, units);
    entries.label(from, places);
    for (let i = 0; i < units.length; i++) {
      const d = formula.centered ? input[i] - figures.mean[units[i]] : input[i];
      const normalized = d / denominators[units[i]];
      const [g, b] = [gamma[places[i]], beta[places[i]]];
      if (rounded(normalized * g + b) === output[i]) once++;
      const scaled = rounded(rounded(normalized) * g);
      if ((formula.shift ? rounded(scaled + b) : scaled) === output[i]) twice++;
      looked++;
    }
  });
  if (once >= EXACT * looked && once >= twice - AHEAD * looked) return 'float32';
  if (twice >= EXACT * looked) return 'rounded before gamma';
  return 'storage type';
}

function denominatorsOf(formula: Formula, figures: FormulaWithFigures['figures']): Float64Array {
  if (formula.statistics === 'none') return new Float64Array(figures.count.length).fill(1);
  return momentsOf(formula, figures).map((V) => denominatorOf(formula.place, V, formula.epsilon));
}
