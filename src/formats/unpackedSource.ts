import { type ByteSource, readBytes } from '../io/byteSource';

/**
 * Unpacks four-bit elements, two per byte with the first in the low bits, to one byte each. Closing it closes the
 * source.
 */
export function unpackedNibbles(source: ByteSource): ByteSource {
  const { path, isSequential } = source;
  return {
    path,
    size: 2 * source.size,
    ...(isSequential !== undefined && { isSequential }),
    read: async (offset, target) => {
      const from = Math.floor(offset / 2);
      const bytes = await readBytes(source, from, Math.ceil((offset + target.length) / 2) - from);
      for (let i = 0; i < target.length; i++) {
        const place = offset + i;
        const byte = bytes[Math.floor(place / 2) - from];
        target[i] = place % 2 === 0 ? byte & 15 : byte >> 4;
      }
    },
    close: () => source.close(),
  };
}
