import type { H5Module } from 'h5wasm/module';
import type { Dimension } from '../tensorFile';

/** Maximum number of axes in HDF5 [HDF5 File Format Specification 3.0, IV.A.2.b]. */
const MAX_RANK = 32;
/** Maximum number of scales of one axis to examine. */
const MAX_SCALES = 4;

/**
 * Reads the labels and dimension scales of a dataset's axes; undefined if it has none. A scale without a label names
 * its axis by its own name, as in NetCDF [HDF5 Dimension Scale Specification].
 */
export function readDimensions(
  module: H5Module,
  file: bigint,
  path: string,
  rank: number,
): readonly Dimension[] | undefined {
  if (rank === 0 || rank > MAX_RANK) return undefined;
  const attributes = new Set(module.get_attribute_names(file, path));
  const labels = attributes.has('DIMENSION_LABELS') ? module.get_dimension_labels(file, path) : [];
  const hasScales = attributes.has('DIMENSION_LIST');
  if (labels.length === 0 && !hasScales) return undefined;
  return Array.from({ length: rank }, (_, axis): Dimension => {
    const scales = hasScales
      ? module
          .get_attached_scales(file, path, axis)
          .slice(0, MAX_SCALES)
          .map((scale) => scale.replace(/^\//u, ''))
      : [];
    const name = labels[axis] || scales[0]?.split('/').at(-1);
    return { ...(name !== undefined && { name }), ...(scales.length > 0 && { scales }) };
  });
}
