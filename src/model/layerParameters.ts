import type { LayerEntry, Layout } from './catalog';

/**
 * What γ and β of a layer, or of the normalization layer that reads it, run along: channels; single elements, which
 * no method here can use; or that there are none.
 */
export function affineOf(
  { parameters, normalizedShape }: LayerEntry,
  layout: Layout,
): 'none' | 'channels' | 'elements' {
  if ((parameters?.weight ?? parameters?.bias) === undefined) return 'none';
  // Layer normalization has one for each element of its last axes.
  return normalizedShape === undefined || (normalizedShape.length === 1 && layout.endsWith('C'))
    ? 'channels'
    : 'elements';
}

/** Whether a batch normalization layer with running statistics reads the layer. */
export function hasRunningStatistics({ normalizedBy, module, parameters }: LayerEntry): boolean {
  // The output of a normalization layer keeps that layer's own parameters, whoever reads it.
  return (
    normalizedBy !== undefined &&
    module?.includes('Norm') !== true &&
    parameters?.running_mean !== undefined &&
    parameters.running_var !== undefined
  );
}
