import type { AnalysisOptions } from '../../model/analysis';
import type { OptionChanges } from '../../protocol/panelApi';

/** The options with some changed; `null` resets ε or groups to the layer's own, numbers to the guess. */
export function applyOptionChanges(
  options: AnalysisOptions,
  changes: Partial<OptionChanges>,
): AnalysisOptions {
  const { epsilon = options.epsilon, groups = options.groups, numbers = options.numbers, ...rest } = changes;
  const { epsilon: _epsilon, groups: _groups, numbers: _numbers, ...others } = options;
  return {
    ...others,
    ...rest,
    ...(epsilon === null || epsilon === undefined ? {} : { epsilon }),
    ...(groups === null || groups === undefined ? {} : { groups }),
    ...(numbers === null || numbers === undefined ? {} : { numbers }),
  };
}

/** Percentiles that a person wrote, such as `5, 50, 95`; a sentence where they are none. */
export function parsePercentiles(text: string): number[] | string {
  const values = text
    .split(/[\s,;]+/)
    .filter((each) => each !== '')
    .map(Number);
  if (values.length === 0 || !values.every((p) => p >= 0 && p <= 100)) {
    return 'Write numbers from 0 to 100, separated by commas, such as 5, 50, 95.';
  }
  const distinct = [...new Set(values)];
  if (distinct.length > 15) return 'Choose up to 15 percentiles.';
  return distinct.sort((a, b) => a - b);
}
