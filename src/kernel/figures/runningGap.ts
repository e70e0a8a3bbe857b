import { isDefined, type RunningGap } from '../../model/analysis';
import type { RecordSketch } from '../record/recordSketch';

/**
 * Measures the gap between the batch's statistics and the running statistics, which evaluation mode uses: (µ_B − µ)/σ
 * and (σ²_B − σ²)/σ² of each channel with the running µ and σ². The running variance is unbiased, so the batch's
 * variance is also multiplied by n/(n − 1) [Ioffe & Szegedy 2015, alg. 2]. Returns root mean squares over the channels
 * with σ > 0. In training mode, the recorded running statistics already include this batch. Returns undefined if no
 * channel can be compared.
 */
export function runningGap(
  { methods, counts, epsilon }: RecordSketch,
  mean: ArrayLike<number>,
  variance: ArrayLike<number>,
): RunningGap | undefined {
  if (!isDefined(methods.none)) return undefined;
  const { channelMean, channelStd } = methods.none;
  const n = counts.count / channelMean.length;
  if (channelMean.length !== mean.length || n < 2) return undefined;
  let [means, variances, channels, off] = [0, 0, 0, 0];
  let [greatest, greatestChannel] = [-1, -1];
  for (let c = 0; c < mean.length; c++) {
    const ofMean = (channelMean[c] - mean[c]) / Math.sqrt(variance[c]);
    const ofVariance = (channelStd[c] ** 2 * (n / (n - 1)) - variance[c]) / variance[c];
    if (!Number.isFinite(ofMean) || !Number.isFinite(ofVariance)) continue;
    means += ofMean ** 2;
    variances += ofVariance ** 2;
    channels++;
    const scale = Math.sqrt(variance[c] + epsilon);
    const [center, deviation] = [Math.abs(channelMean[c] - mean[c]) / scale, channelStd[c] / scale];
    // A channel without spread has none after any scaling.
    if (center > 1 || deviation > 2 || (deviation < 0.5 && channelStd[c] > 0)) off++;
    if (Math.abs(ofMean) > greatest) [greatest, greatestChannel] = [Math.abs(ofMean), c];
  }
  return channels === 0
    ? undefined
    : {
        mean: Math.sqrt(means / channels),
        variance: Math.sqrt(variances / channels),
        greatestMean: greatest,
        greatestChannel,
        off: off / channels,
        correction: n / (n - 1),
      };
}
