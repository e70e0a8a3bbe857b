import { t } from '@vscode/l10n';
import type { RankSpread } from '../model/analysis';
import type { LayerEntry, RecordEntry } from '../model/catalog';
import type { Finding } from '../model/findings';
import { flatMapInTurns } from '../model/inTurns';
import type { Detector } from './detector';
import { figure } from './input';
import { measuredLayers } from './measured';
import { isBatchNorm, isSynchronized } from './modules';
import { earliest } from './origin';
import { holdsIn } from './words';

/** Minimum spread of the ranks' means, in σ, that affects the result of batch normalization. */
const NOTABLE = 0.25;
/**
 * Minimum spread without batch normalization, in σ. No layer then depends on the batch of one rank alone, so only
 * clearly different data are worth a note.
 */
const NOTABLE_DATA = 0.5;
/** Minimum ratio to the spread expected if all ranks draw from one source. */
const BEYOND_CHANCE = 3;

interface Apart {
  readonly layer: LayerEntry;
  readonly record: RecordEntry;
  readonly spread: RankSpread;
}

/**
 * Finds layers whose batch means differ between ranks by more than chance explains, at most of their records. This
 * affects batch normalization that is not synchronized [Peng et al. 2018, MegDet]. Returns one finding. If no such
 * layer reads them, returns a note about the data, at the first layer.
 */
export const rankDataFindings: Detector = function* (input) {
  const { layers } = input.catalog;
  const apart = yield* flatMapInTurns(
    measuredLayers(input),
    ({ layer, known }): (Apart & { isRead: boolean })[] => {
      const reader = layer.normalizedBy === undefined ? undefined : layers[layer.normalizedBy];
      const isRead = reader !== undefined && isBatchNorm(reader) && !isSynchronized(reader);
      const isSynchronous = reader !== undefined && isSynchronized(reader);
      // The output of batch normalization has a mean near 0 on every rank, so it never qualifies.
      const ranked = known.filter(({ summary }) => summary.rankSpread !== undefined);
      const limit = isRead ? NOTABLE : NOTABLE_DATA;
      const far = ranked.filter(({ summary }) => isApart(summary.rankSpread, limit));
      const spread = far[0]?.summary.rankSpread;
      if (spread === undefined || isSynchronous || 2 * far.length <= ranked.length) return [];
      return [{ layer, record: far[0].record, spread, isRead }];
    },
  );
  const read = apart.filter(({ isRead }) => isRead);
  if (read.length > 0) return [findingOf(read)];
  const [first] = apart;
  const hasBatchNorm = layers.some((layer) => isBatchNorm(layer) && !isSynchronized(layer));
  return first === undefined || hasBatchNorm ? [] : [dataFinding(first)];
};

function isApart(spread: RankSpread | undefined, limit: number): boolean {
  if (spread === undefined) return false;
  // If the expected spread is unknown, require at least what two samples on each of two ranks have by chance.
  return (
    spread.mean >= Math.max(limit, spread.expected === undefined ? 0.5 : BEYOND_CHANCE * spread.expected)
  );
}

function findingOf(all: readonly Apart[]): Finding {
  const origin = earliest(all, ({ record }) => record.step);
  const { layer, record, spread } = origin;
  return {
    kind: 'rank-data',
    severity: 'warning',
    layer: layer.id,
    layers: all.map((each) => each.layer.id),
    step: record.step,
    variant: record.variant,
    title: t('Ranks normalize {0} by batches whose means differ by {1} σ', layer.name, figure(spread.mean)),
    evidence: holdsIn(
      t('{0} The next layer is batch normalization without synchronization.', evidenceOf(origin)),
      all.map((each) => each.layer.name),
    ),
    why: t(
      'Each rank normalizes by the statistics of its own batch, so the same input gives different outputs on different ranks.',
    ),
    advice: t(
      'Convert to SyncBatchNorm (torch.nn.SyncBatchNorm.convert_sync_batchnorm), use a larger batch per rank, or use group normalization. Check how the sampler divides the data.',
    ),
    refute: t('A spread that falls to the expected value once each rank draws from the whole data set.'),
  };
}

function dataFinding(apart: Apart): Finding {
  const { layer, record, spread } = apart;
  return {
    kind: 'rank-data',
    severity: 'note',
    layer: layer.id,
    layers: [layer.id],
    step: record.step,
    variant: record.variant,
    title: t('Ranks see different data: the means of {0} differ by {1} σ', layer.name, figure(spread.mean)),
    evidence: evidenceOf(apart),
    why: t('Data-parallel training assumes that the batches of all ranks are samples of the same data.'),
    advice: t('Check how the sampler divides the data, and preprocessing that depends on the rank.'),
    refute: t('Ranks that hold parts of one layer, whose statistics are expected to differ.'),
  };
}

function evidenceOf({ spread }: Apart): string {
  const { ranks, mean, expected, greatest, greatestChannel } = spread;
  return expected === undefined
    ? t(
        'Means of {0} ranks differ by {1} σ (standard deviation over ranks, mean over channels). The largest difference is {3} σ, in channel {2}.',
        ...[ranks.length, figure(mean), greatestChannel, figure(greatest)],
      )
    : t(
        'Means of {0} ranks differ by {1} σ (standard deviation over ranks, mean over channels); chance explains {4} σ. The largest difference is {3} σ, in channel {2}.',
        ...[ranks.length, figure(mean), greatestChannel, figure(greatest), figure(expected)],
      );
}
