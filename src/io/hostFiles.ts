import type { FolderEntry } from '../protocol/kernelApi';
import { problemError } from '../protocol/problem';
import { bufferSource } from './bufferSource';
import type { FileSystem } from './fileSystem';
import { baseName, parentUri } from './uri';

/** What the host lends the kernel: its file system providers. */
export interface HostFiles {
  readFile(uri: string): Promise<Uint8Array>;
  listFolder(uri: string): Promise<readonly FolderEntry[]>;
}

/** Bytes of whole files that are kept, most recently used last. */
const KEPT_BYTES = 64 * 2 ** 20;

/**
 * Files of the host's providers (virtual workspaces, the web). VS Code's API reads whole files only, so a file
 * comes over once and is kept for a while: its header is read before its tensors. To list a folder, or to look at a
 * file, is to ask anew: what was kept of it is dropped, so that a run that is opened again is not the one before.
 */
export function hostFiles(host: HostFiles): FileSystem {
  const kept = new Map<string, Uint8Array>();
  const keep = (uri: string, bytes: Uint8Array) => {
    kept.delete(uri);
    kept.set(uri, bytes);
    let total = 0;
    for (const each of kept.values()) total += each.length;
    for (const [oldest, each] of kept) {
      if (total <= KEPT_BYTES || oldest === uri) break;
      kept.delete(oldest);
      total -= each.length;
    }
  };
  return {
    stat: async (uri) => {
      kept.delete(uri);
      const entries = await host.listFolder(parentUri(uri)).catch(() => []);
      const found = entries.find((entry) => entry.uri === uri || entry.name === baseName(uri));
      if (found !== undefined) return { ...found, uri };
      // The root of a provider has no parent that lists it.
      await host.listFolder(uri).catch(() => {
        throw problemError('not-found', uri, 'The file or folder does not exist (any more).');
      });
      return { name: baseName(uri), uri, kind: 'folder', size: 0 };
    },
    list: (uri) => {
      for (const each of kept.keys()) if (parentUri(each) === uri.replace(/\/+$/, '')) kept.delete(each);
      return host.listFolder(uri);
    },
    open: async (uri) => {
      const bytes = kept.get(uri) ?? (await host.readFile(uri));
      keep(uri, bytes);
      return bufferSource(uri, bytes);
    },
  };
}
