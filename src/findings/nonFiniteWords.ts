import { t } from '@vscode/l10n';
import type { RecordSummary } from '../model/analysis';
import type { RecordDType, RecordEntry, RunCatalog } from '../model/catalog';
import type { Finding } from '../model/findings';
import { variantInWords } from './input';
import { layerNames, unknownOrder } from './layerWords';
import { LARGEST } from './words';

/** NaN and infinities of one record that training produced. */
export interface NonFinite {
  readonly layer: number;
  readonly step: number;
  readonly variant: number;
  readonly nan: number;
  readonly infinite: number;
  readonly entry: RecordEntry;
  readonly summary: RecordSummary;
}

type Words = Pick<Finding, 'title' | 'evidence' | 'advice' | 'refute'>;

/** Text if all layers have non-finite values at once. Then the weights already had them, or the input has them. */
export function wordsForAll(
  catalog: RunCatalog,
  atStep: readonly NonFinite[],
  before: number | undefined,
): Words {
  const [{ step, nan, infinite, entry }] = atStep;
  const count = atStep.length;
  return {
    title:
      nan > 0
        ? t('NaN in all {0} layers at step {1}', count, step)
        : t('Infinite values in all {0} layers at step {1}', count, step),
    evidence: [
      firstSentence(catalog, atStep[0]),
      before === undefined
        ? t('It is the first recorded step.')
        : t('No layer has any at step {0}, the previous recorded step.', before),
      t('All layers have them at once, so they were already in the weights or come from the input.'),
      ...rangeSentence(entry.dtype, infinite),
    ].join(' '),
    advice:
      before === undefined
        ? t('Check the input and the weights before the first step.')
        : t(
            'Record every step between {0} and {1} to see where it begins, and check the inputs of these steps.',
            ...[before, step],
          ),
    refute: t('Weights and an input whose values are all finite at this step.'),
  };
}

/** Text for several layers in unknown order. */
export function wordsForSome(catalog: RunCatalog, atStep: readonly NonFinite[]): Words {
  const [{ step, infinite, entry }] = atStep;
  const layers = atStep.map(({ layer }) => layer);
  return {
    title: atStep.some(({ nan }) => nan > 0)
      ? t('NaN first seen at step {0}, in {1} layers', step, layers.length)
      : t('Infinite values first seen at step {0}, in {1} layers', step, layers.length),
    evidence: [...rangeSentence(entry.dtype, infinite), unknownOrder(catalog, layers)].join(' '),
    advice: lookBefore(),
    refute: notRecorded(),
  };
}

/** Text for a known first layer. `touched`: ids of all affected layers. */
export function wordsForFirst(catalog: RunCatalog, first: NonFinite, touched: readonly number[]): Words {
  const { layer, step, nan, infinite, entry } = first;
  const { name } = catalog.layers[layer];
  return {
    title:
      nan > 0
        ? t('NaN first in {0} at step {1}', name, step)
        : t('Infinite values first in {0} at step {1}', name, step),
    evidence: [
      firstSentence(catalog, first),
      ...rangeSentence(entry.dtype, infinite),
      othersSentence(
        catalog,
        touched.filter((each) => each !== layer),
      ),
    ].join(' '),
    advice: lookBefore(),
    refute: notRecorded(),
  };
}

function lookBefore(): string {
  return t(
    'Look at this layer one step earlier: a spread that grows there points to the learning rate or to missing gradient clipping; a sudden change points to a division, a logarithm, or float16 overflow in this layer.',
  );
}

function notRecorded(): string {
  return t('An unrecorded layer before this one. To check, record all layers at the steps around this one.');
}

function firstSentence(catalog: RunCatalog, { nan, infinite, summary, variant }: NonFinite): string {
  const { posInf, negInf, count, firstNonFinite } = summary;
  const where = variantInWords(catalog.variants[variant]);
  const index = `[${(firstNonFinite?.index ?? []).join(', ')}]`;
  // It is unknown which of the infinite values storage produced.
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

/** Returns a sentence about the range of the type, because infinities come from exceeding it. */
function rangeSentence(dtype: RecordDType, infinite: number): readonly string[] {
  const greatest = LARGEST[dtype];
  return infinite === 0 || greatest === undefined ? [] : [t('{0} holds values up to {1}.', dtype, greatest)];
}

function othersSentence(catalog: RunCatalog, others: readonly number[]): string {
  if (others.length === 0) return t('No other layer has any.');
  const names = layerNames(catalog, others);
  return others.length === 1
    ? t('One other layer has some by the last step: {0}.', names)
    : t('{0} other layers have some by the last step: {1}.', others.length, names);
}
