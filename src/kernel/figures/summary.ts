import {
  isDefined,
  METHODS,
  type Method,
  type MethodSummary,
  type NotApplicable,
  type RecordSummary,
} from '../../model/analysis';
import type { MethodSketch, RecordSketch } from '../record/recordSketch';
import { percentilesOf } from '../statistics/percentile';
import { channelHealth } from './channelHealth';
import { formatLoss } from './formatLoss';
import { independentError } from './independentError';
import { magnitude } from './magnitude';
import { saturation } from './saturation';

/** Extracts the part of a sketch to send: its figures and the requested percentiles. */
export function summarize(
  record: number,
  sketch: RecordSketch,
  percentiles: readonly number[],
): RecordSummary {
  const {
    counts,
    methods,
    firstNonFinite,
    gamma,
    beta,
    runningMean,
    runningVariance: _,
    batchError,
    peakPlace: __,
    ...recordOptions
  } = sketch;
  const health = channelHealth(sketch);
  const spread = batchError ?? independentError(sketch);
  const size = magnitude(sketch);
  const ends = saturation(sketch);
  const loss = formatLoss(sketch);
  return {
    record,
    ...(health === undefined ? {} : { channelHealth: health }),
    ...(spread === undefined ? {} : { batchError: spread }),
    ...(size === undefined ? {} : { magnitude: size }),
    ...(ends === undefined ? {} : { saturation: ends }),
    ...(loss === undefined ? {} : { formatLoss: loss }),
    ...((gamma ?? beta) === undefined ? {} : { affine: true as const }),
    ...(runningMean === undefined ? {} : { running: true as const }),
    ...recordOptions,
    ...counts,
    ...(firstNonFinite === undefined ? {} : { firstNonFinite }),
    methods: summarizeMethods(methods, percentiles),
  };
}

function summarizeMethods(
  methods: RecordSketch['methods'],
  percentiles: readonly number[],
): RecordSummary['methods'] {
  const summaries: Partial<Record<Method, MethodSummary | NotApplicable>> = {};
  for (const method of METHODS) {
    const each: MethodSketch | NotApplicable | undefined = methods[method];
    if (each === undefined) continue;
    // Methods that are the same for a record share one sketch.
    const same = METHODS.find((other) => methods[other] === each) ?? method;
    summaries[method] = summaries[same] ?? (isDefined(each) ? summarizeMethod(each, percentiles) : each);
  }
  return summaries as RecordSummary['methods'];
}

function summarizeMethod(method: MethodSketch, percentiles: readonly number[]): MethodSummary {
  const { sketch, mean, variance, unitCount, unitMean, unitVariance, constantUnits, units } = method;
  const isEmpty = sketch.count === 0;
  const summary: { -readonly [Key in keyof MethodSummary]: MethodSummary[Key] } = {
    mean,
    variance,
    min: isEmpty ? Number.NaN : sketch.min,
    max: isEmpty ? Number.NaN : sketch.max,
    percentiles: percentilesOf(sketch, percentiles),
    unitCount,
  };
  if (unitMean !== undefined) summary.unitMean = unitMean;
  if (unitVariance !== undefined) summary.unitVariance = unitVariance;
  if (constantUnits !== undefined) summary.constantUnits = constantUnits;
  if (units !== undefined) summary.units = units;
  return summary;
}
