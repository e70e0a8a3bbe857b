import { isDefined, type RankSpread } from '../../model/analysis';
import type { RecordSketch } from '../record/recordSketch';
import { independentError } from './independentError';

/**
 * Measures how far apart the ranks' own batch statistics are: for each channel, the standard deviation over ranks of
 * the mean µ_B (biased, from their mean), relative to the channel's σ over all ranks together. This is the cost of
 * batch normalization without synchronization. Returns undefined with fewer than two ranks. Skips channels that are
 * constant or have no finite value on some rank.
 */
export function rankSpread(
  merged: RecordSketch,
  ranks: readonly (readonly [rank: number, sketch: RecordSketch])[],
): RankSpread | undefined {
  const together = merged.methods.none;
  const each = ranks.flatMap(([, { methods }]) => (isDefined(methods.none) ? [methods.none] : []));
  if (!isDefined(together) || each.length < 2) return undefined;
  let sum = 0;
  let channels = 0;
  let greatest = Number.NaN;
  let greatestChannel = -1;
  for (let c = 0; c < together.channelStd.length; c++) {
    const means = each.map(({ channelMean }) => channelMean[c]);
    const mean = means.reduce((total, value) => total + value, 0) / means.length;
    const variance = means.reduce((total, value) => total + (value - mean) ** 2, 0) / means.length;
    const spread = Math.sqrt(variance) / together.channelStd[c];
    if (!Number.isFinite(spread)) continue;
    sum += spread;
    channels++;
    if (!(spread <= greatest)) {
      greatest = spread;
      greatestChannel = c;
    }
  }
  if (channels === 0) return undefined;
  const expected = expectedSpread(ranks.map(([, sketch]) => sketch));
  return {
    ranks: ranks.map(([rank]) => rank),
    ...(expected === undefined ? {} : { expected }),
    mean: sum / channels,
    greatest,
    greatestChannel,
  };
}

/** The expected biased deviation of R means with a given standard error is that error times √((R − 1)/R). */
function expectedSpread(ranks: readonly RecordSketch[]): number | undefined {
  const errors = ranks.flatMap((sketch) => (sketch.batchError ?? independentError(sketch))?.mean ?? []);
  if (errors.length < ranks.length) return undefined;
  const square = errors.reduce((sum, error) => sum + error * error, 0) / errors.length;
  return Math.sqrt((square * (errors.length - 1)) / errors.length);
}
