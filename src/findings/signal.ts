import { t } from '@vscode/l10n';
import type { LayerEntry } from '../model/catalog';
import { isResolved } from '../model/storage';
import type { Candidate, Detector } from './detector';
import { figure, listed } from './input';
import { isAtEnd, type Measured, type MeasuredLayer, measuredLayers, signalOf, sinceWhen } from './measured';
import { isNormInput, isPassing } from './modules';
import { earliest } from './origin';

/**
 * Maximum standard deviation within channels, as a multiple of the median of |x|, at which the output hardly depends
 * on the input. At this limit, the values equal the biases to within 1 %.
 */
const LOST = 0.01;
/** Minimum for an earlier layer that carries a signal, which shows that the inputs differ. */
const PRESENT = 0.1;
/** Minimum number of channels. With fewer, chance or the scale of a target can make them constant. */
const LEAST_CHANNELS = 8;
/** Minimum number of values per channel. */
const LEAST_VALUES = 16;

interface Lost {
  readonly layer: LayerEntry;
  readonly step: number;
  readonly variant: number;
  readonly share: number;
  readonly isFromStart: boolean;
}

/**
 * Finds layers whose output is nearly the same for every input at their last two finite records: the standard
 * deviation within channels (root mean square over channels) is below 1 % of the median of |x|, while an earlier
 * layer has at least 10 %. Saturated or badly scaled layers lose the input in this way [Glorot & Bengio 2010], and
 * later layers can learn only a bias.
 */
export const signalFindings: Detector = function* (input) {
  const lost: Lost[] = [];
  let source: LayerEntry | undefined;
  for (const measured of measuredLayers(input)) {
    const { layer } = measured;
    // The output scale of a normalization layer is set by γ.
    if (layer.input === undefined && !isNormInput(layer) && !isPassing(layer)) {
      const own = lostIn(measured);
      if (own !== undefined && source !== undefined) lost.push(own);
      else if (lastShare(measured) >= PRESENT) source ??= layer;
    }
    yield;
  }
  return source === undefined || lost.length === 0 ? [] : [findingOf(lost, source)];
};

/** Standard deviation within channels over the median of |x|; NaN if unknown. */
function shareOf({ summary }: Measured): number {
  const { magnitude, storage, count } = summary;
  if (magnitude === undefined || !isResolved(storage)) return Number.NaN;
  const { channels = 0, median } = magnitude;
  const isMeasurable = channels >= LEAST_CHANNELS && count >= LEAST_VALUES * channels;
  return isMeasurable ? signalOf(summary) / median : Number.NaN;
}

function lastShare({ known }: MeasuredLayer): number {
  return known.length === 0 ? Number.NaN : shareOf(known[known.length - 1]);
}

function lostIn(measured: MeasuredLayer): Lost | undefined {
  const { layer } = measured;
  if (!isAtEnd(measured)) return undefined;
  const known = measured.known.filter((each) => !Number.isNaN(shareOf(each)));
  const since = sinceWhen(known, (each) => shareOf(each) < LOST);
  if (known.length - since < Math.min(2, measured.series.length)) return undefined;
  const share = shareOf(known[known.length - 1]);
  // A constant layer is reported as dead channels.
  if (!(share > 0)) return undefined;
  const { step, variant } = known[since].record;
  return { layer, step, variant, share, isFromStart: since === 0 };
}

function findingOf(lost: readonly Lost[], source: LayerEntry): Candidate {
  const first = earliest(lost, (each) => each.step);
  const { layer, step, variant, share, isFromStart } = first;
  const names = lost.map((each) => each.layer.name);
  const percent = figure(100 * share);
  return {
    kind: 'signal',
    severity: 'warning',
    layer: layer.id,
    layers: lost.map((each) => each.layer.id),
    step,
    variant,
    title: isFromStart
      ? t('The output of {0} hardly depends on the input', layer.name)
      : t('The output of {0} hardly depends on the input since step {1}', layer.name, step),
    evidence:
      lost.length === 1
        ? t(
            'At the last step, the standard deviation within its channels is {0} % of the median of |x|. {1} still has more than 10 %.',
            ...[percent, source.name],
          )
        : t(
            'At the last step, the standard deviation within its channels is {0} % of the median of |x|. {1} still has more than 10 %. It is below 1 % in {2} layers: {3}.',
            ...[percent, source.name, lost.length, listed(names)],
          ),
    why: t(
      'Values that are the same for all inputs carry no information: later layers can only learn a bias.',
    ),
    advice: t(
      'Compare this layer with the one before it. Normalize before the activation, use a larger initialization, or replace saturating activations.',
    ),
    refute: t(
      'A layer whose values are meant to be large and nearly equal, such as a regression with a large offset.',
    ),
  };
}
