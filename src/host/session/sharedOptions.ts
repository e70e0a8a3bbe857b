import type { AnalysisOptions } from '../../model/analysis';
import type { OptionChanges } from '../../protocol/panelApi';

/** The options that runs which are compared have in common, so that their figures mean the same. */
export type SharedOptions = Pick<
  OptionChanges,
  'epsilon' | 'groups' | 'layerScope' | 'percentiles' | 'affine' | 'running'
>;

export function sharedOptions(options: AnalysisOptions): SharedOptions {
  const { epsilon = null, groups = null, layerScope, percentiles, affine = false, running = false } = options;
  return { epsilon, groups, layerScope, percentiles, affine, running };
}

/** Whether two runs have different ones. */
export function sharedOptionsDiffer(a: AnalysisOptions, b: AnalysisOptions): boolean {
  return JSON.stringify(sharedOptions(a)) !== JSON.stringify(sharedOptions(b));
}
