import { t } from '@vscode/l10n';
import { type FormatLoss, isDefined, type Method, type RecordSummary } from '../model/analysis';
import type { LayerEntry, RecordDType, RecordEntry } from '../model/catalog';
import type { Finding } from '../model/findings';
import { flatMapInTurns, type InTurns, inTurns } from '../model/inTurns';
import { FORMAT_RANGES, isNarrowFormat, NARROW_FORMATS, type NarrowFormat } from '../model/numberFormats';
import { recordAt, seriesOf } from '../model/series';
import type { Detector } from './detector';
import { type FindingsInput, figure } from './input';
import { isAtEnd, type Measured, type MeasuredLayer, measuredLayers, sinceWhen } from './measured';
import { className } from './modules';
import { earliest } from './origin';
import { holdsIn, LARGEST } from './words';

/**
 * Share of the largest number of a 16-bit format from which a layer is close to the limit. At half of it, one doubling
 * is left. Not for 8-bit formats: tensors are scaled to fill their range [Micikevicius et al. 2022, §3.1].
 */
const NEAR = 0.5;
const NEAR_FORMATS = ['float16', 'bfloat16'] as const;
/**
 * Minimum share of values that become 0 in a narrower format. A smaller share are tails of activations such as GELU,
 * which are nearly 0 in any format.
 */
const FLUSHED = 0.5;

/**
 * Finds layers whose values a narrow format cannot hold. A layer of a 16-bit type is close to the limit if it reaches
 * half of the largest number. A layer of a wider type is compared with a narrower one only if other layers of the run
 * have that type, as under autocast, so that a cast is likely: values that would be infinite, and layers that would
 * mostly be 0. Also finds units of variance 0 that become NaN because ε is 0 in float16. In a run without narrow types,
 * the shares are figures of the report.
 */
export const numberFormatFindings: Detector = function* (input) {
  const layers = measuredLayers(input);
  const formats = yield* formatsInUse(input);
  const found: Finding[] = [];
  for (const format of NEAR_FORMATS) {
    const limit = NEAR * FORMAT_RANGES[format].greatest;
    const near = yield* flatMapInTurns(layers, (each) =>
      firstOf(each, ({ record, summary }) => typeOf(record) === format && greatestOf(summary) >= limit),
    );
    found.push(...nearFindings(format, near));
  }
  for (const format of formats) {
    const beyond = yield* flatMapInTurns(layers, (each) =>
      firstOf(each, (at) => isWider(typeOf(at.record), format) && lossOf(at.summary, format).overflow > 0),
    );
    const flushed = yield* flatMapInTurns(layers, (each) =>
      lastOf(
        each,
        (at) => isWider(typeOf(at.record), format) && lossOf(at.summary, format).flushed >= FLUSHED,
      ),
    );
    found.push(...beyondFindings(format, beyond), ...flushedFindings(format, flushed));
  }
  return [...found, ...epsilonFindings(input)];
};

/** Type of the tensor in the network, before storage narrowed it. */
function typeOf({ dtype, narrowed }: RecordEntry): RecordDType {
  return narrowed?.from ?? dtype;
}

/** The narrow formats that tensors of the network have, whatever the file stores. */
function* formatsInUse({ catalog }: FindingsInput): InTurns<readonly NarrowFormat[]> {
  const types = new Set<string>();
  yield* inTurns(catalog.records, (record) => types.add(typeOf(record)));
  return NARROW_FORMATS.filter((format) => types.has(format));
}

/** Whether a cast from a floating-point type to a format narrows the range. */
function isWider(dtype: RecordDType, format: NarrowFormat): boolean {
  if (dtype === 'float32' || dtype === 'float64') return true;
  return isNarrowFormat(dtype) && FORMAT_RANGES[dtype].greatest > FORMAT_RANGES[format].greatest;
}

function greatestOf({ magnitude }: RecordSummary): number {
  return magnitude?.greatest ?? 0;
}

function lossOf({ formatLoss }: RecordSummary, format: NarrowFormat): FormatLoss {
  return formatLoss?.[format] ?? { overflow: 0, flushed: 0 };
}

interface Near {
  readonly layer: LayerEntry;
  readonly at: Measured;
}

/**
 * The first record that fulfills a condition. Empty if any record has non-finite values, which are a separate finding.
 */
function firstOf({ layer, known }: MeasuredLayer, holds: (at: Measured) => boolean): Near[] {
  if (known.some(({ summary }) => summary.finite < summary.count)) return [];
  const at = known.find(holds);
  return at === undefined ? [] : [{ layer, at }];
}

/** The first record since which all records fulfill a condition. Empty if the last one does not. */
function lastOf(measured: MeasuredLayer, holds: (at: Measured) => boolean): Near[] {
  const { layer, known } = measured;
  const at = isAtEnd(measured) ? known[sinceWhen(known, holds)] : undefined;
  return at === undefined ? [] : [{ layer, at }];
}

function stepOf({ at }: Near): number {
  return at.record.step;
}

function nearFindings(format: NarrowFormat, all: readonly Near[]): Finding[] {
  if (all.length === 0) return [];
  const { layer, at } = earliest(all, stepOf);
  return [
    {
      kind: 'number-format',
      severity: 'warning',
      ...placeOf(all),
      title: t('{0} is near the limit of {1} at step {2}', layer.name, format, at.record.step),
      evidence: holdsIn(
        t('|x| reaches {0}; the largest {1} number is {2}.', ...reached(format, at)),
        all.map((each) => each.layer.name),
      ),
      why: t('Larger values become infinite, and NaN in later layers.'),
      advice:
        format === 'float16'
          ? t('Compute this layer in bfloat16 or float32, or make its values smaller.')
          : t('Compute this layer in float32, or make its values smaller.'),
      refute: t('A maximum that stays constant over many steps.'),
    },
  ];
}

function beyondFindings(format: NarrowFormat, all: readonly Near[]): Finding[] {
  if (all.length === 0) return [];
  const { layer, at } = earliest(all, stepOf);
  const { overflow } = lossOf(at.summary, format);
  return [
    {
      kind: 'number-format',
      severity: 'note',
      ...placeOf(all),
      title: t('{0} has exceeded the range of {1} since step {2}', layer.name, format, at.record.step),
      evidence: holdsIn(
        t(
          '|x| reaches {0}; the largest {1} number is {2}. {3} % of the values would be infinite. The layer has type {4}, but other layers have type {1}.',
          ...[...reached(format, at), figure(100 * overflow), typeOf(at.record)],
        ),
        all.map((each) => each.layer.name),
      ),
      why: t('The layer works in its own type, but a cast would make these values infinite.'),
      advice: t('Keep the wider type for this layer and for those that read it, or make its values smaller.'),
      refute: t('A scale that is applied before the cast, or no cast of this tensor.'),
    },
  ];
}

function flushedFindings(format: NarrowFormat, all: readonly Near[]): Finding[] {
  if (all.length === 0) return [];
  const { layer, at } = earliest(all, stepOf);
  const { flushed } = lossOf(at.summary, format);
  return [
    {
      kind: 'number-format',
      severity: 'note',
      ...placeOf(all),
      title: t('{0} would be mostly 0 in {1} since step {2}', layer.name, format, at.record.step),
      evidence: holdsIn(
        t(
          '{0} % of the values are not 0 and round to 0 in {1}, whose smallest number is {2}. The layer has type {3}, but other layers have type {1}.',
          ...[figure(100 * flushed), format, figure(2 * FORMAT_RANGES[format].flushesUpTo)],
          typeOf(at.record),
        ),
        all.map((each) => each.layer.name),
      ),
      why: t('The layer works in its own type, but a cast would lose most of its values.'),
      advice: t('Keep the wider type for this layer and for those that read it, or make its values larger.'),
      refute: t(
        'A scale that is applied before the cast, or probabilities, whose small values do not matter.',
      ),
    },
  ];
}

/** Largest |x|, the format, and its largest number. */
function reached(format: NarrowFormat, { summary }: Measured): readonly [string, string, string] {
  return [figure(greatestOf(summary)), format, LARGEST[format]];
}

function placeOf(all: readonly Near[]): Pick<Finding, 'layer' | 'layers' | 'step' | 'variant'> {
  const {
    layer,
    at: { record },
  } = earliest(all, stepOf);
  const layers = all.map((each) => each.layer.id);
  return { layer: layer.id, layers, step: record.step, variant: record.variant };
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
          headline: t('ε of {0} is 0 in float16', layer.name),
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
