import {
  isDefined,
  METHODS,
  type Method,
  type MethodSummary,
  type NotApplicable,
  type RecordSummary,
} from '../../model/analysis';
import { type RecordLoops, recordLoops } from '../record/recordLoops';
import type { MethodSketch, RecordSketch } from '../record/recordSketch';
import { percentilesOf } from '../statistics/percentile';
import { channelHealth } from './channelHealth';
import { formatLoss } from './formatLoss';
import { independentError } from './independentError';
import { magnitude } from './magnitude';
import { saturation } from './saturation';

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Extracts the part of a sketch to send: its figures and the requested percentiles. */
export function summarize(
  record: number,
  sketch: RecordSketch,
  percentiles: readonly number[],
): Mutable<RecordSummary> {
  const { layout, epsilon, groups, layerScope, counts, methods, firstNonFinite } = sketch;
  const { count, finite, nan, posInf, negInf, zeros } = counts;
  const loops = recordLoops();
  const found = loops?.percentiles(sketch, percentiles);
  const raw = found?.[0] === 1 ? loops : undefined;
  const summary: Mutable<RecordSummary> = {
    record,
    layout,
    epsilon,
    groups,
    layerScope,
    count,
    finite,
    nan,
    posInf,
    negInf,
    zeros,
    methods: summarizeMethods(methods, percentiles, found),
  };
  const health = channelHealth(sketch);
  if (health !== undefined) summary.channelHealth = health;
  const spread = sketch.batchError ?? independentError(sketch);
  if (spread !== undefined) summary.batchError = spread;
  const size = magnitude(sketch, raw);
  if (size !== undefined) summary.magnitude = size;
  const ends = saturation(sketch, raw);
  if (ends !== undefined) summary.saturation = ends;
  const loss = formatLoss(sketch, raw);
  if (loss !== undefined) summary.formatLoss = loss;
  if ((sketch.gamma ?? sketch.beta) !== undefined) summary.affine = true;
  if (sketch.runningMean !== undefined) summary.running = true;
  if (firstNonFinite !== undefined) summary.firstNonFinite = firstNonFinite;
  return summary;
}

/** `found`: see {@link RecordLoops.percentiles}. */
function summarizeMethods(
  methods: RecordSketch['methods'],
  percentiles: readonly number[],
  found: Float64Array | undefined,
): RecordSummary['methods'] {
  const summaries: Partial<Record<Method, MethodSummary | NotApplicable>> = {};
  for (let i = 0; i < METHODS.length; i++) {
    const method = METHODS[i];
    const each: MethodSketch | NotApplicable | undefined = methods[method];
    if (each === undefined) continue;
    // Methods that are the same for a record share one sketch.
    let same = 0;
    while (methods[METHODS[same]] !== each) same++;
    summaries[method] =
      summaries[METHODS[same]] ??
      (isDefined(each)
        ? summarizeMethod(each, valuesAt(i, found, percentiles) ?? percentilesOf(each.sketch, percentiles))
        : each);
  }
  return summaries as RecordSummary['methods'];
}

/** The percentiles that were found of a method. */
function valuesAt(
  method: number,
  found: Float64Array | undefined,
  { length }: readonly number[],
): number[] | undefined {
  const at = method * (1 + length);
  if (found === undefined || found[at] !== 1) return undefined;
  const values: number[] = [];
  for (let i = 1; i <= length; i++) values.push(found[at + i]);
  return values;
}

function summarizeMethod(method: MethodSketch, percentiles: number[]): MethodSummary {
  const { sketch, mean, variance, unitCount, unitMean, unitVariance, constantUnits, units } = method;
  const isEmpty = sketch.count === 0;
  const summary: Mutable<MethodSummary> = {
    mean,
    variance,
    min: isEmpty ? Number.NaN : sketch.min,
    max: isEmpty ? Number.NaN : sketch.max,
    percentiles,
    unitCount,
  };
  if (unitMean !== undefined) summary.unitMean = unitMean;
  if (unitVariance !== undefined) summary.unitVariance = unitVariance;
  if (constantUnits !== undefined) summary.constantUnits = constantUnits;
  if (units !== undefined) summary.units = units;
  return summary;
}
