import type { Store } from '../../io/store';

/** Minimum number of bytes per read, because adjacent bytes are usually requested next. */
const BLOCK_BYTES = 1 << 18;
/** Blocks that are kept, most recently used last. */
const KEPT_BLOCKS = 8;

/**
 * Reads ranges of files that are never written twice under one name: small ones through blocks, so that thousands of
 * them are a few dozen reads.
 */
export function blockReader(store: Store): Store['read'] {
  const kept = new Map<string, Promise<Uint8Array>>();
  return async (name, offset, length) => {
    const block = Math.floor(offset / BLOCK_BYTES);
    const start = offset - block * BLOCK_BYTES;
    if (length > BLOCK_BYTES / 8 || start + length > BLOCK_BYTES) return store.read(name, offset, length);
    const key = `${block} ${name}`;
    const bytes = kept.get(key) ?? store.read(name, block * BLOCK_BYTES, BLOCK_BYTES);
    kept.delete(key);
    kept.set(key, bytes);
    bytes.catch(() => kept.delete(key));
    for (const oldest of kept.keys()) if (kept.size > KEPT_BLOCKS) kept.delete(oldest);
    return (await bytes).subarray(start, start + length);
  };
}
