import { t } from '@vscode/l10n';
import type { Magnitude } from '../model/analysis';
import type { Finding } from '../model/findings';
import { flatMapInTurns } from '../model/inTurns';
import type { Detector } from './detector';
import { figure } from './input';
import { isAtEnd, type Measured, type MeasuredLayer, measuredLayers, sinceWhen } from './measured';
import { earliest } from './origin';
import { holdsIn } from './words';

/**
 * A peak this many times larger than at the previous record is sudden. In language models, peaks develop over
 * thousands of steps.
 */
const SUDDEN = 10;
/** Minimum number of channels. Layers with fewer channels are often uneven. */
const LEAST_CHANNELS = 32;
/**
 * Minimum kurtosis, as a share of its maximum, which is the number of channels. At this value, one channel holds
 * √(1/3) of the sum of squares.
 */
const ONE_CHANNEL = 1 / 3;
/** Minimum increase over the kurtosis at the first record, so that unevenness from the initialization is ignored. */
const RISEN = 4;

interface Massive {
  readonly measured: MeasuredLayer;
  readonly since: Measured;
  readonly last: Measured;
  readonly isSudden: boolean;
}

/**
 * Finds layers with massive activations up to the last record: values above 100 and above 1,000 times the median
 * magnitude [Sun et al. 2024, §2], or one channel that came to hold most of the layer [channel kurtosis: He et al.
 * 2024]. Returns one finding, because massive activations propagate along the residual stream. It is a note, because
 * trained language models work with them, or a warning if they appeared between two records.
 */
export const massiveFindings: Detector = function* (input) {
  const found = yield* flatMapInTurns(measuredLayers(input), massiveIn);
  return found.length === 0 ? [] : [findingOf(found)];
};

function massiveIn(measured: MeasuredLayer): Massive[] {
  const { known } = measured;
  if (!isAtEnd(measured)) return [];
  const finite = known.filter(
    ({ summary }) => summary.magnitude !== undefined && 2 * summary.finite >= summary.count,
  );
  const first = finite[0]?.summary.magnitude;
  if (first === undefined) return [];
  const since = sinceWhen(finite, (each) => isMassive(each, first));
  if (since === finite.length) return [];
  const isSudden = since > 0 && greatestOf(finite[since]) >= SUDDEN * greatestOf(finite[since - 1]);
  return [{ measured, since: finite[since], last: finite[finite.length - 1], isSudden }];
}

function isMassive({ summary }: Measured, first: Magnitude): boolean {
  const { magnitude } = summary;
  if (magnitude === undefined) return false;
  if (magnitude.massive !== undefined) return true;
  const { kurtosis = 1, channels = 0 } = magnitude;
  return (
    channels >= LEAST_CHANNELS &&
    kurtosis >= ONE_CHANNEL * channels &&
    kurtosis >= RISEN * (first.kurtosis ?? kurtosis)
  );
}

function greatestOf({ summary }: Measured): number {
  return summary.magnitude?.greatest ?? Number.NaN;
}

/** `largest`: the channel with the largest value, which may be large only beside the others. */
function titleOf(massive: Magnitude['massive'], largest: number, layer: string, step: number): string {
  const { channels = [largest], count = 1 } = massive ?? {};
  if (count > channels.length)
    return t('{0} channels of {1} have been massive since step {2}', count, layer, step);
  return count === 1
    ? t('Channel {0} of {1} has been massive since step {2}', channels[0], layer, step)
    : t('Channels {0} of {1} have been massive since step {2}', channels.join(', '), layer, step);
}

function findingOf(all: readonly Massive[]): Finding {
  const origin = earliest(all, ({ since }) => since.record.step);
  const { measured, since, last } = origin;
  const { layer } = measured;
  const { step, variant } = since.record;
  const {
    median = Number.NaN,
    greatest = Number.NaN,
    channel = 0,
    place,
    kurtosis = 1,
    channels = 0,
  } = last.summary.magnitude ?? {};
  const figures = [figure(greatest), channel, figure(median), figure(kurtosis), channels] as const;
  const where =
    place === undefined
      ? t(
          '|x| reaches {0} in channel {1} at the last step; the median is {2}. The channel kurtosis is {3} (maximum {4}).',
          ...figures,
        )
      : t(
          '|x| reaches {0} in channel {1} at the last step, in sample {5} at position {6}; the median is {2}. The channel kurtosis is {3} (maximum {4}).',
          ...[...figures, place.sample, place.position],
        );
  return {
    kind: 'massive',
    severity: all.some(({ isSudden }) => isSudden) ? 'warning' : 'note',
    layer: layer.id,
    layers: all.map((each) => each.measured.layer.id),
    step,
    variant,
    title: titleOf(last.summary.magnitude?.massive, channel, layer.name, step),
    evidence: holdsIn(
      where,
      all.map((each) => each.measured.layer.name),
    ),
    why: t(
      'A few values this large determine the scale of a whole layer: quantization and narrow number formats lose the other values, and layer normalization divides by them.',
    ),
    advice: t(
      'Check the weights of massive channels and the first step that shows them. In language models they are common at the first token, and matter only for quantization.',
    ),
    refute: t('An input feature whose scale differs from the others on purpose.'),
  };
}
