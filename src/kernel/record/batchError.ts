import type { BatchError } from '../../model/analysis';
import { ArenaMoments } from '../simd/arenaMoments';
import type { Moments } from '../statistics/moments';

/**
 * Measures how precisely a batch of N samples determines the mean and the deviation for batch normalization. Samples
 * are independent, but positions within one sample are not. Therefore the standard errors follow from how the samples'
 * means µ_n and mean squared deviations from the channel's mean, q_n = σ²_n + (µ_n − µ)², vary. Let s be the unbiased
 * deviation over samples:
 *
 *   error of µ: s(µ_n)/√N, in σ;   error of σ: s(q_n)/(2 σ² √N), by σ = √(σ²) to first order.
 *
 * `moments` has unit n·C + c. Returns root mean squares over channels, and skips channels that are constant or have no
 * finite value in a sample. Returns undefined with fewer than two samples, and if no channel remains. Of moments in an
 * arena's memory, its loop computes the sums.
 */
export function batchError(moments: Moments, samples: number, channels: number): BatchError | undefined {
  if (samples < 2) return undefined;
  const sums = moments instanceof ArenaMoments ? arenaSums(moments, samples, channels) : undefined;
  const { means, deviations, known } = sums ?? sumsOf(moments, samples, channels);
  return known === 0
    ? undefined
    : { samples, mean: Math.sqrt(means / known), deviation: Math.sqrt(deviations / known) };
}

/** Sums over channels of the squared errors in σ, and the number of channels in them. */
interface ErrorSums {
  readonly means: number;
  readonly deviations: number;
  readonly known: number;
}

/** Undefined if the arena has no room. */
function arenaSums(
  { arena, address }: ArenaMoments,
  samples: number,
  channels: number,
): ErrorSums | undefined {
  const at = arena.room(8 * 3);
  if (at === undefined) return undefined;
  arena.code.batchError(address, samples, channels, at);
  const [means, deviations, known] = arena.float64(at, 3);
  return { means, deviations, known };
}

function sumsOf({ count, mean, m2 }: Moments, samples: number, channels: number): ErrorSums {
  let [means, deviations, known] = [0, 0, 0];
  for (let c = 0; c < channels; c++) {
    let center = 0;
    for (let n = 0; n < samples; n++)
      center += count[n * channels + c] > 0 ? mean[n * channels + c] : Number.NaN;
    center /= samples;
    let [ofMean, variance] = [0, 0];
    for (let n = 0; n < samples; n++) {
      const unit = n * channels + c;
      const d = mean[unit] - center;
      ofMean += d * d;
      variance += m2[unit] / count[unit] + d * d;
    }
    variance /= samples;
    if (!(variance > 0)) continue;
    let ofSquare = 0;
    for (let n = 0; n < samples; n++) {
      const unit = n * channels + c;
      ofSquare += (m2[unit] / count[unit] + (mean[unit] - center) ** 2 - variance) ** 2;
    }
    const perError = samples * (samples - 1);
    means += ofMean / perError / variance;
    deviations += ofSquare / perError / (4 * variance * variance);
    known++;
  }
  return { means, deviations, known };
}
