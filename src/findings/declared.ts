import { t } from '@vscode/l10n';
import type { Layout, RecordEntry } from '../model/catalog';
import type { LayerCheck, Mismatch } from '../model/check';
import { formulaText, numberText } from '../model/formulaText';
import { recordAt, seriesOf } from '../model/series';
import { isResolved } from '../model/storage';
import type { Candidate } from './detector';
import { type FindingsInput, figure } from './input';

function adviceFor(kind: Mismatch['kind']): string {
  switch (kind) {
    case 'axes':
      return t(
        'Check which dimensions the forward pass normalizes over, the order of the tensor’s axes, and normalized_shape.',
      );
    case 'groups':
      return t(
        'Check where the number of groups comes from, and how the tensor is reshaped into groups: channels must come first.',
      );
    case 'epsilon':
      return t(
        'Look for an ε that is set after construction or written into the forward pass, a default that differs between frameworks, or a checkpoint that was trained with another value.',
      );
    case 'statistics':
      return t(
        'Check model.train() and model.eval(), frozen layers, and which variance the layer divides by.',
      );
    case 'affine':
      return t(
        'Check whether weight and bias are used: a fused or rewritten layer may ignore them or apply them elsewhere.',
      );
    case 'unexplained':
      return t(
        'Check the forward pass: the output may be changed in place after the layer, or the recorded tensor may not be this layer’s.',
      );
  }
}

/**
 * Finds normalization layers whose recorded output contradicts their declaration. Returns one finding per layer. An
 * unmodified library class declares its documented formula; a class with its own forward pass declares only its
 * attributes. A note if the recording does not say which of the two the class is: early versions of the recorder wrote
 * the library's class for every subclass.
 */
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
    const sentence = check && mismatchSentence(check, catalog.layers[layer].layout);
    if (check?.mismatch === undefined || sentence === undefined) return [];
    const { mismatch } = check;
    const { name, ownForward } = catalog.layers[layer];
    const isKnown = mismatch.declared.by === 'attribute' || ownForward === false;
    const steps = checkedSteps.get(layer)?.size ?? 1;
    return [
      {
        kind: 'declared',
        cause: sentence,
        severity: !isKnown ? 'note' : mismatch.declared.by === 'class' ? 'error' : 'warning',
        layer,
        layers: [layer],
        step,
        variant: catalog.records[record].variant,
        title: isKnown
          ? t('{0} does not do what it declares', name)
          : t('{0} does not do what its class declares', name),
        evidence: `${sentence} ${figuresSentence(check, step, steps)}`,
        why: t('Code and checkpoints that rely on the declaration do not match what this layer computes.'),
        advice: adviceFor(mismatch.kind),
        refute: isKnown
          ? t('Compute the layer’s output from its recorded input by hand, and compare.')
          : t('A subclass with its own forward pass: the recording does not say whether the class has one.'),
      },
    ];
  });
}

/** The numbers behind a mismatch: how many elements differ and by how much, if elements were compared. */
function figuresSentence(
  { mismatch, compared, beyond, greatest }: LayerCheck,
  step: number,
  steps: number,
): string {
  const where =
    steps === 1
      ? t('(step {0}; 1 step was checked)', step)
      : t('(step {0}; {1} steps were checked)', step, steps);
  if (mismatch?.declared.by === 'attribute')
    return t('All {0} elements follow this formula within rounding {1}.', compared - beyond, where);
  // Rounding hides the effect of a wrong ε on a single element, but the slope over all elements shows it.
  return beyond > 0
    ? t(
        '{0} of {1} elements differ by more than rounding, by up to {2} {3}.',
        beyond,
        compared,
        figure(greatest),
        where,
      )
    : t('No single element differs by more than rounding, but all {0} together do {1}.', compared, where);
}

/** What the layer declares and what it computes instead; undefined if nothing is contradicted. */
export function mismatchSentence({ mismatch, fit }: LayerCheck, layout: Layout): string | undefined {
  if (mismatch === undefined) return undefined;
  const { declared } = mismatch;
  const found = fit.kind === 'fitted' ? fit.fitted.formula : undefined;
  if (declared.by === 'attribute') {
    if (found === undefined) return undefined;
    const { name, value } = declared;
    const carried = typeof value === 'number' ? numberText(value) : `(${value.join(', ')})`;
    if (mismatch.kind !== 'epsilon')
      return t(
        'It carries {0} = {1}; the output is what {2} gives.',
        name,
        carried,
        formulaText(found, layout),
      );
    return found.epsilon === 0
      ? t('It carries {0} = {1}; the output was computed without ε.', name, carried)
      : t('It carries {0} = {1}; the output is what ε {2} gives.', name, carried, numberText(found.epsilon));
  }
  const { formula } = declared;
  if (found === undefined) {
    return t(
      'It declares {0}, but the output is different, and no other axes, groups, ε or statistics explain it.',
      formulaText(formula, layout),
    );
  }
  if (mismatch.kind === 'epsilon' && found.place === formula.place)
    return t(
      'It declares ε {0}; the output is what ε {1} gives.',
      numberText(formula.epsilon),
      numberText(found.epsilon),
    );
  const [groups, actual] = [formula.units.parts, found.units.parts];
  if (
    mismatch.kind === 'groups' &&
    actual?.kind === 'contiguous' &&
    actual.axes.join() === groups?.axes.join()
  )
    return t('It declares {0} groups; the output is what {1} groups give.', groups?.count ?? 1, actual.count);
  const text = formulaText(found, layout);
  if (formula.statistics === 'input' && found.statistics === 'running')
    return t(
      'In training mode it declares the statistics of its input; the output uses its running statistics: {0}.',
      text,
    );
  if (formula.statistics === 'running' && found.statistics === 'input')
    return t(
      'In evaluation mode it declares its running statistics; the output uses the statistics of its input: {0}.',
      text,
    );
  return t('It declares {0}; the output is what {1} gives.', formulaText(formula, layout), text);
}

/** Whether storage rounded the layer's output or its input too coarsely for this comparison. */
function isRounded(
  { catalog, summaries }: FindingsInput,
  { id, layer, step, variant }: RecordEntry,
): boolean {
  const { input } = catalog.layers[layer];
  const read = input === undefined ? undefined : recordAt(seriesOf(catalog, input, variant), step);
  return [id, read?.id].some((each) => each !== undefined && !isResolved(summaries.get(each)?.storage));
}
