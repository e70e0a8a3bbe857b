import { isDefined } from '../../model/analysis';
import type { RecordEntry } from '../../model/catalog';
import type { Storage } from '../../model/storage';
import type { RecordSketch } from '../record/recordSketch';
import { precisionOf } from '../statistics/precision';

/** Elements of a channel below which having one value says nothing. */
const FEWEST = 8;

/** What storage took away of a record: by the recorder's word, else as far as the values tell; undefined where nothing. */
export function storageOf({ dtype, narrowed }: RecordEntry, sketch: RecordSketch): Storage | undefined {
  if (narrowed === undefined) return undefined;
  const error = narrowed.error ?? roundingIn(sketch, precisionOf(dtype)?.relative);
  return { dtype, ...narrowed, ...(error === undefined ? {} : { error }) };
}

/**
 * The greatest rounding of a value one deviation from its channel's mean, in deviations, by the stored moments. Of a
 * channel in which one value is left nobody knows the deviation: 1, which is also the most that is told.
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
