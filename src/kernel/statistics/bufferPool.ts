/**
 * Memory of statistics that were dropped, for the next ones: to touch fresh memory for the first time costs as much as to
 * measure what goes there.
 */
const free: ArrayBuffer[] = [];
let freeBytes = 0;

/** Bytes that wait at the most; what was given back first is let go. */
const MAX_FREE = 1 << 26;
/** Smaller memory is quickly had. */
const MIN_POOLED = 1 << 16;

/** Memory of at least so many bytes, with anything in it, and not much more than that. */
export function acquireBuffer(bytes: number): ArrayBuffer {
  const at = free.findIndex(({ byteLength }) => byteLength >= bytes && byteLength <= 2 * bytes);
  if (at < 0) return new ArrayBuffer(Math.ceil(bytes / 8) * 8);
  const [buffer] = free.splice(at, 1);
  freeBytes -= buffer.byteLength;
  return buffer;
}

/** For others to take: nobody may look at it any more. */
export function releaseBuffer(buffer: ArrayBufferLike): void {
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength < MIN_POOLED) return;
  free.push(buffer);
  freeBytes += buffer.byteLength;
  while (freeBytes > MAX_FREE) freeBytes -= free.shift()?.byteLength ?? 0;
}

/** Zeros, in memory that was given back where there is some; until the end of {@link inScratch} within one. */
export function acquireZeros(length: number): Float64Array {
  const at = takeScratch(8 * length);
  if (at !== undefined) return new Float64Array(scratch, at, length).fill(0);
  if (8 * length < MIN_POOLED) return new Float64Array(length);
  return new Float64Array(acquireBuffer(8 * length), 0, length).fill(0);
}

/** So many columns of zeros each; large ones are side by side in one piece of memory, which can be given back. */
export function acquireZeroColumns(columns: number, length: number): Float64Array[] {
  const together = columns * length;
  if (scratchUsed !== undefined || 8 * together < MIN_POOLED)
    return Array.from({ length: columns }, () => acquireZeros(length));
  const all = acquireZeros(together);
  return Array.from({ length: columns }, (_, i) => all.subarray(i * length, (i + 1) * length));
}

/** The same for counts. */
export function acquireZeroCounts(length: number): Uint32Array {
  const at = takeScratch(4 * length);
  return at === undefined ? new Uint32Array(length) : new Uint32Array(scratch, at, length).fill(0);
}

/** A small record's arrays are many and short-lived: to have each by itself takes longer than what is done with it. */
const scratch = new ArrayBuffer(1 << 19);
let scratchUsed: number | undefined;

/** What `work` takes is cut from one piece of memory, as far as it goes, and of no use once it has returned. */
export function inScratch<T>(work: () => T): T {
  scratchUsed = 0;
  try {
    return work();
  } finally {
    scratchUsed = undefined;
  }
}

function takeScratch(bytes: number): number | undefined {
  const at = scratchUsed;
  if (at === undefined || at + bytes > scratch.byteLength) return undefined;
  scratchUsed = Math.ceil((at + bytes) / 8) * 8;
  return at;
}
