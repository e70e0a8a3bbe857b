import {
  type AnalysisOptions,
  DEFAULT_EPSILON,
  DEFAULT_GROUPS,
  type LayerScope,
  layoutOf,
} from '../../model/analysis';
import type { LayerEntry, Layout } from '../../model/catalog';
import { affineOf, hasRunningStatistics } from '../../model/layerParameters';
import { effectiveGroups } from './methodPlan';

/** Keys, in the record's file, of the layer's learned parameters to use; each has one element per channel. */
export interface LayerParameterKeys {
  readonly gamma?: string | undefined;
  readonly beta?: string | undefined;
  /** Statistics that replace the batch statistics in batch normalization: both or neither. */
  readonly runningMean?: string | undefined;
  readonly runningVariance?: string | undefined;
}

export function hasParameterKeys({ gamma, beta, runningMean, runningVariance }: LayerParameterKeys): boolean {
  return (gamma ?? beta ?? runningMean ?? runningVariance) !== undefined;
}

/** The options as they apply to one record. Two records analyzed under equal options are comparable. */
export interface RecordOptions extends LayerParameterKeys {
  readonly layout: Layout;
  readonly epsilon: number;
  readonly groups: number;
  readonly layerScope: 'example' | 'position';
}

/** Whether a record has the same results under both options, except after group normalization. */
export function differInGroupsAlone(a: RecordOptions, b: RecordOptions): boolean {
  return (
    a.groups !== b.groups &&
    a.layout === b.layout &&
    a.epsilon === b.epsilon &&
    a.layerScope === b.layerScope &&
    a.gamma === b.gamma &&
    a.beta === b.beta &&
    a.runningMean === b.runningMean &&
    a.runningVariance === b.runningVariance
  );
}

/**
 * Resolves the options for one layer and shape: the user's choice, otherwise the layer's own value, otherwise the
 * default.
 */
export function optionsFor(
  layer: LayerEntry,
  shape: readonly number[],
  options: AnalysisOptions,
): RecordOptions {
  const layout = layoutOf(layer, options);
  const channelAxis = layout.indexOf('C');
  const channels = channelAxis < 0 || channelAxis >= shape.length ? 1 : shape[channelAxis];
  return {
    layout,
    epsilon: options.epsilon ?? layer.epsilon ?? DEFAULT_EPSILON,
    groups: effectiveGroups(channels, options.groups ?? layer.groups ?? DEFAULT_GROUPS),
    layerScope: scopeFor(layout, options.layerScope),
    ...parameterKeys(layer, layout, options),
  };
}

function parameterKeys(layer: LayerEntry, layout: Layout, options: AnalysisOptions): LayerParameterKeys {
  const { weight, bias, running_mean, running_var } = layer.parameters ?? {};
  return {
    ...(options.affine && affineOf(layer, layout) === 'channels' && { gamma: weight, beta: bias }),
    ...(options.running &&
      hasRunningStatistics(layer) && { runningMean: running_mean, runningVariance: running_var }),
  };
}

/** Sequences that end in their features (NLC, LNC) are normalized per position, as transformers do. */
function scopeFor(layout: Layout, scope: LayerScope): 'example' | 'position' {
  if (scope !== 'auto') return scope;
  const positionAxes = [...layout].filter((letter) => letter !== 'N' && letter !== 'C').length;
  return layout.endsWith('C') && positionAxes === 1 ? 'position' : 'example';
}
