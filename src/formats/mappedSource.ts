import { type ByteSource, readBytes } from '../io/byteSource';
import type { DType } from '../model/catalog';
import { decoder } from './decode';
import { ITEM_SIZE } from './dtype';

/** Maps a stored value; `place` is its index in storage order. */
export type MapValue = (value: number, place: number) => number;

/**
 * Returns the values of a tensor as little-endian floats in storage order, mapped by `map` if given. Closing it closes
 * the source.
 */
export function mappedSource(
  stored: { readonly dtype: DType; readonly littleEndian: boolean },
  source: ByteSource,
  dtype: 'float32' | 'float64',
  map?: MapValue,
): ByteSource {
  const [narrow, wide] = [ITEM_SIZE[stored.dtype], ITEM_SIZE[dtype]];
  const { path, isSequential } = source;
  return {
    path,
    size: (source.size / narrow) * wide,
    ...(isSequential !== undefined && { isSequential }),
    read: async (offset, target) => {
      const from = Math.floor(offset / wide);
      const to = Math.ceil((offset + target.length) / wide);
      const bytes = await readBytes(source, from * narrow, (to - from) * narrow);
      // Not shared: reads may run concurrently, and a decoder reuses its result.
      const decoded = decoder(stored.dtype, stored.littleEndian)(bytes);
      const values = dtype === 'float64' ? Float64Array.from(decoded) : Float32Array.from(decoded);
      if (map !== undefined) for (let i = 0; i < values.length; i++) values[i] = map(decoded[i], from + i);
      const start = offset - from * wide;
      target.set(new Uint8Array(values.buffer, start, target.length));
    },
    close: () => source.close(),
  };
}
