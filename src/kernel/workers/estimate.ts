import { byteLengthOf } from '../../formats/dtype';
import type { RecordEntry } from '../../model/catalog';
import type { RecordOptions } from '../methods/recordOptions';
import type { Samples } from '../tensor/recordValues';

/** Bytes that an estimate reads, about. */
const READ_BYTES = 16 << 20;
/** Bytes of a tensor from which an estimate is worth its reading; a compressed one takes ten times as long to read. */
const LARGE_BYTES = 128 << 20;
const LARGE_COMPRESSED_BYTES = 64 << 20;
/** Stretches of samples that it reads, spread evenly over the tensor. */
const STRETCHES = 8;

/**
 * The samples from which the statistics of a large tensor are estimated until it is read completely; undefined if that
 * is fast, or if samples are not contiguous. For a tensor compressed as a whole, these are the first ones.
 */
export function estimateSamples(
  record: RecordEntry,
  { layout }: RecordOptions,
): readonly Samples[] | undefined {
  const { shape, dtype, parts, summarized, isSequential, unpackedRows } = record;
  if (parts !== undefined || summarized !== undefined || dtype === 'unknown') return undefined;
  const bytes = byteLengthOf(shape, dtype);
  if (bytes < (isSequential ? LARGE_COMPRESSED_BYTES : LARGE_BYTES) || layout.indexOf('N') !== 0)
    return undefined;
  const samples = shape[0];
  const wanted = Math.max(1, Math.floor((samples * READ_BYTES) / bytes));
  if (isSequential && unpackedRows === undefined)
    return wanted < samples ? [{ from: 0, to: wanted }] : undefined;
  // Samples that are decompressed together are used together.
  const together = unpackedRows ?? 1;
  const rows = Math.ceil(samples / together);
  const wantedRows = Math.max(1, Math.floor(wanted / together));
  const stretches = Math.min(STRETCHES, wantedRows);
  const length = Math.floor(wantedRows / stretches);
  if (stretches * length >= rows) return undefined;
  return Array.from({ length: stretches }, (_, i) => {
    const from = Math.floor((i * rows) / stretches);
    return { from: from * together, to: Math.min(samples, (from + length) * together) };
  });
}
