import { isDefined, type Magnitude } from '../../model/analysis';
import type { RecordLoops } from '../record/recordLoops';
import type { MethodSketch, RecordSketch } from '../record/recordSketch';
import { type CountBelow, countsBelow } from './shares';

/** A value above both limits is massive: 100, and 1,000 times the median of |x| [Sun et al. 2024, §2]. */
const MASSIVE = 100;
const MASSIVE_MEDIANS = 1000;
/** Maximum share of massive values. Values that fill a tenth of a layer are a mask, or another kind of value. */
const MOST = 0.1;
/** Maximum number of channels to list. */
const LISTED = 8;
/** Relative accuracy of the median; a cell of the histogram is wider. */
const EXACTNESS = 1e-4;
/** Maximum number of bisections to find the median. */
const HALVINGS = 53;

/**
 * Computes the median and the maximum of |x|, the channels with massive values, and how uneven the channels are.
 * Returns undefined if there is no finite value. `loops`: those that have the record's raw values loaded.
 */
export function magnitude({ methods, peakPlace }: RecordSketch, loops?: RecordLoops): Magnitude | undefined {
  const raw = methods.none;
  if (!isDefined(raw) || raw.sketch.count === 0) return undefined;
  const { min, max } = raw.sketch;
  const greatest = Math.max(Math.abs(min), Math.abs(max));
  const median = loops?.medianMagnitude(greatest, EXACTNESS, HALVINGS) ?? medianMagnitude(raw, greatest);
  const figures: { -readonly [Key in keyof Magnitude]: Magnitude[Key] } = { median, greatest };
  if (peakPlace !== undefined) figures.place = peakPlace;
  const { channelPeak } = raw;
  if (channelPeak === undefined || channelPeak.length === 0) return figures;
  figures.channels = channelPeak.length;
  figures.channel = positionOfGreatest(channelPeak);
  figures.deviation = deviationWithin(raw);
  const limit = Math.max(MASSIVE, MASSIVE_MEDIANS * median);
  if (greatest > limit && shareBeyond(raw, limit, loops?.countBelow ?? countsBelow(raw.sketch)) <= MOST)
    figures.massive = beyond(channelPeak, limit);
  const kurtosis = kurtosisOfChannels(raw);
  if (!Number.isNaN(kurtosis)) figures.kurtosis = kurtosis;
  return figures;
}

/** Finds, by bisection, the v for which half of the nonzero values are in [-v, v]. */
function medianMagnitude({ sketch }: MethodSketch, greatest: number): number {
  const below = countsBelow(sketch);
  const zeros = sketch.zeros || 0;
  const half = zeros + (sketch.count - zeros) / 2;
  let [low, high] = [0, greatest];
  for (let i = 0; i < HALVINGS && high - low > EXACTNESS * high; i++) {
    const middle = low + (high - low) / 2;
    if (below(middle) - below(-middle) < half) low = middle;
    else high = middle;
  }
  return high;
}

function shareBeyond({ sketch }: MethodSketch, limit: number, below: CountBelow): number {
  return 1 - (below(limit) - below(-limit)) / sketch.count;
}

/** Returns the deviation within channels that have a finite value. */
function deviationWithin({ channelStd }: MethodSketch): number {
  let [squares, channels] = [0, 0];
  for (let c = 0; c < channelStd.length; c++) {
    const std = channelStd[c];
    if (Number.isNaN(std)) continue;
    squares += std * std;
    channels++;
  }
  return Math.sqrt(squares / channels);
}

function positionOfGreatest(values: Float64Array): number {
  let greatest = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[greatest]) greatest = i;
  return greatest;
}

function beyond(peaks: Float64Array, limit: number): NonNullable<Magnitude['massive']> {
  const channels: number[] = [];
  let count = 0;
  for (let c = 0; c < peaks.length; c++) {
    if (peaks[c] <= limit) continue;
    count++;
    if (channels.length < LISTED) channels.push(c);
  }
  return { channels, count };
}

/**
 * Returns the kurtosis over channels; NaN if all channels are 0 or unknown. Values are relative to the largest, so that
 * no fourth power overflows.
 */
function kurtosisOfChannels({ channelMean, channelStd }: MethodSketch): number {
  let largest = 0;
  for (let c = 0; c < channelMean.length; c++)
    largest = Math.max(largest, Math.abs(channelMean[c]) || 0, channelStd[c] || 0);
  let [squares, fourths, channels] = [0, 0, 0];
  for (let c = 0; c < channelMean.length; c++) {
    const mean = channelMean[c] / largest;
    const std = channelStd[c] / largest;
    const square = mean * mean + std * std;
    if (!Number.isFinite(square)) continue;
    squares += square;
    fourths += square * square;
    channels++;
  }
  return (channels * fourths) / (squares * squares);
}
