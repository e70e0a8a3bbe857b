import { type BatchError, isDefined } from '../../model/analysis';
import type { RecordSketch } from '../record/recordSketch';

/**
 * The error of a batch's statistics where each sample has one value in a channel: of the mean σ/√(N − 1) by the biased σ, of
 * the deviation σ/√(2(N − 1)), as for normal values. Undefined with under two samples, and where samples have several
 * positions or are not known; those have an error by their own spread, see record/batchError.ts.
 */
export function independentError({ methods, counts }: RecordSketch): BatchError | undefined {
  if (!isDefined(methods.none) || isDefined(methods.instance)) return undefined;
  const channels = methods.none.channelMean.length;
  const samples = channels === 0 ? 0 : Math.round(counts.count / channels);
  if (samples < 2) return undefined;
  return { samples, mean: 1 / Math.sqrt(samples - 1), deviation: 1 / Math.sqrt(2 * (samples - 1)) };
}
