import type { RecordEntry } from '../model/catalog';
import type { Mismatch } from '../model/check';
import { recordAt, seriesOf } from '../model/series';
import { isResolved } from '../model/storage';
import type { Candidate } from './detector';
import { type FindingsInput, figure } from './input';

const ADVICE: Readonly<Record<Mismatch['kind'], string>> = {
  axes: 'Look at which dimensions the forward pass normalizes over, at the order of the tensor’s axes and at normalized_shape.',
  groups:
    'Look at where the number of groups comes from: the constructor’s argument, or the configuration the model was loaded with.',
  epsilon:
    'Look for an ε that is set after construction, a default that differs between frameworks, or a checkpoint that was trained with another.',
  statistics:
    'Look at model.train() and model.eval(), at a frozen layer, and at which variance the layer divides by.',
  affine:
    'Look at whether weight and bias are used: a fused or rewritten layer may leave them out, or apply them elsewhere.',
  unexplained:
    'Look at the forward pass: the output may be changed in place after the layer, or be another tensor than this layer’s.',
};

/** Normalization layers whose recorded output is not what their input and declaration give; one finding a layer. */
export function declaredFindings(input: FindingsInput): Candidate[] {
  const { catalog, checks } = input;
  const first = new Map<number, { record: number; step: number }>();
  const checkedSteps = new Map<number, Set<number>>();
  for (const { record, mismatch } of checks.values()) {
    const entry = catalog.records[record];
    if (entry === undefined || isRounded(input, entry)) continue;
    checkedSteps.set(entry.layer, (checkedSteps.get(entry.layer) ?? new Set()).add(entry.step));
    const known = first.get(entry.layer);
    if (mismatch !== undefined && (known === undefined || entry.step < known.step))
      first.set(entry.layer, { record, step: entry.step });
  }
  return [...first].flatMap(([layer, { record, step }]): Candidate[] => {
    const check = checks.get(record);
    if (check?.mismatch === undefined) return [];
    const { compared, beyond, greatest, mismatch } = check;
    const many = checkedSteps.get(layer)?.size ?? 1;
    // Rounding hides a single element's part of a wrong ε; the slope over all of them shows it.
    const differ =
      beyond > 0
        ? `${beyond} of ${compared} elements differ by more than rounding, by up to ${figure(greatest)}`
        : `No element differs by more than rounding, but all of ${compared} together do`;
    return [
      {
        kind: 'declared',
        cause: mismatch.sentence,
        severity: 'error',
        layer,
        step,
        variant: catalog.records[record].variant,
        title: `${catalog.layers[layer].name} does not do what it declares`,
        evidence: `${mismatch.sentence} ${differ} (step ${step}; ${many} ${many === 1 ? 'step was' : 'steps were'} checked).`,
        advice: ADVICE[mismatch.kind],
      },
    ];
  });
}

/** Whether storage took digits away of a layer's output or of what it reads. */
function isRounded(
  { catalog, summaries }: FindingsInput,
  { id, layer, step, variant }: RecordEntry,
): boolean {
  const { input } = catalog.layers[layer];
  const read = input === undefined ? undefined : recordAt(seriesOf(catalog, input, variant), step);
  return [id, read?.id].some((each) => each !== undefined && !isResolved(summaries.get(each)?.storage));
}
