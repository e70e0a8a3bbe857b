import { type ByteSource, readBytes } from '../io/byteSource';

/**
 * Unpacks elements of four or six bits, which follow each other without gaps from the lowest bit on, to one byte each.
 * Closing it closes the source.
 */
export function unpackedBits(source: ByteSource, bits: number): ByteSource {
  const { path, isSequential } = source;
  const mask = (1 << bits) - 1;
  return {
    path,
    size: Math.floor((8 * source.size) / bits),
    ...(isSequential !== undefined && { isSequential }),
    read: async (offset, target) => {
      const from = Math.floor((offset * bits) / 8);
      const bytes = await readBytes(source, from, Math.ceil(((offset + target.length) * bits) / 8) - from);
      for (let i = 0; i < target.length; i++) {
        const place = (offset + i) * bits - 8 * from;
        const at = Math.floor(place / 8);
        target[i] = ((bytes[at] | ((bytes[at + 1] ?? 0) << 8)) >> (place % 8)) & mask;
      }
    },
    close: () => source.close(),
  };
}
