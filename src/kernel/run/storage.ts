import { isDefined } from '../../model/analysis';
import type { RecordEntry } from '../../model/catalog';
import type { Storage } from '../../model/storage';
import type { RecordSketch } from '../record/recordSketch';
import { precisionOf } from '../statistics/precision';

/** Elements of a channel below which having one value says nothing. */
const FEWEST = 8;

/** What storage lost of a record: as the recorder says, otherwise as the values show; undefined if nothing. */
export function storageOf({ dtype, narrowed }: RecordEntry, sketch: RecordSketch): Storage | undefined {
  if (narrowed === undefined) return undefined;
  const error = narrowed.error ?? roundingIn(sketch, precisionOf(dtype)?.relative);
  return { dtype, ...narrowed, ...(error === undefined ? {} : { error }) };
}

/**
 * The largest rounding of a value one standard deviation from its channel's mean, in standard deviations, from the
 * stored moments. If a channel has only one distinct value left, its deviation is unknown: 1, which is also the maximum
 * that is reported.
 */
function roundingIn({ counts, methods }: RecordSketch, rounding: number | undefined): number | undefined {
  if (rounding === undefined || !isDefined(methods.none)) return undefined;
  const { channelMean, channelStd } = methods.none;
  if (counts.count / channelStd.length < FEWEST) return undefined;
  let greatest = 0;
  for (let c = 0; c < channelStd.length; c++) {
    const [mean, std] = [Math.abs(channelMean[c]), channelStd[c]];
    if (mean + std > 0) greatest = Math.max(greatest, Math.min(1, (rounding * (mean + std)) / std));
  }
  return greatest;
}
