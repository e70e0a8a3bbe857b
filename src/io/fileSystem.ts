import type { FolderEntry } from '../protocol/kernelApi';
import type { ByteSource } from './byteSource';

/**
 * Where files come from: the disk (Node), or the host's file system providers. Paths are URIs.
 * Every failure is a ProblemError that names the URI.
 */
export interface FileSystem {
  /** Entry for one file or folder. */
  stat(uri: string): Promise<FolderEntry>;
  /** Entries of a folder, in no particular order. Links are resolved and reported as their targets. */
  list(uri: string): Promise<readonly FolderEntry[]>;
  open(uri: string): Promise<ByteSource>;
  /** The path with all links resolved; absent if the file system has no links. */
  real?(uri: string): Promise<string>;
}
