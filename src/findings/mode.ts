import { t } from '@vscode/l10n';
import type { LayerEntry } from '../model/catalog';
import type { Finding } from '../model/findings';
import type { Series } from '../model/series';
import { allSeries } from '../model/series';
import type { Detector } from './detector';
import { listed } from './input';
import { className, isBatchNorm } from './modules';

interface Change {
  readonly layer: LayerEntry;
  readonly step: number;
  readonly before: number;
  readonly variant: number;
  readonly toTraining: boolean;
}

/**
 * Finds layers whose mode changes exactly once within a run: batch normalization with running statistics, and
 * dropout. If a mode changes back, the steps in between are an evaluation. Returns one finding per step and
 * direction. If some layers change to training, they were probably frozen, and `model.train()` unfroze them by
 * accident. If some layers change to evaluation, they are usually frozen on purpose.
 */
export const modeFindings: Detector = function* ({ catalog }) {
  const changes = new Map<string, Change[]>();
  const sensitive = new Set<number>();
  const seen = new Set<number>();
  for (const series of allSeries(catalog)) {
    const layer = catalog.layers[series[0].layer];
    if (!isModal(layer)) continue;
    sensitive.add(layer.id);
    const change = changeIn(layer, series);
    yield;
    // All ranks and calls of a layer change together, so report the first one.
    if (change === undefined || seen.has(layer.id)) continue;
    seen.add(layer.id);
    const key = `${change.step} ${change.toTraining}`;
    changes.set(key, [...(changes.get(key) ?? []), change]);
  }
  return [...changes.values()].map((all) => findingOf(all, all.length === sensitive.size));
};

/** Whether a layer behaves differently in training and in evaluation. */
function isModal(layer: LayerEntry): boolean {
  const isNorm = isBatchNorm(layer) || /^InstanceNorm/u.test(className(layer));
  const hasStatistics = isNorm && layer.parameters?.running_mean !== undefined;
  return hasStatistics || /Dropout|DropPath/u.test(className(layer));
}

function changeIn(layer: LayerEntry, series: Series): Change | undefined {
  const known = series.filter(({ training }) => training !== undefined);
  const places = known.flatMap(({ training }, i) => (i > 0 && training !== known[i - 1].training ? [i] : []));
  const [at] = places;
  // A change at the last record alone may be an evaluation.
  if (places.length !== 1 || known.length - at < 2) return undefined;
  const { step, variant, training } = known[at];
  return { layer, step, before: known[at - 1].step, variant, toTraining: training === true };
}

function findingOf(all: readonly Change[], areAll: boolean): Finding {
  const [{ layer, step, before, variant, toTraining }] = all;
  const names = listed(all.map((each) => each.layer.name));
  const title =
    all.length === 1
      ? toTraining
        ? t('{0} changed from eval to train at step {1}', layer.name, step)
        : t('{0} changed from train to eval at step {1}', layer.name, step)
      : toTraining
        ? t(
            '{0} and {1} more layers changed from eval to train at step {2}',
            layer.name,
            all.length - 1,
            step,
          )
        : t(
            '{0} and {1} more layers changed from train to eval at step {2}',
            layer.name,
            all.length - 1,
            step,
          );
  return {
    kind: 'mode',
    severity: toTraining || areAll ? 'warning' : 'note',
    layer: layer.id,
    layers: all.map((each) => each.layer.id),
    step,
    variant,
    title,
    evidence: toTraining
      ? t('{0}: in evaluation mode up to step {1}, in training mode since step {2}.', names, before, step)
      : t('{0}: in training mode up to step {1}, in evaluation mode since step {2}.', names, before, step),
    why: toTraining
      ? t(
          'Batch normalization in training mode normalizes by batch statistics and updates its running statistics, which must not change in a frozen layer.',
        )
      : t('In evaluation mode batch normalization uses its running statistics and no longer updates them.'),
    advice: toTraining
      ? t(
          'model.train() puts every module into training mode: call eval() on frozen layers again after it, or override train().',
        )
      : t(
          'If this was an evaluation, call model.train() after it. If the layers are meant to be frozen, nothing is wrong.',
        ),
    refute: t('A schedule that freezes or unfreezes these layers at this step.'),
  };
}
