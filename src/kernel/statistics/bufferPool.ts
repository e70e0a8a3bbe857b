/**
 * Memory of released statistics, kept for the next ones: touching fresh memory for the first time takes as long as the
 * measurement that fills it.
 */
const free: ArrayBuffer[] = [];
let freeBytes = 0;

/** Maximum bytes in the pool; the buffers released first are dropped. */
const MAX_FREE = 1 << 26;
/** Smaller buffers are cheap to allocate. */
const MIN_POOLED = 1 << 16;

/** Uninitialized memory of at least `bytes` bytes, and not much more, from the pool if possible. */
export function acquireBuffer(bytes: number): ArrayBuffer {
  const at = free.findIndex(({ byteLength }) => byteLength >= bytes && byteLength <= 2 * bytes);
  if (at < 0) return new ArrayBuffer(Math.ceil(bytes / 8) * 8);
  const [buffer] = free.splice(at, 1);
  freeBytes -= buffer.byteLength;
  return buffer;
}

/** Returns memory to the pool; do not use it afterward. */
export function releaseBuffer(buffer: ArrayBufferLike): void {
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength < MIN_POOLED) return;
  free.push(buffer);
  freeBytes += buffer.byteLength;
  while (freeBytes > MAX_FREE) freeBytes -= free.shift()?.byteLength ?? 0;
}

/** Zeros, in pooled memory if possible; valid until the enclosing {@link inScratch} ends. */
export function acquireZeros(length: number): Float64Array {
  const at = takeScratch(8 * length);
  if (at !== undefined) return new Float64Array(scratch, at, length).fill(0);
  if (8 * length < MIN_POOLED) return new Float64Array(length);
  return new Float64Array(acquireBuffer(8 * length), 0, length).fill(0);
}

/** Columns of zeros; large ones are adjacent in one piece of memory, which can be released. */
export function acquireZeroColumns(columns: number, length: number): Float64Array[] {
  const together = columns * length;
  if (scratchUsed !== undefined || 8 * together < MIN_POOLED)
    return Array.from({ length: columns }, () => acquireZeros(length));
  const all = acquireZeros(together);
  return Array.from({ length: columns }, (_, i) => all.subarray(i * length, (i + 1) * length));
}

/** The same for counts. */
export function acquireZeroCounts(length: number): Uint32Array {
  return acquireCounts(length).fill(0);
}

/** The same, uninitialized, for counts that are written before they are read. */
export function acquireCounts(length: number): Uint32Array {
  const at = takeScratch(4 * length);
  return at === undefined ? new Uint32Array(length) : new Uint32Array(scratch, at, length);
}

/** A small record has many short-lived arrays; allocating each separately would take longer than the work on them. */
const scratch = new ArrayBuffer(1 << 22);
let scratchUsed: number | undefined;

/**
 * Runs `work`, which takes its arrays from one piece of memory while it lasts. The arrays are invalid after `work`
 * returns.
 */
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
