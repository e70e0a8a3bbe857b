import type { LayerEntry } from '../model/catalog';
import { seriesOfLayer } from '../model/series';
import type { FindingsInput } from './input';
import { type Measured, measuredOf } from './measured';
import { isBatchNorm, isSynchronized } from './modules';

/**
 * The input of a batch normalization layer as the layer sees it: the batch of the first rank, or of all ranks if the
 * layer is synchronized.
 */
export interface BatchInput {
  /** The layer whose output is normalized. */
  readonly layer: LayerEntry;
  readonly norm: LayerEntry;
  /** Records of the first phase, in ascending order of steps. */
  readonly known: readonly Measured[];
  /** Whether the norm was in training mode at a record; undefined if unknown. */
  isTraining(measured: Measured): boolean | undefined;
}

/** Returns the inputs of all batch normalization layers, in network order. */
export function batchInputs(input: FindingsInput): readonly BatchInput[] {
  const { catalog } = input;
  return catalog.layers.flatMap((layer): BatchInput[] => {
    const norm = layer.normalizedBy === undefined ? undefined : catalog.layers[layer.normalizedBy];
    if (norm === undefined || !isBatchNorm(norm)) return [];
    const wanted = isSynchronized(norm);
    const all = seriesOfLayer(catalog, layer.id);
    const hasRanks = ({ variant }: { variant: number }) => catalog.variants[variant].ranks !== undefined;
    const series = all.find(([first]) => hasRanks(first) === wanted) ?? all[0];
    const known = measuredOf(input, series ?? []);
    if (known.length === 0) return [];
    const modes = new Map<string, boolean | undefined>();
    for (const each of seriesOfLayer(catalog, norm.id))
      for (const { step, variant, training } of each) modes.set(`${variant} ${step}`, training);
    return [
      {
        layer,
        norm,
        known,
        isTraining: ({ record: { step, variant, training } }) =>
          modes.get(`${variant} ${step}`) ?? norm.training ?? training,
      },
    ];
  });
}
