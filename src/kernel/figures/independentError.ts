import { type BatchError, isDefined } from '../../model/analysis';
import type { RecordSketch } from '../record/recordSketch';

/**
 * Returns the standard errors of a batch's statistics if each sample has one value per channel: σ/√(N − 1) for the
 * mean, with the biased σ, and σ/√(2(N − 1)) for the deviation, as for normal values. Returns undefined with fewer than
 * two samples, and if samples are unknown or have several positions; record/batchError.ts derives the error of those
 * from their own spread.
 */
export function independentError({ methods, counts }: RecordSketch): BatchError | undefined {
  if (!isDefined(methods.none) || isDefined(methods.instance)) return undefined;
  const channels = methods.none.channelMean.length;
  const samples = channels === 0 ? 0 : Math.round(counts.count / channels);
  if (samples < 2) return undefined;
  return { samples, mean: 1 / Math.sqrt(samples - 1), deviation: 1 / Math.sqrt(2 * (samples - 1)) };
}
