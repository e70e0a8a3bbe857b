import { t } from '@vscode/l10n';
import type { RunningGap } from '../model/analysis';
import type { LayerEntry, RecordEntry } from '../model/catalog';
import type { Finding } from '../model/findings';
import { flatMapInTurns } from '../model/inTurns';
import { seriesOfLayer } from '../model/series';
import type { Detector } from './detector';
import { type FindingsInput, figure } from './input';
import { measuredOf, sinceWhen } from './measured';
import { className } from './modules';
import { earliest } from './origin';
import { holdsIn } from './words';

/** Minimum share of channels that are far from standardized in evaluation mode. */
const OFF = 0.5;
/** Minimum number of steps. After 30 steps, the default momentum of 0.1 leaves 4 % of the initial statistics. */
const SETTLED = 30;
/** Minimum remaining weight of the initial statistics for a momentum that is too small. */
const UNSETTLED = 0.5;
/** Minimum share of channels that are far from standardized, if the momentum is too small. */
const OFF_UNSETTLED = 0.1;
/**
 * Momentum (weight of one batch) from which the running statistics are those of one or two batches. TensorFlow's 0.9
 * is 0.1 here.
 */
const LARGE_MOMENTUM = 0.5;
/**
 * Momentum (weight of one batch) at which a third or more of the initial statistics is left after a thousand steps.
 */
const SMALL_MOMENTUM = 1e-3;
/** n/(n − 1) from which the output changes by 5 %: 11 or fewer values per channel. */
const NOTABLE_CORRECTION = 1.1;

/** One variant of a layer that is read by batch normalization with running statistics. */
interface Gap {
  readonly layer: LayerEntry;
  readonly norm: LayerEntry;
  readonly record: RecordEntry;
  /** Value at the last record. */
  readonly gap: RunningGap;
  /** Number of steps from the start of the run to the last record. */
  readonly taken: number;
}

/**
 * Finds running statistics that do not fit the layer's input: half of the channels would be far from standardized in
 * evaluation mode; the momentum is so small that the initial statistics remain, or so large that single batches
 * dominate; or batches are so small that the unbiased variance (n/(n − 1)) changes the output. Returns one finding
 * for each of these problems.
 */
export const runningStatisticsFindings: Detector = function* (input) {
  const { catalog } = input;
  const norms = catalog.layers.flatMap((layer) => {
    const norm = layer.normalizedBy === undefined ? undefined : catalog.layers[layer.normalizedBy];
    const hasStatistics = norm?.parameters?.running_mean !== undefined;
    return norm === undefined || !hasStatistics ? [] : [{ layer, norm }];
  });
  const gaps = yield* flatMapInTurns(norms, ({ layer, norm }) => gapsOf(input, layer, norm));
  const misfits = firstOfLayers(gaps.filter(({ gap, taken }) => gap.off >= OFF && taken >= SETTLED));
  const [unsettled, others] = [misfits.filter(isUnsettled), misfits.filter((each) => !isUnsettled(each))];
  const slow = firstOfLayers(
    gaps.filter(
      (each) =>
        each.taken >= SETTLED &&
        isUnsettled(each) &&
        (each.gap.off >= OFF_UNSETTLED || (each.norm.momentum ?? 1) <= SMALL_MOMENTUM),
    ),
  );
  const fast = norms.filter(({ norm }) => (norm.momentum ?? 0) >= LARGE_MOMENTUM);
  const corrected = firstOfLayers(gaps.filter(({ gap }) => gap.correction >= NOTABLE_CORRECTION));
  return [
    ...(others.length === 0 ? [] : [misfit(others)]),
    ...(slow.length === 0 && unsettled.length === 0
      ? []
      : [slowMomentum(slow.length > 0 ? slow : unsettled)]),
    ...(fast.length === 0 ? [] : [fastMomentum(fast, catalog.steps[0])]),
    ...(corrected.length === 0 ? [] : [correction(corrected)]),
  ];
};

function names(all: readonly { readonly norm: LayerEntry }[]): readonly string[] {
  return all.map(({ norm }) => norm.name);
}

/** Returns one entry per phase, at its last record. If merged ranks exist, individual ranks are skipped. */
function gapsOf(input: FindingsInput, layer: LayerEntry, norm: LayerEntry): Gap[] {
  const { catalog } = input;
  const all = seriesOfLayer(catalog, layer.id);
  const areMerged = all.some(([{ variant }]) => catalog.variants[variant].ranks !== undefined);
  return all.flatMap((series): Gap[] => {
    if (areMerged && catalog.variants[series[0].variant].ranks === undefined) return [];
    const known = measuredOf(input, series).filter(({ summary }) => 2 * summary.finite >= summary.count);
    const last = known[known.length - 1];
    const gap = last?.summary.runningGap;
    if (gap === undefined) return [];
    const since = sinceWhen(known, ({ summary }) => (summary.runningGap?.off ?? 0) >= OFF);
    // A single batch may be unlike the others.
    const isLasting = known.length - since >= Math.min(2, known.length);
    const { record } = known[isLasting ? since : known.length - 1];
    const off = isLasting ? gap.off : Math.min(gap.off, OFF_UNSETTLED);
    return [{ layer, norm, record, gap: { ...gap, off }, taken: last.record.step - catalog.steps[0] + 1 }];
  });
}

/** Keeps one variant per layer: the one with the most channels that are far from standardized. */
function firstOfLayers(gaps: readonly Gap[]): readonly Gap[] {
  const byLayer = new Map<number, Gap>();
  for (const each of gaps) {
    const known = byLayer.get(each.layer.id);
    if (known === undefined || each.gap.off > known.gap.off) byLayer.set(each.layer.id, each);
  }
  return [...byLayer.values()];
}

/** (1 − m)^k: the weight of the initial statistics after k batches. */
function initialWeight({ norm, taken }: Gap): number {
  return (1 - (norm.momentum ?? 1)) ** taken;
}

function isUnsettled(gap: Gap): boolean {
  return initialWeight(gap) >= UNSETTLED;
}

function place(all: readonly Gap[]): Pick<Finding, 'layer' | 'layers' | 'step' | 'variant'> {
  const { norm, record } = earliest(all, (each) => each.record.step);
  const layers = all.flatMap((each) => [each.layer.id, each.norm.id]).sort((a, b) => a - b);
  return { layer: norm.id, layers, step: record.step, variant: record.variant };
}

function misfit(all: readonly Gap[]): Finding {
  const { norm, gap, record } = earliest(all, (each) => each.record.step);
  return {
    kind: 'running-statistics',
    severity: 'warning',
    ...place(all),
    title: t('The running statistics of {0} have not fit its input since step {1}', norm.name, record.step),
    evidence: holdsIn(
      t(
        'Normalized with them, {0} % of the channels have a mean beyond ±1 or a standard deviation outside 0.5 to 2. The means differ by {1} running σ (root mean square over channels), most in channel {2} ({3} σ).',
        ...[figure(100 * gap.off), figure(gap.mean), gap.greatestChannel, figure(gap.greatestMean)],
      ),
      names(all),
    ),
    why: t(
      'Evaluation mode normalizes by the running statistics, so later layers read different values than in training.',
    ),
    advice: t(
      'Look for data that differ from the data behind the statistics, for layers that changed after the statistics were frozen, and for a forward pass outside training that ran in training mode.',
    ),
    refute: t('Running statistics that were recorded before they were loaded or recomputed.'),
  };
}

function slowMomentum(all: readonly Gap[]): Finding {
  const [first] = all;
  const { norm, gap, taken } = first;
  return {
    kind: 'running-statistics',
    severity: all.some((each) => each.gap.off >= OFF_UNSETTLED) ? 'warning' : 'note',
    ...place(all),
    title: t('The running statistics of {0} have hardly changed from their initial values', norm.name),
    evidence: holdsIn(
      t(
        'With a momentum of {0}, {1} steps leave {2} % of the initial mean and variance. Normalized with them, {3} % of the channels have a mean beyond ±1 or a standard deviation outside 0.5 to 2.',
        ...[norm.momentum ?? 0, taken, figure(100 * initialWeight(first)), figure(100 * gap.off)],
      ),
      names(all),
    ),
    why: t(
      'Evaluation mode normalizes by the running statistics, so it does not compute what training computes.',
    ),
    advice: t('Use a larger momentum (PyTorch’s default is 0.1), or train for longer before you evaluate.'),
    refute: t('Step numbers that do not start where training started.'),
  };
}

function fastMomentum(
  all: readonly { readonly layer: LayerEntry; readonly norm: LayerEntry }[],
  step: number,
): Finding {
  const [{ norm }] = all;
  const momentum = norm.momentum ?? 1;
  return {
    kind: 'running-statistics',
    severity: momentum < 1 ? 'warning' : 'note',
    layer: norm.id,
    layers: all.flatMap((each) => [each.layer.id, each.norm.id]).sort((a, b) => a - b),
    step,
    title: t('The running statistics of {0} follow single batches: its momentum is {1}', norm.name, momentum),
    evidence: holdsIn(
      t(
        'In PyTorch, the momentum is the weight of the latest batch, so {0} % of the statistics come from the last batch.',
        ...[figure(100 * momentum)],
      ),
      names(all),
    ),
    why: t('Evaluation mode then depends on the last training batch.'),
    advice: t(
      'Other frameworks specify the weight of the old statistics instead: their 0.9 is 0.1 in PyTorch.',
    ),
    refute: t('A momentum that was set for a single pass to recompute the statistics.'),
  };
}

function correction(all: readonly Gap[]): Finding {
  const { norm, gap, record } = all.reduce((a, b) => (b.gap.correction > a.gap.correction ? b : a));
  const { correction: factor } = gap;
  return {
    kind: 'running-statistics',
    severity: 'note',
    ...place(all),
    step: record.step,
    title: t('Evaluation divides by a variance {0} times that of training in {1}', figure(factor), norm.name),
    evidence: holdsIn(
      t(
        'Training normalizes by the biased variance of {0} values per channel, but {1} stores the unbiased one: n/(n − 1) = {2}, so outputs are {3} % smaller in evaluation mode.',
        ...[Math.round(factor / (factor - 1)), className(norm), figure(factor)],
        ...[figure(100 * (1 - 1 / Math.sqrt(factor)))],
      ),
      names(all),
    ),
    why: t('With few values per channel, the outputs of the two modes differ noticeably.'),
    advice: t('Use larger batches. The layer is correct: batch normalization is defined this way.'),
    refute: t('Larger batches at the steps that were not recorded.'),
  };
}
