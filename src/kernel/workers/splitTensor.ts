import { ITEM_SIZE } from '../../formats/dtype';
import type { RecordEntry } from '../../model/catalog';
import { elementCount } from '../../model/elementCount';
import type { RecordOptions } from '../methods/recordOptions';
import { measuredBytes } from '../record/measureRecord';
import { layoutAxes } from '../tensor/layoutAxes';
import type { Samples } from '../tensor/recordValues';

/** Size in bytes above which compute workers share a tensor. */
export const SHARED_BYTES = 64 << 20;
/** Approximate bytes of one share. */
const SHARE = 1 / 4;
/** Statistics of a whole tensor that are larger than this are not kept: one compute worker reads it in chunks, twice. */
const STATISTICS_LIMIT = 128 << 20;

/**
 * The samples of each share of a large tensor, in order; undefined if dividing is not worth it, or if the samples are
 * not contiguous in the file, as far as the catalog shows.
 */
export function splitTensor(
  record: RecordEntry,
  recordOptions: RecordOptions,
  sharedBytes = SHARED_BYTES,
): readonly Samples[] | undefined {
  const { shape, dtype, file, tensor, parts, summarized, isSequential, unpackedRows } = record;
  if (parts !== undefined || summarized !== undefined || dtype === 'unknown') return undefined;
  if (isSequential && unpackedRows === undefined) return undefined;
  const size = elementCount(shape);
  const bytes = size * ITEM_SIZE[dtype];
  if (bytes <= sharedBytes || recordOptions.layout.indexOf('N') !== 0 || shape[0] < 2) return undefined;
  const strides = shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
  const axes = layoutAxes(shape, strides, recordOptions.layout, file, tensor);
  if (measuredBytes(axes, recordOptions.layerScope, true) > STATISTICS_LIMIT) return undefined;
  const samples = shape[0];
  // Samples that are unpacked together are of one share.
  const together = unpackedRows ?? 1;
  const rows = Math.ceil(samples / together);
  const count = Math.min(rows, Math.ceil(bytes / (sharedBytes * SHARE)));
  const boundary = (i: number) => Math.min(samples, Math.floor((i * rows) / count) * together);
  return Array.from({ length: count }, (_, i) => ({ from: boundary(i), to: boundary(i + 1) }));
}
