import type { HostFiles } from './hostFiles';
import type { Store } from './store';
import { childUri } from './uri';

/** The host's operations for a store, apart from reading. */
export interface HostStoreFiles extends HostFiles {
  writeCached(name: string, bytes: Uint8Array): Promise<void>;
  removeCached(name: string): Promise<void>;
}

/** Files that are kept in memory: the host hands over whole ones, and many sketches are read from each. */
const KEPT_FILES = 8;

/** A store in a folder that only the host can reach. It cannot note when a file was used. */
export function hostStore(host: HostStoreFiles, folder: string): Store {
  const kept = new Map<string, Promise<Uint8Array>>();
  const whole = (name: string): Promise<Uint8Array> => {
    const bytes = kept.get(name) ?? host.readFile(childUri(folder, name));
    kept.delete(name);
    kept.set(name, bytes);
    bytes.catch(() => kept.delete(name));
    for (const oldest of kept.keys()) if (kept.size > KEPT_FILES) kept.delete(oldest);
    return bytes;
  };
  return {
    list: async () => {
      const entries = await host.listFolder(folder).catch(() => []);
      return entries
        .filter(({ kind }) => kind === 'file')
        .map(({ name, size, modified }) => ({ name, size, used: modified ?? 0 }));
    },
    read: async (name, offset, length) => (await whole(name)).slice(offset, offset + length),
    write: async (name, bytes) => {
      kept.delete(name);
      await host.writeCached(name, bytes);
    },
    remove: async (name) => {
      kept.delete(name);
      await host.removeCached(name);
    },
    touch: async () => {},
  };
}
