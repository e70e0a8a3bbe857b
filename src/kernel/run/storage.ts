import { isDefined } from '../../model/analysis';
import type { RecordEntry } from '../../model/catalog';
import type { Storage } from '../../model/storage';
import type { RecordSketch } from '../record/recordSketch';
import { precisionOf } from '../statistics/precision';

/** Minimum number of elements of a channel. With fewer, a single value means nothing. */
const FEWEST = 8;

/**
 * Returns the loss from storage of a record, as the recorder states it or, failing that, as the values show; undefined
 * if there is none.
 */
export function storageOf({ dtype, narrowed }: RecordEntry, sketch: RecordSketch): Storage | undefined {
  if (narrowed === undefined) return undefined;
  const error = narrowed.error ?? roundingIn(sketch, precisionOf(dtype)?.relative);
  return { dtype, ...narrowed, ...(error === undefined ? {} : { error }) };
}

/**
 * Returns the largest rounding of a value one standard deviation from its channel's mean, in standard deviations, from
 * the stored moments. If a channel has only one distinct value left, its deviation is unknown: the result is 1, which
 * is also the maximum.
 */
function roundingIn({ counts, methods }: RecordSketch, rounding: number | undefined): number | undefined {
  if (rounding === undefined || !isDefined(methods.none)) return undefined;
  const { channelMean, channelStd } = methods.none;
  if (counts.count / channelStd.length < FEWEST) return undefined;
  let greatest = 0;
  for (let c = 0; c < channelStd.length; c++) {
    const mean = Math.abs(channelMean[c]);
    const std = channelStd[c];
    if (mean + std > 0) greatest = Math.max(greatest, Math.min(1, (rounding * (mean + std)) / std));
  }
  return greatest;
}
