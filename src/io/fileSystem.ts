import type { FolderEntry } from '../protocol/kernelApi';
import type { ByteSource } from './byteSource';

/**
 * Where files come from: the disk (Node), or the host's file system providers. Paths are URIs.
 * Every failure is a ProblemError that names the URI.
 */
export interface FileSystem {
  /** Entry for one file or folder. */
  stat(uri: string): Promise<FolderEntry>;
  /** Entries of a folder, in no particular order. Links are followed once and reported as what they lead to. */
  list(uri: string): Promise<readonly FolderEntry[]>;
  open(uri: string): Promise<ByteSource>;
  /** The place itself, without links on the way to it; absent where there are no links. */
  real?(uri: string): Promise<string>;
}
