import type { ByteSource } from '../io/byteSource';
import { mappedSource } from './mappedSource';
import type { TensorInfo } from './tensorFile';

/** A tensor of a narrower floating-point type as one of a wider, little-endian one; exact. Closing it closes the source. */
export function widened(
  info: TensorInfo,
  source: ByteSource,
  dtype: 'float32' | 'float64',
): { readonly info: TensorInfo; readonly source: ByteSource } {
  return { info: { ...info, dtype, littleEndian: true }, source: mappedSource(info, source, dtype) };
}
