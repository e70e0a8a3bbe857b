import { t } from '@vscode/l10n';
import type { LayerEntry } from '../model/catalog';
import type { Finding } from '../model/findings';
import { flatMapInTurns } from '../model/inTurns';
import { type BatchInput, batchInputs } from './batchInputs';
import type { Detector } from './detector';
import { type FindingsInput, figure } from './input';
import { type Measured, measuredLayers } from './measured';
import { earliest } from './origin';
import { holdsIn } from './words';

/**
 * Minimum standard error of a channel's mean, in σ, which corresponds to 7 independent samples. Wu & He 2018 (table
 * 2) lose 3.7 points with 4 samples (0.58 σ if positions add no information) and 1.2 with 8 (0.38 σ).
 */
const NOTABLE_ERROR = 0.4;
/**
 * With two samples, the error of ResNet-50 rises by 11 points [Wu & He 2018, table 2], so a smaller standard error counts.
 * Positions that differ more than the samples do give a large tensor good statistics even then.
 */
const [FEWEST, NOTABLE_OF_FEWEST] = [2, 0.15];

interface Small {
  readonly batch: BatchInput;
  /** First and last record with a small batch. */
  readonly first: Measured;
  readonly last: Measured;
  readonly samples: number;
}

/**
 * Finds batch normalization that trains on batches too small for its statistics at most of its records: the standard error
 * of µ_B, estimated from the batch's own spread, is large. Also finds layers with a single
 * sample at no more than half of the records, as the last batch of a data set may have. Each channel then has one value, and x̂ is
 * 0.
 */
export const smallBatchFindings: Detector = function* (input) {
  const small = yield* flatMapInTurns(batchInputs(input), smallIn);
  return [...(small.length === 0 ? [] : [findingOf(small)]), ...singleSamples(input)];
};

function smallIn(batch: BatchInput): Small[] {
  const training = batch.known.filter((each) => batch.isTraining(each) !== false);
  const small = training.filter((each) => isSmall(each));
  const [first] = small;
  if (first === undefined || 2 * small.length <= training.length) return [];
  return [{ batch, first, last: small[small.length - 1], samples: samplesOf(first) }];
}

/** Number of samples that the module received. A recorder may keep fewer. */
function samplesOf({ record, summary }: Measured): number {
  return record.samples ?? summary.batchError?.samples ?? Number.POSITIVE_INFINITY;
}

function isSmall(each: Measured): boolean {
  return errorsOf(each).mean >= (samplesOf(each) <= FEWEST ? NOTABLE_OF_FEWEST : NOTABLE_ERROR);
}

/** Standard errors of µ_B and σ_B for all samples that the module received. */
function errorsOf(each: Measured): { readonly mean: number; readonly deviation: number } {
  const { batchError } = each.summary;
  if (batchError === undefined) return { mean: 0, deviation: 0 };
  const fewer = Math.sqrt(batchError.samples / samplesOf(each));
  return { mean: batchError.mean * fewer, deviation: batchError.deviation * fewer };
}

function findingOf(all: readonly Small[]): Finding {
  const origin = earliest(all, (each) => each.first.record.step);
  const { batch, first, last, samples } = origin;
  const { mean, deviation } = errorsOf(last);
  return {
    kind: 'small-batch',
    severity: 'warning',
    layer: batch.norm.id,
    layers: all.flatMap((each) => [each.batch.layer.id, each.batch.norm.id]).sort((a, b) => a - b),
    step: first.record.step,
    variant: first.record.variant,
    title: t(
      '{0} has normalized by batches of {1} samples since step {2}',
      batch.norm.name,
      samples,
      first.record.step,
    ),
    evidence: holdsIn(
      t(
        'Estimated from the spread of its samples, the standard error of one batch is {0} σ for the mean and {1} % for σ.',
        ...[figure(mean), figure(100 * deviation)],
      ),
      all.map((each) => each.batch.norm.name),
    ),
    why: t(
      'Each sample’s output then depends on the few other samples in its batch, and evaluation differs from training.',
    ),
    advice: t('Use a larger batch, synchronize the statistics over ranks, or use group normalization.'),
    refute: t('A batch that is split over several calls, if only one of them is recorded.'),
  };
}

/** Finds layers that are read by batch normalization, by its class or by a name such as `bn1`. */
function singleSamples(input: FindingsInput): Finding[] {
  const found = measuredLayers(input).flatMap(({ layer, known }) => {
    if (!isReadByBatchNorm(input.catalog.layers, layer)) return [];
    const single = known.filter(({ record }) => valuesPerChannel(layer, record.shape) === 1);
    const [first] = single;
    return first === undefined || 2 * single.length > known.length ? [] : [{ layer, record: first.record }];
  });
  const [first] = found;
  if (first === undefined) return [];
  const { layer, record } = earliest(found, (each) => each.record.step);
  return [
    {
      kind: 'small-batch',
      severity: 'note',
      layer: layer.id,
      layers: found.map((each) => each.layer.id),
      step: record.step,
      variant: record.variant,
      title: t('{0} has a single sample at step {1}', layer.name, record.step),
      evidence: t(
        'Its shape is [{0}] at this step, so each channel has one value. Batch normalization in training mode turns it into 0, and PyTorch raises an error.',
        record.shape.join(', '),
      ),
      why: t('The output is β for every input, and a 0 or a NaN enters the running variance.'),
      advice: t('Drop the last incomplete batch (drop_last=True), or divide the data set more evenly.'),
      refute: t('A layer in evaluation mode, which uses its running statistics.'),
    },
  ];
}

function isReadByBatchNorm(
  layers: readonly LayerEntry[],
  { normalizedBy, module, name }: LayerEntry,
): boolean {
  if (normalizedBy !== undefined) return layers[normalizedBy].module?.includes('BatchNorm') === true;
  return module === undefined && /(^|[._])(bn|batch_?norm)\d*([._]in(put)?)?$/iu.test(name);
}

function valuesPerChannel({ layout }: LayerEntry, shape: readonly number[]): number {
  return shape.reduce((product, extent, axis) => product * (layout[axis] === 'C' ? 1 : extent), 1);
}
