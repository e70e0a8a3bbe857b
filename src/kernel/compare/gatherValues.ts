import { uniformFrom } from '../statistics/uniform';
import type { RecordValues } from '../tensor/recordValues';
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
}

/** Reads all finite values of a record, or of a large one some, always the same. */
export async function gatherValues({
  axes,
  stream,
}: Pick<RecordValues, 'axes' | 'stream'>): Promise<GatheredValues> {
  const { starts, length } = stretchesOf(axes.size);
  const most = Math.min(axes.size, starts.length * length);
  const values = new Float64Array(most);
  const samples = new Int32Array(most);
  const channels = new Int32Array(most);
  let count = 0;
  const add = (x: number, n: number, c: number) => {
    if (x - x !== 0) return;
    values[count] = x;
    samples[count] = n;
    channels[count] = c;
    count++;
  };
  let next = 0;
  await stream.forEach((chunk, from) => {
    const end = from + chunk.length;
    for (; next < starts.length && starts[next] < end; next++) {
      const low = Math.max(starts[next], from);
      const high = Math.min(starts[next] + length, end);
      forEachElement(axes, chunk.subarray(low - from, high - from), low, () => true, add);
      // The rest of the stretch is in the next chunk.
      if (starts[next] + length > end) break;
    }
  });
  return {
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
