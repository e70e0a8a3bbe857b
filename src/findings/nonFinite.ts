import type { RecordSummary } from '../model/analysis';
import type { RecordEntry } from '../model/catalog';
import type { Finding } from '../model/findings';
import { mayOverflow } from '../model/storage';
import { type FindingsInput, variantInWords } from './input';

/** The run's first NaN or infinity: the earliest step, and there the first layer of the network. */
export function nonFiniteFindings({ catalog, summaries }: FindingsInput): Finding[] {
  let first: { entry: RecordEntry; summary: RecordSummary; infinite: number } | undefined;
  const layers = new Set<number>();
  for (const summary of summaries.values()) {
    const entry = catalog.records[summary.record];
    if (entry === undefined || summary.firstNonFinite === undefined) continue;
    const infinite = infiniteOfTraining(entry, summary);
    if (summary.nan + infinite === 0) continue;
    layers.add(entry.layer);
    const isEarlier =
      first === undefined ||
      entry.step < first.entry.step ||
      (entry.step === first.entry.step && entry.layer < first.entry.layer);
    if (isEarlier) first = { entry, summary, infinite };
  }
  if (first === undefined) return [];
  const { entry, summary, infinite } = first;
  const { nan, posInf, negInf, count, firstNonFinite } = summary;
  const kinds = [...(nan > 0 ? [`${nan} NaN`] : []), ...(infinite > 0 ? [`${infinite} infinite`] : [])].join(
    ' and ',
  );
  // Which of the infinite values storage made is not known.
  const place =
    infinite === posInf + negInf || firstNonFinite?.kind === 'nan'
      ? `, the first at [${(firstNonFinite?.index ?? []).join(', ')}]`
      : '';
  const others = layers.size - 1;
  return [
    {
      kind: 'non-finite',
      severity: 'error',
      layer: entry.layer,
      step: entry.step,
      variant: entry.variant,
      title: `${nan > 0 ? 'NaN' : 'Infinite values'} first in ${catalog.layers[entry.layer].name} at step ${entry.step}`,
      evidence: `${kinds} of ${count} values${variantInWords(catalog.variants[entry.variant])}${place}; ${others === 0 ? 'no other layer has any' : `${others} other ${others === 1 ? 'layer has' : 'layers have'} some by the last step`}.`,
      advice:
        'Look at this layer at the step before: a spread that grows there points to the learning rate or to missing gradient clipping; a sudden one to a division, a logarithm or float16 overflow in this layer.',
    },
  ];
}

/** Infinite values that training made, without those that storage made; 0 if the file may hold such values uncounted. */
function infiniteOfTraining({ dtype, narrowed }: RecordEntry, { posInf, negInf }: RecordSummary): number {
  const all = posInf + negInf;
  if (narrowed === undefined) return all;
  const isCounted = narrowed.error !== undefined || narrowed.overflowed !== undefined;
  if (!isCounted) return mayOverflow(dtype, narrowed.from) ? 0 : all;
  return Math.max(0, all - (narrowed.overflowed ?? 0));
}
