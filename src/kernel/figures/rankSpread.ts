import { isDefined, type RankSpread } from '../../model/analysis';
import type { RecordSketch } from '../record/recordSketch';
import { independentError } from './independentError';

/**
 * How far the ranks' own batch statistics lie apart: for each channel the standard deviation over ranks of the mean µ_B
 * (biased, from their mean), relative to the channel's σ over all ranks together. It is what batch normalization pays
 * for not being synchronized. Undefined with under two ranks. Channels that are constant or hold no finite value on
 * some rank are left out.
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

/** Of R means with a standard error each, the biased deviation is that error times √((R − 1)/R). */
function expectedSpread(ranks: readonly RecordSketch[]): number | undefined {
  const errors = ranks.flatMap((sketch) => (sketch.batchError ?? independentError(sketch))?.mean ?? []);
  if (errors.length < ranks.length) return undefined;
  const square = errors.reduce((sum, error) => sum + error * error, 0) / errors.length;
  return Math.sqrt((square * (errors.length - 1)) / errors.length);
}
