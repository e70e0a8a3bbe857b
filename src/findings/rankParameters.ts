import { t } from '@vscode/l10n';
import type { RankParameters } from '../model/analysis';
import type { LayerEntry, ParameterRole, RecordEntry } from '../model/catalog';
import { flatMapInTurns } from '../model/inTurns';
import type { Detector } from './detector';
import { figure } from './input';
import { measuredLayers } from './measured';
import { earliest } from './origin';
import { holdsIn } from './words';

interface Unequal {
  readonly layer: LayerEntry;
  readonly record: RecordEntry;
  readonly parameters: RankParameters;
}

/**
 * Finds ranks whose γ, β, or running statistics (synchronized or frozen) are not bitwise equal, as data-parallel
 * training keeps them. Returns one finding, at the first step and the first layer at that step. There is no
 * threshold, because equal sums have equal bits.
 */
export const rankParameterFindings: Detector = function* (input) {
  const found = yield* flatMapInTurns(measuredLayers(input), ({ layer, known }): Unequal[] => {
    const first = known.find(({ summary }) => summary.rankParameters !== undefined);
    const parameters = first?.summary.rankParameters;
    return first === undefined || parameters === undefined
      ? []
      : [{ layer, record: first.record, parameters }];
  });
  if (found.length === 0) return [];
  const { layer, record, parameters } = earliest(found, (each) => each.record.step);
  const { groups, roles, ulps } = parameters;
  return [
    {
      kind: 'rank-parameters',
      severity: 'error',
      layer: layer.id,
      layers: found.map((each) => each.layer.id),
      step: record.step,
      variant: record.variant,
      title: t('Ranks no longer agree on the parameters of {0} at step {1}', layer.name, record.step),
      evidence: holdsIn(
        t(
          'Not equal between ranks: {0}, by up to {1} ulps of float32. Ranks that agree: {2}.',
          ...[
            roles.map(symbol).join(', '),
            figure(ulps),
            groups.map((ranks) => ranks.join(' = ')).join('; '),
          ],
        ),
        found.map((each) => each.layer.name),
      ),
      why: t(
        'From this step on, the ranks train different models, and averaging their gradients is meaningless.',
      ),
      advice: t(
        'Look for something that happens on one rank only: a seed, a skipped or extra optimizer step, a parameter outside the data-parallel wrapper, or a checkpoint that one rank did not load.',
      ),
      refute: t(
        'Ranks that are meant to hold different layers or parts of a layer, as in tensor or expert parallelism.',
      ),
    },
  ];
};

const SYMBOLS: Readonly<Record<ParameterRole, string>> = {
  weight: 'γ',
  bias: 'β',
  running_mean: 'running_mean',
  running_var: 'running_var',
};

function symbol(role: ParameterRole): string {
  return SYMBOLS[role];
}
