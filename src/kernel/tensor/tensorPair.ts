import { decoder } from '../../formats/decode';
import { ITEM_SIZE } from '../../formats/dtype';
import type { TensorInfo } from '../../formats/tensorFile';
import type { ByteSource } from '../../io/byteSource';
import { throwIfAborted } from '../../rpc/abort';
import { turns } from '../../rpc/turns';

/** Number of values per read. */
const CHUNK = 1 << 15;
/** Maximum number of values of a tensor pair that is read once and kept. */
const KEPT = 1 << 20;

/** A tensor whose values can be read by range, in memory order. */
export interface ReadableTensor {
  readonly info: TensorInfo;
  readonly tensor: ByteSource;
}

/** The input and output of a layer, with equal extents. */
export interface TensorPair {
  readonly size: number;
  /** Visits the first `size` values of both, chunk by chunk. The values are valid until the visit returns. */
  forEach(
    size: number,
    visit: (input: Float64Array, output: Float64Array, from: number) => void,
  ): Promise<void>;
  /** Copies `count` values of both, starting at `from`. */
  read(from: number, count: number): Promise<readonly [input: Float64Array, output: Float64Array]>;
}

/** Reads two tensors of `size` values side by side, and yields to other work between chunks. Throws if aborted. */
export function tensorPair(
  tensors: readonly ReadableTensor[],
  size: number,
  signal: AbortSignal,
): TensorPair {
  const readers = tensors.map(({ info, tensor }) => {
    const width = ITEM_SIZE[info.dtype];
    const decode = decoder(info.dtype, info.littleEndian);
    return async (from: number, count: number) => {
      const bytes = new Uint8Array(count * width);
      await tensor.read(from * width, bytes);
      return new Float64Array(decode(bytes));
    };
  });
  const read = async (from: number, count: number): Promise<readonly [Float64Array, Float64Array]> => [
    await readers[0](from, count),
    await readers[1](from, count),
  ];
  const turn = turns();
  const kept = new Map<number, readonly [Float64Array, Float64Array]>();
  return {
    size,
    read,
    forEach: async (end, visit) => {
      for (let from = 0; from < end; from += CHUNK) {
        throwIfAborted(signal);
        const count = Math.min(CHUNK, size - from);
        const pair = kept.get(from) ?? (await read(from, count));
        if (size <= KEPT) kept.set(from, pair);
        const visited = Math.min(count, end - from);
        visit(pair[0].subarray(0, visited), pair[1].subarray(0, visited), from);
        await turn();
      }
    },
  };
}
