import type { Store } from '../../../../src/io/store';

/** A store in memory, with a clock that ticks at every write and use. */
export function memoryStore(): Store & { readonly files: Map<string, { bytes: Uint8Array; used: number }> } {
  const files = new Map<string, { bytes: Uint8Array; used: number }>();
  let now = 0;
  const find = (name: string) => {
    const file = files.get(name);
    if (file === undefined) throw new Error(`There is no ${name}.`);
    return file;
  };
  return {
    files,
    list: async () => [...files].map(([name, { bytes, used }]) => ({ name, size: bytes.length, used })),
    read: async (name, offset, length) => find(name).bytes.slice(offset, offset + length),
    write: async (name, bytes) => void files.set(name, { bytes: bytes.slice(), used: ++now }),
    remove: async (name) => void files.delete(name),
    touch: async (name) => {
      find(name).used = ++now;
    },
  };
}
