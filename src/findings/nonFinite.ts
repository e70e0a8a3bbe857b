import type { RecordSummary } from '../model/analysis';
import type { RecordEntry } from '../model/catalog';
import type { Finding } from '../model/findings';
import { type FindingsInput, variantInWords } from './input';

/** The run's first NaN or infinity: the earliest step, and there the first layer of the network. */
export function nonFiniteFindings({ catalog, summaries }: FindingsInput): Finding[] {
  let first: { entry: RecordEntry; summary: RecordSummary } | undefined;
  const layers = new Set<number>();
  for (const summary of summaries.values()) {
    const entry = catalog.records[summary.record];
    if (entry === undefined || summary.firstNonFinite === undefined) continue;
    layers.add(entry.layer);
    const isEarlier =
      first === undefined ||
      entry.step < first.entry.step ||
      (entry.step === first.entry.step && entry.layer < first.entry.layer);
    if (isEarlier) first = { entry, summary };
  }
  if (first === undefined) return [];
  const { entry, summary } = first;
  const { nan, posInf, negInf, count, firstNonFinite } = summary;
  const kinds = [
    ...(nan > 0 ? [`${nan} NaN`] : []),
    ...(posInf + negInf > 0 ? [`${posInf + negInf} infinite`] : []),
  ].join(' and ');
  const others = layers.size - 1;
  return [
    {
      kind: 'non-finite',
      severity: 'error',
      layer: entry.layer,
      step: entry.step,
      variant: entry.variant,
      title: `${nan > 0 ? 'NaN' : 'Infinite values'} first in ${catalog.layers[entry.layer].name} at step ${entry.step}`,
      evidence: `${kinds} of ${count} values${variantInWords(catalog.variants[entry.variant])}, the first at [${(firstNonFinite?.index ?? []).join(', ')}]; ${others === 0 ? 'no other layer has any' : `${others} other ${others === 1 ? 'layer has' : 'layers have'} some by the last step`}.`,
      advice:
        'Look at this layer at the step before: a spread that grows there points to the learning rate or to missing gradient clipping; a sudden one to a division, a logarithm or float16 overflow in this layer.',
    },
  ];
}
