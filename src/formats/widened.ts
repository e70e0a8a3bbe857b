import type { ByteSource } from '../io/byteSource';
import { mappedSource } from './mappedSource';
import type { TensorInfo } from './tensorFile';

/**
 * Converts a tensor from a narrower floating-point type to a wider, little-endian one, exactly. Closing it closes the
 * source.
 */
export function widened(
  info: TensorInfo,
  source: ByteSource,
  dtype: 'float32' | 'float64',
): { readonly info: TensorInfo; readonly source: ByteSource } {
  return { info: { ...info, dtype, littleEndian: true }, source: mappedSource(info, source, dtype) };
}
