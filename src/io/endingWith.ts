import type { ByteSource } from './byteSource';

/** Ties bytes in memory to the file: they become unreadable once the file is closed or truncated. */
export function endingWith(source: ByteSource, bytes: ByteSource): ByteSource {
  return {
    ...bytes,
    read: async (offset, target) => {
      await source.read(source.size - 1, new Uint8Array(1));
      await bytes.read(offset, target);
    },
  };
}
