import type { BatchSizeFigures } from '../../model/batchSizes';
import { selectRank } from '../../model/selectRank';
import type { SampleChannels } from '../record/sampleChannels';
import type { Moments } from '../statistics/moments';

/**
 * Compares batch normalization of some subsets of a record's samples with that of all its samples. `moments` has unit
 * n·C + c. All figures are over the channels that are not constant, root mean squares if not stated otherwise.
 *
 * A value x = µ + σz of a channel becomes (x − µ_B)/s_B in a batch, where s = √(σ² + ε), and (x − µ)/s in the whole. The
 * difference is z(σ/s_B − σ/s) + (µ − µ_B)/s_B, whose mean square over the channel (z has mean 0 and variance 1) is
 * (σ/s_B − σ/s)² + ((µ − µ_B)/s_B)². The median of its root is the figure `output`: a mean would be that of the few batches
 * whose samples happen to be equal.
 */
export function subBatchFigures(
  moments: Moments,
  { samples, channels }: Pick<SampleChannels, 'samples' | 'channels'>,
  epsilon: number,
  subsets: readonly Int32Array[],
): Omit<BatchSizeFigures, 'size'> {
  const all = Int32Array.from({ length: samples }, (_, n) => n);
  let [mean, deviation, bias] = [0, 0, 0];
  const moves = new Float64Array(channels * subsets.length);
  let batches = 0;
  for (let c = 0; c < channels; c++) {
    const whole = channelOf(moments, channels, c, all);
    if (!(whole.variance > 0)) continue;
    const sigma = Math.sqrt(whole.variance);
    const s = Math.sqrt(whole.variance + epsilon);
    for (const subset of subsets) {
      const batch = channelOf(moments, channels, c, subset);
      if (Number.isNaN(batch.mean)) continue;
      const sBatch = Math.sqrt(batch.variance + epsilon);
      const ratio = Math.sqrt(batch.variance) / sigma - 1;
      mean += ((batch.mean - whole.mean) / sigma) ** 2;
      deviation += ratio * ratio;
      bias += ratio;
      const [scaled, moved] = [sigma / sBatch - sigma / s, (whole.mean - batch.mean) / sBatch];
      moves[batches++] = Math.sqrt(scaled * scaled + moved * moved);
    }
  }
  return {
    mean: Math.sqrt(mean / batches),
    deviation: Math.sqrt(deviation / batches),
    bias: bias / batches,
    output: medianOf(moves.subarray(0, batches)),
  };
}

/** How many independent values a sample is worth to each channel's mean: σ²/Var(µ_n), at least 1; only of channels that vary. */
export function sampleWorths(
  moments: Moments,
  { samples, channels }: Pick<SampleChannels, 'samples' | 'channels'>,
): Float64Array {
  const all = Int32Array.from({ length: samples }, (_, n) => n);
  const worths: number[] = [];
  for (let c = 0; c < channels; c++) {
    const { mean, variance } = channelOf(moments, channels, c, all);
    if (!(variance > 0)) continue;
    let [ofMeans, finite] = [0, 0];
    for (let n = 0; n < samples; n++) {
      if (moments.count[n * channels + c] === 0) continue;
      ofMeans += (moments.mean[n * channels + c] - mean) ** 2;
      finite++;
    }
    if (finite < 2) continue;
    ofMeans /= finite - 1;
    worths.push(ofMeans > 0 ? Math.max(1, variance / ofMeans) : Number.POSITIVE_INFINITY);
  }
  return Float64Array.from(worths);
}

/** The median of values, which are moved; NaN if there are none. */
export function medianOf(values: Float64Array): number {
  const middle = values.length >> 1;
  selectRank(values, middle);
  if (values.length % 2 === 1) return values[middle];
  // No greater value is before the middle.
  let below = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < middle; i++) below = Math.max(below, values[i]);
  return (below + values[middle]) / 2;
}

/** Mean and biased variance of a channel over some samples; NaN if they have no finite value. */
function channelOf(
  { count, mean, m2 }: Moments,
  channels: number,
  c: number,
  samples: Int32Array,
): { mean: number; variance: number } {
  let [values, sum] = [0, 0];
  for (let i = 0; i < samples.length; i++) {
    const unit = samples[i] * channels + c;
    if (count[unit] === 0) continue;
    values += count[unit];
    sum += count[unit] * mean[unit];
  }
  const center = sum / values;
  let squares = 0;
  for (let i = 0; i < samples.length; i++) {
    const unit = samples[i] * channels + c;
    if (count[unit] > 0) squares += m2[unit] + count[unit] * (mean[unit] - center) ** 2;
  }
  return { mean: center, variance: squares / values };
}
