import { unzlibSync } from 'fflate';

const Z_OK = 0;
const Z_DATA_ERROR = -3;

/**
 * zlib.h's `uncompress` on a WebAssembly heap: inflates `length` bytes at `source` to `target`. The 32-bit word at
 * `lengthAt` is the capacity, and is set to the number of bytes written.
 */
export function uncompress(
  heap: Uint8Array,
  target: number,
  lengthAt: number,
  source: number,
  length: number,
): number {
  const lengthView = new DataView(heap.buffer, heap.byteOffset + lengthAt, 4);
  const room = lengthView.getUint32(0, true);
  try {
    const out = heap.subarray(target, target + room);
    const inflated = unzlibSync(heap.subarray(source, source + length), { out });
    lengthView.setUint32(0, inflated.length, true);
    return Z_OK;
  } catch {
    return Z_DATA_ERROR;
  }
}
