import type { FolderEntry } from '../protocol/kernelApi';
import { bufferSource } from './bufferSource';
import { fileStamp } from './fileStamp';
import type { FileSystem } from './fileSystem';
import { parentUri } from './uri';

/** What the host lends the kernel: its file system providers. */
export interface HostFiles {
  readFile(uri: string): Promise<Uint8Array>;
  statFile(uri: string): Promise<FolderEntry>;
  listFolder(uri: string): Promise<readonly FolderEntry[]>;
}

/** Bytes of whole files that are kept, most recently used last. */
const KEPT_BYTES = 64 * 2 ** 20;

/**
 * Files of the host's providers (virtual workspaces, the web). VS Code's API reads only whole files, so a file is
 * transferred once and cached briefly: its header is read before its tensors. Listing a folder or checking a file asks
 * the host again and drops the cached bytes unless the file is known to be unchanged, so that a reopened run is up to
 * date.
 */
export function hostFiles(host: HostFiles): FileSystem {
  const kept = new Map<string, Uint8Array>();
  /** The state of a file before it was transferred. */
  const seen = new Map<string, string | undefined>();
  const look = (entry: FolderEntry) => {
    const stamp = fileStamp(entry, Date.now());
    if (stamp === undefined || stamp !== seen.get(entry.uri)) kept.delete(entry.uri);
    seen.set(entry.uri, stamp);
  };
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
      const entry = await host.statFile(uri).catch((error: unknown) => {
        kept.delete(uri);
        throw error;
      });
      look({ ...entry, uri });
      return { ...entry, uri };
    },
    list: async (uri) => {
      const entries = await host.listFolder(uri);
      const there = new Set(entries.map((entry) => entry.uri));
      for (const each of kept.keys())
        if (parentUri(each) === uri.replace(/\/+$/, '') && !there.has(each)) kept.delete(each);
      for (const entry of entries) look(entry);
      return entries;
    },
    open: async (uri) => {
      const bytes = kept.get(uri) ?? (await host.readFile(uri));
      keep(uri, bytes);
      return bufferSource(uri, bytes);
    },
  };
}
