import { decoder } from '../../formats/decode';
import { ITEM_SIZE } from '../../formats/dtype';
import { throwIfAborted } from '../../rpc/abort';
import { turns } from '../../rpc/turns';
import { acquireBuffer, releaseBuffer } from '../statistics/bufferPool';
import { uniformFrom } from '../statistics/uniform';
import type { OpenTensor } from '../tensor/recordValues';
import { forEachElement } from '../tensor/traversal';

/** Values at most; of a larger record, stretches all over it. */
const MOST = 1 << 18;
/** Length of a stretch: long enough for a fast loop, and short enough for many of them. */
const STRETCH = 1 << 8;

/** Finite values of a record, each with its sample and channel. */
export interface GatheredValues {
  readonly values: Float64Array;
  readonly samples: Int32Array;
  readonly channels: Int32Array;
  /** Gives their memory back; do not use them afterward. */
  release(): void;
}

/** Reads all finite values of a record, or of a large one some, always the same. Reads nothing else. */
export async function gatherValues(
  { axes, info: { dtype, littleEndian }, tensor }: OpenTensor,
  signal: AbortSignal,
): Promise<GatheredValues> {
  const { starts, length } = stretchesOf(axes.size);
  const most = starts.length * length;
  const buffer = acquireBuffer(16 * most);
  const values = new Float64Array(buffer, 0, most);
  const samples = new Int32Array(buffer, 8 * most, most);
  const channels = new Int32Array(buffer, 12 * most, most);
  let count = 0;
  const add = (x: number, n: number, c: number) => {
    if (x - x !== 0) return;
    values[count] = x;
    samples[count] = n;
    channels[count] = c;
    count++;
  };
  const width = ITEM_SIZE[dtype];
  const decode = decoder(dtype, littleEndian);
  const bytes = new Uint8Array(length * width);
  const turn = turns();
  for (const start of starts) {
    throwIfAborted(signal);
    await tensor.read(start * width, bytes);
    forEachElement(axes, decode(bytes), start, () => true, add);
    await turn();
  }
  return {
    release: () => releaseBuffer(buffer),
    values: values.subarray(0, count),
    samples: samples.subarray(0, count),
    channels: channels.subarray(0, count),
  };
}

/** Where stretches begin in memory: one in each of as many equal parts of the record, at a random place of it. */
function stretchesOf(size: number): { readonly starts: Float64Array; readonly length: number } {
  if (size <= MOST) return { starts: Float64Array.of(0), length: size };
  const uniform = uniformFrom(size % 2 ** 31);
  const count = MOST / STRETCH;
  const part = size / count;
  return {
    starts: Float64Array.from({ length: count }, (_, i) =>
      Math.floor(i * part + uniform() * (part - STRETCH)),
    ),
    length: STRETCH,
  };
}
