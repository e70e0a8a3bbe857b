import type { FolderEntry } from '../protocol/kernelApi';

/** Milliseconds in which a file system that keeps fractions of a second may give two changes one time. */
const FINE = 50;
/** The same for one that keeps whole seconds, or pairs of them (FAT). */
const COARSE = 2500;

/**
 * What tells one state of a file from another: its size and the time of its last change. Undefined where the time is
 * not known, or so recent that the next change could bear the same one.
 */
export function fileStamp({ kind, size, modified }: FolderEntry, now: number): string | undefined {
  if (kind !== 'file' || modified === undefined || modified <= 0) return undefined;
  const resolution = modified % 1000 === 0 ? COARSE : FINE;
  return now - modified < resolution ? undefined : `${size}-${modified}`;
}
