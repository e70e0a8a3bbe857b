import { t } from '@vscode/l10n';
import { isDefined, type Method, type RecordSummary } from '../model/analysis';
import type { LayerEntry, RecordEntry } from '../model/catalog';
import type { Finding } from '../model/findings';
import { FORMAT_RANGES } from '../model/numberFormats';
import { recordAt, seriesOf } from '../model/series';
import { type Detector, flatMapInTurns } from './detector';
import { type FindingsInput, figure } from './input';
import { type Measured, type MeasuredLayer, measuredLayers } from './measured';
import { className } from './modules';
import { holdsIn } from './words';

/**
 * Share of float16's largest number from which a layer is close to the limit. At half of it, one doubling is left.
 */
const NEAR = 0.5;

/**
 * Finds layers close to the limit of float16: float16 layers that reach half of its largest number, and, as a note,
 * layers of wider types that exceed it. Also finds units of variance 0 that become NaN because ε is 0 in float16.
 */
export const numberFormatFindings: Detector = function* (input) {
  const layers = measuredLayers(input);
  return [
    ...nearFindings(yield* flatMapInTurns(layers, (measured) => firstNear(measured, isHalf, NEAR) ?? [])),
    ...beyondFindings(yield* flatMapInTurns(layers, (measured) => firstNear(measured, isWider, 1) ?? [])),
    ...epsilonFindings(input),
  ];
};

/** Type of the tensor in the network, before storage narrowed it. */
function typeOf({ dtype, narrowed }: RecordEntry): string {
  return narrowed?.from ?? dtype;
}

function isHalf(record: RecordEntry): boolean {
  return typeOf(record) === 'float16';
}

function isWider(record: RecordEntry): boolean {
  return ['bfloat16', 'float32'].includes(typeOf(record));
}

interface Near {
  readonly layer: LayerEntry;
  readonly at: Measured;
}

/**
 * The first record of a type in which |x| reaches a share of 65,504. Undefined if any record has non-finite values,
 * which are a separate finding.
 */
function firstNear(
  { layer, known }: MeasuredLayer,
  isOfType: (record: RecordEntry) => boolean,
  share: number,
): Near | undefined {
  const limit = share * FORMAT_RANGES.float16.greatest;
  if (known.some(({ summary }) => summary.finite < summary.count)) return undefined;
  const at = known.find(
    ({ record, summary }) => isOfType(record) && (summary.magnitude?.greatest ?? 0) >= limit,
  );
  return at && { layer, at };
}

function earliest(all: readonly Near[]): Near {
  return all.reduce((a, b) => (b.at.record.step < a.at.record.step ? b : a));
}

function nearFindings(all: readonly Near[]): Finding[] {
  if (all.length === 0) return [];
  const { layer, at } = earliest(all);
  const greatest = at.summary.magnitude?.greatest ?? Number.NaN;
  return [
    {
      kind: 'number-format',
      severity: 'warning',
      ...placeOf(layer, at, all),
      title: t('{0} is near the limit of float16 at step {1}', layer.name, at.record.step),
      evidence: holdsIn(
        t('|x| reaches {0}; the largest float16 number is 65504.', figure(greatest)),
        all.map((each) => each.layer.name),
      ),
      why: t('Larger values become infinite, and NaN in later layers.'),
      advice: t('Compute this layer in bfloat16 or float32, or make its values smaller.'),
      refute: t('A maximum that stays constant over many steps.'),
    },
  ];
}

function beyondFindings(all: readonly Near[]): Finding[] {
  if (all.length === 0) return [];
  const { layer, at } = earliest(all);
  const { magnitude, formatLoss } = at.summary;
  return [
    {
      kind: 'number-format',
      severity: 'note',
      ...placeOf(layer, at, all),
      title: t('{0} has exceeded the range of float16 since step {1}', layer.name, at.record.step),
      evidence: holdsIn(
        t(
          '|x| reaches {0}, and {1} % of the values are beyond 65504, the largest float16 number.',
          ...[figure(magnitude?.greatest ?? Number.NaN), figure(100 * (formatLoss?.float16?.overflow ?? 0))],
        ),
        all.map((each) => each.layer.name),
      ),
      why: t('The layer works in its current type, but float16 would make these values infinite.'),
      advice: t('Keep bfloat16 or float32 for this layer.'),
      refute: t('A network that is never run in float16.'),
    },
  ];
}

function placeOf(
  layer: LayerEntry,
  { record }: Measured,
  all: readonly Near[],
): Pick<Finding, 'layer' | 'layers' | 'step' | 'variant'> {
  return {
    layer: layer.id,
    layers: all.map((each) => each.layer.id),
    step: record.step,
    variant: record.variant,
  };
}

/**
 * Finds normalization layers that output NaN for a finite input with units of variance 0, and whose ε rounds to 0 in
 * float16.
 */
function epsilonFindings(input: FindingsInput): Finding[] {
  const { catalog, summaries } = input;
  return measuredLayers(input).flatMap(({ layer, known }): Finding[] => {
    const { epsilon, input: read } = layer;
    if (read === undefined || epsilon === undefined || epsilon > FORMAT_RANGES.float16.flushesUpTo) return [];
    for (const { record, summary } of known) {
      if (!(summary.nan > 0)) continue;
      const source = recordAt(seriesOf(catalog, read, record.variant), record.step);
      const its = source && summaries.get(source.id);
      const constant = its && constantUnits(its, layer);
      if (its === undefined || its.finite < its.count || constant === undefined) return [];
      return [
        {
          kind: 'number-format',
          severity: 'error',
          layer: layer.id,
          layers: [layer.id],
          step: record.step,
          variant: record.variant,
          title: t('ε of {0} is 0 in float16: NaN at step {1}', layer.name, record.step),
          evidence: t(
            '{0} units of its input have variance 0, and {1} values of its output are NaN. ε = {2} rounds to 0 in float16, whose smallest number is 6e-8, so these units are 0/0.',
            ...[constant, summary.nan, figure(epsilon)],
          ),
          why: t('Everything computed from a NaN is NaN, including the loss and the gradients.'),
          advice: t(
            'Choose an ε of at least 1e-7 for float16, compute the norm in float32, or mask constant (padded) rows.',
          ),
          refute: t('A layer that computes in float32.'),
        },
      ];
    }
    return [];
  });
}

function constantUnits({ methods }: RecordSummary, layer: LayerEntry): number | undefined {
  const [, name] = /^(Batch|Layer|Group|Instance)Norm/u.exec(className(layer)) ?? [];
  const method = (name?.toLowerCase() ?? 'layer') as Method;
  const summary = methods[method];
  return isDefined(summary) ? summary.constantUnits : undefined;
}
