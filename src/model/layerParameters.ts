import type { LayerEntry, Layout } from './catalog';

/**
 * What the γ and β of a layer, or of the normalization layer that reads it, are indexed by: channels; single elements,
 * which no method here supports; or none.
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
  // The output of a normalization layer keeps that layer's parameters, whichever layer reads it.
  return (
    normalizedBy !== undefined &&
    module?.includes('Norm') !== true &&
    parameters?.running_mean !== undefined &&
    parameters.running_var !== undefined
  );
}
