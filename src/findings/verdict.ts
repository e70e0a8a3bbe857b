import { t } from '@vscode/l10n';
import type { RunCatalog } from '../model/catalog';
import { type Finding, type Verdict, withConsequences } from '../model/findings';

/**
 * Summarizes a run in one sentence: its first cause, or that nothing is unusual in the checked records. `findings`
 * are sorted by importance. `checked` are the ids of the records that the findings are based on.
 */
export function verdictOf(
  catalog: Pick<RunCatalog, 'layers' | 'records'>,
  findings: readonly Finding[],
  checked: Iterable<number>,
): Verdict {
  const causes = findings.filter(({ severity }) => severity !== 'note');
  const [first] = causes;
  if (first === undefined || first.severity === 'note')
    return { severity: 'none', sentence: nothingUnusual(catalog, checked), causes: 0 };
  return { severity: first.severity, sentence: sentenceOf(first, findings), causes: causes.length };
}

/** The first cause, extended by the first step with non-finite values if they are another finding. */
function sentenceOf(first: Finding, findings: readonly Finding[]): string {
  const sentence = first.headline ?? first.title;
  const nonFinite = findings.flatMap(withConsequences).find(({ kind }) => kind === 'non-finite');
  if (nonFinite === undefined || nonFinite === first || nonFinite.step === undefined) return sentence;
  return t('{0}; non-finite values from step {1}', sentence, nonFinite.step);
}

function nothingUnusual(
  { layers, records }: Pick<RunCatalog, 'layers' | 'records'>,
  checked: Iterable<number>,
): string {
  const layersSeen = new Set<number>();
  const steps = new Set<number>();
  for (const id of checked) {
    const record = records[id];
    if (record === undefined || record.removed) continue;
    layersSeen.add(record.layer);
    steps.add(record.step);
  }
  const [count, all] = [layersSeen.size, layers.length];
  const [step] = steps;
  if (step === undefined) return t('Nothing could be checked');
  if (count < all) return t('Nothing unusual in {0} of {1} layers × {2} steps', count, all, steps.size);
  if (steps.size === 1) {
    return count === 1
      ? t('Nothing unusual in one layer at step {0}', step)
      : t('Nothing unusual in {0} layers at step {1}', count, step);
  }
  return count === 1
    ? t('Nothing unusual in one layer × {0} steps', steps.size)
    : t('Nothing unusual in {0} layers × {1} steps', count, steps.size);
}
