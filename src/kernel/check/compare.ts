import type { RecordDType } from '../../model/catalog';
import type { Values } from '../statistics/moments';
import type { Normalizing } from './normalizing';
import { entryMap, forEachRun, type UnitFigures, type UnitMap, unitBase } from './units';

/** Largest relative error of rounding to the nearest number of a type: half of its machine epsilon. */
const ROUNDING: Partial<Record<RecordDType, number>> = {
  float64: 2 ** -53,
  float32: 2 ** -24,
  float16: 2 ** -11,
  bfloat16: 2 ** -8,
  float8_e4m3fn: 2 ** -4,
  float8_e5m2: 2 ** -3,
};

export function roundingOf(dtype: RecordDType): number | undefined {
  return ROUNDING[dtype];
}

/** Half of the smallest subnormal number: what is left of the relative error near 0. */
function absoluteRounding(rounding: number): number {
  if (rounding === 2 ** -11) return 2 ** -25;
  return rounding === 2 ** -4 ? 2 ** -10 : rounding === 2 ** -3 ? 2 ** -17 : 0;
}

/** Arithmetic in float32: a few operations' rounding, and its statistics' [Higham 2002, ch. 4]. */
const ARITHMETIC = 2 ** -21;

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
  readonly greatest: number;
  /** The ε under which the output fits best, its standard error from rounding, and what cannot be told from rounding. */
  readonly epsilon?: { readonly value: number; readonly error: number; readonly bias: number };
}

/** Compares outputs with what a way to normalize makes of the inputs, chunk by chunk. */
export interface Comparer {
  add(input: Values, output: Values, from: number): void;
  finish(): Comparison;
}

/**
 * `figures`: of the inputs, by unit (running statistics already in their place). `rounding`: of the types that input
 * and output are stored in. An element is beyond rounding where |y − ŷ| exceeds what rounding of x, y, the statistics
 * and the arithmetic in float32 can make together.
 */
export function comparer(
  way: Normalizing,
  map: UnitMap,
  figures: UnitFigures,
  learned: Learned,
  rounding: { readonly input: number; readonly output: number },
): Comparer {
  const { units } = map;
  const shift = new Float64Array(units);
  const scale = new Float64Array(units).fill(1);
  const spread = new Float64Array(units);
  /** Of a unit's statistics, in x: its mean's error. */
  const slack = new Float64Array(units);
  for (let u = 0; u < units; u++) {
    const { count, mean, variance } = figures;
    const square = variance[u] + mean[u] ** 2;
    spread[u] = way.rms ? square : way.unbiased ? (variance[u] * count[u]) / (count[u] - 1) : variance[u];
    if (!way.rms && !way.identity) shift[u] = mean[u];
    if (!way.identity) scale[u] = 1 / Math.sqrt(spread[u] + way.epsilon);
    if (!way.running && !way.identity)
      slack[u] =
        rounding.input * Math.sqrt(square) * (4 / Math.sqrt(count[u])) + ARITHMETIC * Math.sqrt(square);
  }
  const entries = entryMap(map.shape, learned.axes);
  const size = entries.units;
  const gamma = (!way.plain && learned.gamma) || new Float64Array(size).fill(1);
  const beta = (!way.plain && learned.beta) || new Float64Array(size);
  const innerUnit = map.offsets[map.shape.length - 1];
  const innerEntry = entries.offsets[map.shape.length - 1];
  const nearZero = absoluteRounding(rounding.output);
  // Regression of y − β on γ(x − µ) within each unit: its slope is 1/√(σ² + ε).
  const [xy, xx, noise] = [0, 1, 2].map(() => new Float64Array(units));
  let compared = 0;
  let beyond = 0;
  let greatest = 0;
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
          const g = gamma[entry];
          const b = beta[entry];
          const d = x - shift[unit];
          const s = scale[unit];
          const z = d * s;
          const off = Math.abs(y - (g * z + b));
          const slope = Math.abs(g) * s;
          const ofInput = rounding.input * Math.abs(x);
          const ofOutput = 2 * rounding.output * Math.abs(y) + nearZero;
          const ofFigures = slope * slack[unit] * (1 + Math.abs(z));
          const allowed =
            slope * ofInput +
            ofOutput +
            ofFigures +
            ARITHMETIC * (slope * Math.abs(x) + Math.abs(b) + Math.abs(y));
          compared++;
          if (!(off <= allowed)) beyond++;
          if (off > greatest) greatest = off;
          const gd = g * d;
          xy[unit] += gd * (y - b);
          xx[unit] += gd * gd;
          noise[unit] += gd * gd * ((slope * ofInput) ** 2 + ofOutput ** 2);
        }
      }),
    finish: () => {
      const epsilon = way.identity
        ? undefined
        : fitEpsilon(way, spread, figures, { xy, xx, noise }, rounding.input);
      return { compared, beyond, greatest, ...(epsilon === undefined ? {} : { epsilon }) };
    },
  };
}

/**
 * The ε that fits the units' slopes r_u = 1/√(σ²_u + ε) best, by weighted least squares [Gauss–Newton]. Its error
 * comes from the rounding of single elements, which averages out; its bias from the rounding of the statistics
 * and of float32 arithmetic, which does not.
 */
function fitEpsilon(
  { epsilon: start }: Normalizing,
  spread: Float64Array,
  { mean, variance }: UnitFigures,
  { xy, xx, noise }: Readonly<Record<'xy' | 'xx' | 'noise', Float64Array>>,
  rounding: number,
): Comparison['epsilon'] {
  let epsilon = start;
  let error = Number.POSITIVE_INFINITY;
  let bias = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < 20; turn++) {
    let [pull, weightSum, drift] = [0, 0, 0];
    for (let u = 0; u < spread.length; u++) {
      if (!(xx[u] > 0)) continue;
      const total = Math.max(spread[u] + epsilon, Number.MIN_VALUE);
      const r = 1 / Math.sqrt(total);
      const slope = -0.5 * r * r * r;
      const unsure = noise[u] / xx[u] ** 2 + (2 ** -26 * r) ** 2;
      const weight = slope ** 2 / unsure;
      if (!(weight > 0) || !Number.isFinite(weight)) continue;
      pull += (slope / unsure) * (xy[u] / xx[u] - r);
      weightSum += weight;
      const square = variance[u] + mean[u] ** 2;
      drift +=
        weight * 2 * total * (2 ** -20 + (rounding ** 2 * square) / Math.max(spread[u], Number.MIN_VALUE));
    }
    if (weightSum === 0) return undefined;
    const next = Math.max(epsilon + pull / weightSum, epsilon / 100);
    error = 1 / Math.sqrt(weightSum);
    bias = drift / weightSum;
    const settled = Math.abs(next - epsilon) <= 1e-6 * epsilon;
    epsilon = next;
    if (settled) break;
  }
  return { value: epsilon, error, bias };
}

/** Whether the fitted ε is another than the declared one, beyond what rounding can make. */
export function isOtherEpsilon({ epsilon }: Comparison, declared: number): boolean {
  if (epsilon === undefined) return false;
  const { value, error, bias } = epsilon;
  const ratio = value / declared;
  return Math.abs(value - declared) > 8 * error + 2 * bias && (ratio > 1.5 || ratio < 1 / 1.5);
}

/** The roundest number that a fitted ε may stand for: one digit, where that lies within its error. */
export function roundEpsilon({ value, error, bias }: NonNullable<Comparison['epsilon']>): number {
  const near = Number(value.toPrecision(1));
  const power = 10 ** Math.round(Math.log10(value));
  const within = (candidate: number) => Math.abs(candidate - value) <= 8 * error + 2 * bias + 0.02 * value;
  return [power, near, Number(value.toPrecision(2))].find(within) ?? Number(value.toPrecision(3));
}
