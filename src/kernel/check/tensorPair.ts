import { decoder } from '../../formats/decode';
import { ITEM_SIZE } from '../../formats/dtype';
import type { TensorInfo } from '../../formats/tensorFile';
import type { ByteSource } from '../../io/byteSource';
import { throwIfAborted } from '../../rpc/abort';
import type { Values } from '../statistics/moments';

/** Values that are read at a time. */
const CHUNK = 1 << 15;

/** A tensor whose values are read by range, in the order of memory. */
export interface ReadableTensor {
  readonly info: TensorInfo;
  readonly tensor: ByteSource;
}

/**
 * Reads the first `size` values of tensors of equal extents side by side, chunk by chunk. Values are good until the
 * visit returns. Other work gets its turn between chunks.
 */
export async function forEachChunkOf(
  tensors: readonly ReadableTensor[],
  size: number,
  visit: (values: readonly Values[], from: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const readers = tensors.map(({ info, tensor }) => {
    const width = ITEM_SIZE[info.dtype];
    const buffer = new Uint8Array(Math.min(CHUNK, size) * width);
    const decode = decoder(info.dtype, info.littleEndian);
    return async (from: number, count: number) => {
      const bytes = buffer.subarray(0, count * width);
      await tensor.read(from * width, bytes);
      return decode(bytes);
    };
  });
  for (let from = 0; from < size; from += CHUNK) {
    throwIfAborted(signal);
    const count = Math.min(CHUNK, size - from);
    const values: Values[] = [];
    for (const read of readers) values.push(await read(from, count));
    visit(values, from);
    // Messages are tasks; awaiting what is settled never gets to them.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}
