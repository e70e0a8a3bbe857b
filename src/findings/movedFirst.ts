import { isAboveFloor } from '../model/analysis';
import type { RecordEntry } from '../model/catalog';
import type { Finding } from '../model/findings';
import { isResolved } from '../model/storage';
import { type FindingsInput, figure, variantInWords } from './input';

/** A raw shift of at least this many σ is worth naming. */
const NOTABLE = 0.5;

interface Move {
  readonly entry: RecordEntry;
  readonly w1: number;
  readonly floor: number | undefined;
}

/**
 * The layer whose raw activations moved first: the earliest step at which a layer is at least half a σ from its reference
 * and above its noise floor; of several at that step the farthest. Only once everything is computed.
 */
export function movedFirstFindings({ catalog, shifts, summaries, isComplete }: FindingsInput): Finding[] {
  if (!isComplete || catalog.layers.length < 2) return [];
  let first: Move | undefined;
  const alike = new Set<number>();
  for (const { record, reference, methods } of shifts.values()) {
    const entry = catalog.records[record];
    const metrics = methods.none;
    if (entry === undefined || metrics === undefined || record === reference) continue;
    if ([record, reference].some((id) => !isResolved(summaries.get(id)?.storage))) continue;
    const { w1 } = metrics;
    const floor = metrics.noiseFloor?.w1;
    if (!(w1 >= NOTABLE) || !isAboveFloor({ w1, floor })) continue;
    if (first === undefined || entry.step < first.entry.step) alike.clear();
    if (first === undefined || entry.step <= first.entry.step) alike.add(entry.layer);
    const isEarlier =
      first === undefined ||
      entry.step < first.entry.step ||
      (entry.step === first.entry.step && w1 > first.w1);
    if (isEarlier) first = { entry, w1, floor };
  }
  if (first === undefined) return [];
  const { entry, w1, floor } = first;
  const others = alike.size - 1;
  return [
    {
      kind: 'moved-first',
      severity: 'note',
      layer: entry.layer,
      step: entry.step,
      variant: entry.variant,
      title: `${catalog.layers[entry.layer].name} moved first`,
      evidence: `At step ${entry.step} its raw activations are ${figure(w1)} σ from the reference${variantInWords(catalog.variants[entry.variant])}${floor === undefined ? '' : `, with a noise floor of ${figure(floor)} σ`}${others === 0 ? '; no other layer has moved by half a σ yet' : `; ${others} other ${others === 1 ? 'layer has' : 'layers have'} moved by half a σ too`}.`,
      advice:
        'Compare the method columns at this step: shift that remains after a method is shift that the method cannot remove.',
    },
  ];
}
