import type { FileSystem } from './fileSystem';

/** A web worker has no local files: every URI is the host's to read. */
export function localFiles(): FileSystem | undefined {
  return undefined;
}
