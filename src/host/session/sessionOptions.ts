import { t } from '@vscode/l10n';
import type { AnalysisOptions } from '../../model/analysis';
import type { RunCatalog } from '../../model/catalog';
import type { OptionChanges } from '../../protocol/panelApi';

/** The options with changes; `null` resets ε or groups to the layer's own. */
export function applyOptionChanges(
  options: AnalysisOptions,
  changes: Partial<OptionChanges>,
): AnalysisOptions {
  const { epsilon = options.epsilon, groups = options.groups, ...rest } = changes;
  const { epsilon: _epsilon, groups: _groups, ...others } = options;
  return {
    ...others,
    ...rest,
    ...(epsilon === null || epsilon === undefined ? {} : { epsilon }),
    ...(groups === null || groups === undefined ? {} : { groups }),
  };
}

/** The ε that a person entered, or null for the layer's own; an error message if it is invalid. */
export function parseEpsilon(text: string): number | null | string {
  if (text.trim() === '') return null;
  const value = Number(text);
  return value > 0 && value <= 1
    ? value
    : t('Enter a number greater than 0 and at most 1, for example 1e-5.');
}

/** The percentiles that a person entered, such as `5, 50, 95`; an error message if they are invalid. */
export function parsePercentiles(text: string): number[] | string {
  const values = text
    .split(/[\s,;]+/)
    .filter((each) => each !== '')
    .map(Number);
  if (values.length === 0 || !values.every((p) => p >= 0 && p <= 100)) {
    return t('Enter numbers from 0 to 100, separated by commas, for example 5, 50, 95.');
  }
  const distinct = [...new Set(values)];
  if (distinct.length > 15) return t('Enter at most 15 percentiles.');
  return distinct.sort((a, b) => a - b);
}

/** The person's readings of names and axes that differ from what the run suggests, to compare with others. */
export function readingsThatDiffer(
  { readings = {} }: AnalysisOptions,
  catalog: Pick<RunCatalog, 'questions'> | undefined,
): string {
  const guesses = new Map(catalog?.questions?.map(({ id, guess }) => [id, guess]));
  return JSON.stringify(
    Object.entries(readings)
      .filter(([id, reading]) => guesses.get(id) !== reading)
      .sort(),
  );
}
