import {
  isDefined,
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
  const summaries = Object.fromEntries(
    Object.entries(methods).map(([method, each]) => [
      method,
      isDefined(each) ? summarizeMethod(each, percentiles) : each,
    ]),
  ) as Record<Method, MethodSummary | NotApplicable>;
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
    methods: summaries,
  };
}

function summarizeMethod(method: MethodSketch, percentiles: readonly number[]): MethodSummary {
  const { sketch, mean, variance, unitCount, unitMean, unitVariance, constantUnits, units } = method;
  return {
    mean,
    variance,
    min: sketch.count === 0 ? Number.NaN : sketch.min,
    max: sketch.count === 0 ? Number.NaN : sketch.max,
    percentiles: percentilesOf(sketch, percentiles),
    unitCount,
    ...(unitMean === undefined ? {} : { unitMean }),
    ...(unitVariance === undefined ? {} : { unitVariance }),
    ...(constantUnits === undefined ? {} : { constantUnits }),
    ...(units === undefined ? {} : { units }),
  };
}
