import type { FolderEntry } from '../protocol/kernelApi';

/** Milliseconds in which a file system that keeps fractions of a second may give two changes one time. */
const FINE = 50;
/** The same for one that keeps whole seconds, or pairs of them (FAT). */
const COARSE = 2500;

/**
 * Identifies the state of a file by its size and modification time. Undefined if the time is unknown, or so recent that
 * another change could get the same time.
 */
export function fileStamp({ kind, size, modified }: FolderEntry, now: number): string | undefined {
  if (kind !== 'file' || modified === undefined || modified <= 0) return undefined;
  const resolution = modified % 1000 === 0 ? COARSE : FINE;
  return now - modified < resolution ? undefined : `${size}-${modified}`;
}
