import { type ChannelHealth, HEALTH_ELEMENTS, isDefined } from '../../model/analysis';
import type { RecordSketch } from '../record/recordSketch';

/** Maximum number of channels to list; a longer list adds nothing. */
const LISTED = 4096;
/** A deviation this small relative to the mean is rounding. */
const CONSTANT = 1e-7;

/**
 * Finds channels that are 0 everywhere, that are constant, and whose variance is below a tenth of ε, so that ε and not
 * the data scales them. Returns undefined if there are none, or if channels have too few elements.
 */
export function channelHealth({ counts, methods, epsilon }: RecordSketch): ChannelHealth | undefined {
  if (!isDefined(methods.none)) return undefined;
  const { channelMean, channelStd } = methods.none;
  const channels = channelStd.length;
  if (channels === 0 || counts.count / channels < HEALTH_ELEMENTS) return undefined;
  const zero: number[] = [];
  const constant: number[] = [];
  let [collapsed, unlisted] = [0, 0];
  for (let c = 0; c < channels; c++) {
    const mean = channelMean[c];
    const std = channelStd[c];
    if (std <= CONSTANT * Math.abs(mean)) {
      const list = mean === 0 ? zero : constant;
      if (list.length < LISTED) list.push(c);
      else unlisted++;
    } else if (std * std < epsilon / 10) collapsed++;
  }
  return zero.length + constant.length + collapsed === 0
    ? undefined
    : { channels, zero, constant, collapsed, ...(unlisted > 0 && { unlisted }) };
}
