import { t } from '@vscode/l10n';
import { isDefined, type Method, type RecordSummary } from '../model/analysis';
import type { LayerEntry } from '../model/catalog';
import type { Finding } from '../model/findings';
import { flatMapInTurns } from '../model/inTurns';
import { isResolved } from '../model/storage';
import type { Detector } from './detector';
import { figure } from './input';
import { isAtEnd, type Measured, type MeasuredLayer, measuredLayers, sinceWhen } from './measured';
import { className, isBatchNorm, isOwn } from './modules';
import { earliest } from './origin';
import { holdsIn } from './words';

/** σ² below this share of ε makes x̂ less than a third of its size without ε. */
const OF_EPSILON = 0.1;
/** Minimum share of channels with collapsed variance, for batch normalization. */
const LEAST_CHANNELS = 0.1;

interface Collapsed {
  readonly measured: MeasuredLayer;
  readonly reader: LayerEntry;
  readonly since: Measured;
  readonly last: RecordSummary;
}

/**
 * Finds inputs of normalization layers whose variance stays below a tenth of ε up to the last record. For batch
 * normalization, a share of the channels is enough; for layer, group, and instance normalization, all units must be
 * below. The test uses the quantity that the layer divides by. For RMS normalization, and for classes with an unknown
 * formula, that is the mean square.
 */
export const collapsedFindings: Detector = function* (input) {
  const { layers } = input.catalog;
  const found = yield* flatMapInTurns(measuredLayers(input), (measured): Collapsed[] => {
    const { layer, known } = measured;
    const reader = layer.normalizedBy === undefined ? undefined : layers[layer.normalizedBy];
    if (reader === undefined || !isAtEnd(measured)) return [];
    const finite = known.filter(({ summary }) => !(summary.finite === 0));
    const since = sinceWhen(finite, ({ summary }) => isCollapsed(summary, reader));
    if (since === finite.length) return [];
    return [{ measured, reader, since: finite[since], last: finite[finite.length - 1].summary }];
  });
  return found.length === 0 ? [] : [findingOf(found)];
};

function isCollapsed(summary: RecordSummary, reader: LayerEntry): boolean {
  if (!isResolved(summary.storage)) return false;
  if (!isBatchNorm(reader)) return greatestSpread(summary, reader) < OF_EPSILON * summary.epsilon;
  const { channelHealth } = summary;
  return channelHealth !== undefined && channelHealth.collapsed / channelHealth.channels >= LEAST_CHANNELS;
}

/** Largest variance of a unit under the reader's own method. Infinity if unknown, 0 if all values are 0. */
function greatestSpread({ methods }: RecordSummary, reader: LayerEntry): number {
  const summary = methods[methodOf(reader)];
  const greatest = isDefined(summary) ? summary.unitVariance?.max : undefined;
  return greatest === undefined || Number.isNaN(greatest) ? Number.POSITIVE_INFINITY : greatest;
}

/** The mean square is never below the variance, so it is the safe choice if the formula is unknown. */
function methodOf(reader: LayerEntry): Method {
  const [, method] = isOwn(reader) ? [] : (/^(Layer|Group|Instance)Norm/u.exec(className(reader)) ?? []);
  if (method === undefined) return 'rms';
  return method.toLowerCase() as 'layer' | 'group' | 'instance';
}

function findingOf(all: readonly Collapsed[]): Finding {
  const origin = earliest(all, ({ since }) => since.record.step);
  const { measured, reader, since, last } = origin;
  const { layer } = measured;
  const { step, variant } = since.record;
  const { epsilon, channelHealth } = last;
  const isBatch = isBatchNorm(reader);
  const sentence = isBatch
    ? t(
        'σ² of {0} of {1} channels has been below a tenth of ε = {2} since step {3}, so {4} scales them by ε instead of by their own spread.',
        ...[channelHealth?.collapsed ?? 0, channelHealth?.channels ?? 0, figure(epsilon), step, reader.name],
      )
    : methodOf(reader) === 'rms'
      ? t(
          'The mean square of every unit has been below a tenth of ε = {0} since step {1}, so {2} scales them by ε instead of by their own size.',
          ...[figure(epsilon), step, reader.name],
        )
      : t(
          'σ² of every unit has been below a tenth of ε = {0} since step {1}, so {2} scales them by ε instead of by their own spread.',
          ...[figure(epsilon), step, reader.name],
        );
  return {
    kind: 'collapsed',
    severity: 'warning',
    layer: layer.id,
    layers: all.map((each) => each.measured.layer.id),
    step,
    variant,
    title: t('The variance of {0} has been below ε since step {1}', layer.name, step),
    evidence: holdsIn(sentence, all.map(nameOf)),
    why: t(
      'The output of the norm then has far less than unit variance, and its scale follows that of the input.',
    ),
    advice: t(
      'Check what makes the layer’s output so small (its initialization, weight decay, a gain near 0), or choose a smaller ε.',
    ),
    refute: t('An ε that is this large on purpose.'),
  };
}

function nameOf({ measured }: Collapsed): string {
  return measured.layer.name;
}
