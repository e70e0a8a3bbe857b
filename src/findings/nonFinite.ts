import { t } from '@vscode/l10n';
import type { RecordSummary } from '../model/analysis';
import type { RecordDType, RecordEntry, RunCatalog } from '../model/catalog';
import { mayOverflow } from '../model/storage';
import { type Detector, inTurns } from './detector';
import { variantInWords } from './input';
import { isOrderKnown, layerNames, unknownOrder } from './layerWords';
import { originOf, stepBefore } from './origin';

/** NaN and infinities of one record that training made. */
interface NonFinite {
  readonly layer: number;
  readonly step: number;
  readonly variant: number;
  readonly nan: number;
  readonly infinite: number;
  readonly entry: RecordEntry;
  readonly summary: RecordSummary;
}

/** Greatest finite value of a type, as its documentation writes it. */
const GREATEST: Readonly<Partial<Record<RecordDType, string>>> = {
  float16: '65,504',
  bfloat16: '3.39e38',
  float32: '3.40e38',
  float8_e5m2: '57,344',
};

/**
 * The run's first NaN or infinity: the earliest step, and there the first layer of the network. If the order of layers
 * is not known, a layer that has infinities and no NaN stands before the others, because a NaN is made of infinities
 * and not the other way round.
 */
export const nonFiniteFindings: Detector = function* ({ catalog, summaries }) {
  const seen: NonFinite[] = [];
  yield* inTurns(summaries.values(), (summary) => {
    const entry = catalog.records[summary.record];
    if (entry === undefined || summary.firstNonFinite === undefined) return;
    const infinite = infiniteOfTraining(entry, summary);
    const { layer, step, variant } = entry;
    if (summary.nan + infinite > 0)
      seen.push({ layer, step, variant, nan: summary.nan, infinite, entry, summary });
  });
  const everywhere = originOf(catalog, seen);
  if (everywhere === undefined) return [];
  const onlyInfinite = everywhere.atStep.filter(({ nan }) => nan === 0);
  const { first, atStep } =
    isOrderKnown(catalog) || onlyInfinite.length === 0
      ? everywhere
      : (originOf(catalog, onlyInfinite) ?? everywhere);
  const [{ step, variant }] = atStep;
  const before = stepBefore(catalog, atStep[0]);
  const touched = [...new Set(seen.map(({ layer }) => layer))].sort((a, b) => a - b);
  const nan = atStep.some((each) => each.nan > 0);
  const words =
    first === undefined
      ? {
          title: nan
            ? t('NaN first seen at step {0}, in {1} layers', step, atStep.length)
            : t('Infinite values first seen at step {0}, in {1} layers', step, atStep.length),
          evidence: [
            ...rangeSentence(atStep[0].entry.dtype, atStep[0].infinite),
            unknownOrder(
              catalog,
              atStep.map(({ layer }) => layer),
            ),
          ].join(' '),
        }
      : {
          layer: first.layer,
          title:
            first.nan > 0
              ? t('NaN first in {0} at step {1}', catalog.layers[first.layer].name, step)
              : t('Infinite values first in {0} at step {1}', catalog.layers[first.layer].name, step),
          evidence: [
            firstSentence(catalog, first),
            ...rangeSentence(first.entry.dtype, first.infinite),
            othersSentence(
              catalog,
              touched.filter((layer) => layer !== first.layer),
            ),
          ].join(' '),
        };
  return [
    {
      kind: 'non-finite',
      severity: 'error',
      layers: touched,
      step,
      ...(before !== undefined && { after: before }),
      variant,
      ...words,
      why: t('Every value that is computed from a NaN is NaN, and so are the weights after the next update.'),
      advice: t(
        'Look at this layer at the step before: a spread that grows there points to the learning rate or to missing gradient clipping; a sudden one to a division, a logarithm or float16 overflow in this layer.',
      ),
      refute: t(
        'A layer that was not recorded and lies before this one: record all layers at the steps around this one.',
      ),
    },
  ];
};

function firstSentence(catalog: RunCatalog, { nan, infinite, summary, variant }: NonFinite): string {
  const { posInf, negInf, count, firstNonFinite } = summary;
  const where = variantInWords(catalog.variants[variant]);
  const index = `[${(firstNonFinite?.index ?? []).join(', ')}]`;
  // Which of the infinite values storage made is not known.
  const isPlaceKnown = infinite === posInf + negInf || firstNonFinite?.kind === 'nan';
  if (nan > 0 && infinite > 0) {
    return isPlaceKnown
      ? t(
          '{0} NaN and {1} infinite of {2} values{3}, the first at {4}.',
          ...[nan, infinite, count, where, index],
        )
      : t('{0} NaN and {1} infinite of {2} values{3}.', nan, infinite, count, where);
  }
  if (nan > 0) {
    return isPlaceKnown
      ? t('{0} NaN of {1} values{2}, the first at {3}.', nan, count, where, index)
      : t('{0} NaN of {1} values{2}.', nan, count, where);
  }
  return isPlaceKnown
    ? t('{0} infinite of {1} values{2}, the first at {3}.', infinite, count, where, index)
    : t('{0} infinite of {1} values{2}.', infinite, count, where);
}

/** How far the type reaches, which is where an infinity comes from. */
function rangeSentence(dtype: RecordDType, infinite: number): readonly string[] {
  const greatest = GREATEST[dtype];
  return infinite === 0 || greatest === undefined ? [] : [t('{0} holds values up to {1}.', dtype, greatest)];
}

function othersSentence(catalog: RunCatalog, others: readonly number[]): string {
  if (others.length === 0) return t('No other layer has any.');
  const names = layerNames(catalog, others);
  return others.length === 1
    ? t('One other layer has some by the last step: {0}.', names)
    : t('{0} other layers have some by the last step: {1}.', others.length, names);
}

/** Infinite values that training made, without those that storage made; 0 if the file may hold such values uncounted. */
function infiniteOfTraining({ dtype, narrowed }: RecordEntry, { posInf, negInf }: RecordSummary): number {
  const all = posInf + negInf;
  if (narrowed === undefined) return all;
  const isCounted = narrowed.error !== undefined || narrowed.overflowed !== undefined;
  if (!isCounted) return mayOverflow(dtype, narrowed.from) ? 0 : all;
  return Math.max(0, all - (narrowed.overflowed ?? 0));
}
