import type { AnalysisOptions } from '../../model/analysis';
import type { OptionChanges } from '../../protocol/panelApi';

/** The options with some changed; `null` resets ε or groups to the layer's own. */
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

/** The ε that a person wrote, or null for the layer's own; a sentence where it is none. */
export function parseEpsilon(text: string): number | null | string {
  if (text.trim() === '') return null;
  const value = Number(text);
  return value > 0 && value <= 1 ? value : 'Enter a number greater than 0 and at most 1, for example 1e-5.';
}

/** Percentiles that a person wrote, such as `5, 50, 95`; a sentence where they are none. */
export function parsePercentiles(text: string): number[] | string {
  const values = text
    .split(/[\s,;]+/)
    .filter((each) => each !== '')
    .map(Number);
  if (values.length === 0 || !values.every((p) => p >= 0 && p <= 100)) {
    return 'Enter numbers from 0 to 100, separated by commas, for example 5, 50, 95.';
  }
  const distinct = [...new Set(values)];
  if (distinct.length > 15) return 'Choose up to 15 percentiles.';
  return distinct.sort((a, b) => a - b);
}
