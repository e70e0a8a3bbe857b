import { elementCount } from '../model/elementCount';
import { assertRange, type ByteSource, readBytes } from './byteSource';

/** Bytes of the stored range that are read at once. */
const MAX_SPAN = 4 << 20;

/**
 * A strided view of stored elements, in C order: gaps are skipped, and repeated elements (stride 0) are repeated.
 * `strides` are in elements and not negative; the view begins at the source's first byte. Descending strides are
 * fastest: each stretch of the base is then read once. Closing it closes `base`.
 */
export function stridedSource(
  base: ByteSource,
  { shape, strides }: { readonly shape: readonly number[]; readonly strides: readonly number[] },
  itemSize: number,
): ByteSource {
  const size = itemSize * elementCount(shape);
  const placeOf = (index: number): number => {
    let rest = index;
    let place = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      place += (rest % shape[axis]) * strides[axis];
      rest = Math.floor(rest / shape[axis]);
    }
    return place;
  };
  /** Elements [first, first + count) in C order, into `target`. */
  const gather = async (first: number, count: number, target: Uint8Array): Promise<void> => {
    let low = Number.POSITIVE_INFINITY;
    let high = 0;
    for (let i = 0; i < count; i++) {
      const place = placeOf(first + i);
      if (place < low) low = place;
      if (place > high) high = place;
    }
    if (count > 1 && (high - low + 1) * itemSize > MAX_SPAN) {
      const half = count >> 1;
      await gather(first, half, target.subarray(0, half * itemSize));
      return gather(first + half, count - half, target.subarray(half * itemSize));
    }
    const bytes = await readBytes(base, low * itemSize, (high - low + 1) * itemSize);
    for (let i = 0; i < count; i++) {
      const from = (placeOf(first + i) - low) * itemSize;
      for (let byte = 0; byte < itemSize; byte++) target[i * itemSize + byte] = bytes[from + byte];
    }
  };
  return {
    path: base.path,
    size,
    isSequential: base.isSequential ?? false,
    read: async (offset, target) => {
      assertRange({ path: base.path, size }, offset, target.length);
      const first = Math.floor(offset / itemSize);
      const end = Math.ceil((offset + target.length) / itemSize);
      const block = MAX_SPAN / 16;
      for (let at = first; at < end; at += block) {
        const count = Math.min(block, end - at);
        const bytes = new Uint8Array(count * itemSize);
        await gather(at, count, bytes);
        const from = Math.max(0, offset - at * itemSize);
        const place = at * itemSize + from - offset;
        target.set(bytes.subarray(from, from + target.length - place), place);
      }
      // A closed source rejects even a read of nothing.
      if (target.length === 0) await base.read(0, target);
    },
    close: () => base.close(),
  };
}
