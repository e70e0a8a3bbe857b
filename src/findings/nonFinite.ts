import { t } from '@vscode/l10n';
import type { RecordSummary } from '../model/analysis';
import type { RecordEntry, RunCatalog } from '../model/catalog';
import { inTurns } from '../model/inTurns';
import { mayOverflow } from '../model/storage';
import type { Detector } from './detector';
import { isOrderKnown } from './layerWords';
import { type NonFinite, wordsForAll, wordsForFirst, wordsForSome } from './nonFiniteWords';
import { originOf, stepBefore } from './origin';

/**
 * Finds the first NaN or infinity of a run: the earliest step, and the first layer in the network at that step. If
 * the layer order is unknown, layers that have infinities and no NaN come first, because infinities turn into NaN but
 * NaN never turns into infinities.
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
  return [
    {
      kind: 'non-finite',
      severity: 'error',
      isOriginKnown: true,
      ...(first !== undefined && { layer: first.layer }),
      layers: touched,
      step,
      ...(before !== undefined && { after: before }),
      variant,
      ...(areAll(catalog, everywhere.atStep)
        ? wordsForAll(catalog, atStep, before)
        : first === undefined
          ? wordsForSome(catalog, atStep)
          : wordsForFirst(catalog, first, touched)),
      why: t('Every value that is computed from a NaN is NaN, and so are the weights after the next update.'),
    },
  ];
};

/** Whether every layer has non-finite values at a step, and there are at least {@link LEAST_LAYERS}. */
function areAll({ layers }: RunCatalog, atStep: readonly NonFinite[]): boolean {
  const [{ step }] = atStep;
  const recorded = layers.filter(({ steps }) => steps.includes(step)).length;
  return recorded >= LEAST_LAYERS && atStep.length === recorded;
}

/** With fewer layers, the first one is informative enough. */
const LEAST_LAYERS = 3;

/**
 * Number of infinite values that training produced, without those that storage produced. 0 if the file may hold an
 * unknown number of the latter.
 */
function infiniteOfTraining({ dtype, narrowed }: RecordEntry, { posInf, negInf }: RecordSummary): number {
  const all = posInf + negInf;
  if (narrowed === undefined) return all;
  const isCounted = narrowed.error !== undefined || narrowed.overflowed !== undefined;
  if (!isCounted) return mayOverflow(dtype, narrowed.from) ? 0 : all;
  return Math.max(0, all - (narrowed.overflowed ?? 0));
}
