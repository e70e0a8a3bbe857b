import { type ByteSource, readBytes } from '../io/byteSource';
import { decoder } from './decode';
import { ITEM_SIZE } from './dtype';
import type { TensorInfo } from './tensorFile';

/** A tensor of a narrower floating-point type as one of a wider, little-endian one; exact. Closing it closes the source. */
export function widened(
  info: TensorInfo,
  source: ByteSource,
  dtype: 'float32' | 'float64',
): { readonly info: TensorInfo; readonly source: ByteSource } {
  const [narrow, wide] = [ITEM_SIZE[info.dtype], ITEM_SIZE[dtype]];
  const { path, isSequential } = source;
  return {
    info: { ...info, dtype, littleEndian: true },
    source: {
      path,
      size: (source.size / narrow) * wide,
      ...(isSequential !== undefined && { isSequential }),
      read: async (offset, target) => {
        const from = Math.floor(offset / wide);
        const to = Math.ceil((offset + target.length) / wide);
        const bytes = await readBytes(source, from * narrow, (to - from) * narrow);
        // Not shared: reads may run concurrently, and a decoder reuses its result.
        const decoded = decoder(info.dtype, info.littleEndian)(bytes);
        const values = dtype === 'float64' ? Float64Array.from(decoded) : Float32Array.from(decoded);
        const start = offset - from * wide;
        target.set(new Uint8Array(values.buffer, start, target.length));
      },
      close: () => source.close(),
    },
  };
}
