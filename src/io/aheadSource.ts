import type { ByteSource } from './byteSource';

/** Bytes of a read that is worth reading ahead: a number of parameters, a part of a header. */
const SMALL = 1 << 12;
/** Bytes that are read ahead: those of all small tensors of a file, if they are side by side. */
const AHEAD = 1 << 14;

/**
 * The same bytes; a small read also reads what follows, from which the next small ones are served. To ask the system
 * takes longer than to copy so few bytes.
 */
export function aheadSource(source: ByteSource): ByteSource {
  if (source.isSequential === true) return source;
  let ahead: Uint8Array = new Uint8Array(0);
  let start = 0;
  const holds = (offset: number, length: number) =>
    offset >= start && offset + length <= start + ahead.length;
  return {
    ...source,
    read: async (offset, target) => {
      const { length } = target;
      const isInside = offset >= 0 && offset + length <= source.size;
      if (length === 0 || length > SMALL || !isInside) return source.read(offset, target);
      if (!holds(offset, length)) {
        const bytes = new Uint8Array(Math.min(AHEAD, source.size - offset));
        // A file that shrank may still have the bytes that are asked for.
        if (!(await isRead(source, offset, bytes))) return source.read(offset, target);
        ahead = bytes;
        start = offset;
      }
      target.set(ahead.subarray(offset - start, offset - start + length));
    },
    close: () => {
      ahead = new Uint8Array(0);
      return source.close();
    },
  };
}

async function isRead(source: ByteSource, offset: number, bytes: Uint8Array): Promise<boolean> {
  try {
    await source.read(offset, bytes);
    return true;
  } catch {
    return false;
  }
}
