import type { Filler } from './fill';
import type { Lane } from './lane';
import type { TensorAxes } from './layoutAxes';
import type { Normalization } from './methods';
import { type Moments, mergeInto, type Values } from './moments';
import { innerOffsets, type Partition, segmentLength, unitAt } from './partition';
import { forEachSegment, innerAxis, walk } from './walk';

interface ChannelTable {
  readonly count: Float64Array;
  /** The channel's first value; the sums are of the distances from it. */
  readonly origin: Float64Array;
  readonly sum: Float64Array;
  readonly squares: Float64Array;
}

/**
 * Collects the moments, without least and greatest, of each channel's normalized values into `target`, for methods whose
 * units span channels of single elements. From an origin, since `rms` leaves a mean in place that can be far greater
 * than the deviation.
 */
export function channelFiller(
  axes: TensorAxes,
  partition: Partition,
  normal: Normalization,
  target: Moments,
  lane?: Lane,
): Filler {
  const table = emptyTable(axes.channels);
  const fast = lane === undefined ? undefined : laneSums(lane, axes, partition, normal, table);
  const { add, finish } = fast ?? plainSums(axes, partition, normal, table);
  return {
    add,
    finish: () => {
      finish();
      for (let c = 0; c < axes.channels; c++) {
        const [count, sum] = [table.count[c], table.sum[c]];
        const delta = sum / count;
        const m2 = Math.max(0, table.squares[c] - sum * delta);
        mergeInto(target, c, count, table.origin[c] + delta, m2, Number.NaN, Number.NaN);
      }
    },
  };
}

function emptyTable(channels: number): ChannelTable {
  const column = () => new Float64Array(channels);
  return { count: column(), origin: column(), sum: column(), squares: column() };
}

function plainSums(
  axes: TensorAxes,
  partition: Partition,
  { shift, scale }: Normalization,
  table: ChannelTable,
): Filler {
  const offsets = innerOffsets(partition, axes);
  const { role, roleStride } = innerAxis(axes);
  const channelStep = role === 'c' ? roleStride : 0;
  return {
    add: (values, from) =>
      walk(axes, from, from + values.length, (start, length, offset, n, c, p) => {
        const base = unitAt(partition, n, c, p);
        for (let i = 0; i < length; i++) {
          const unit = offsets === undefined ? base : base + offsets[offset + i];
          addTo(table, c + (offset + i) * channelStep, (values[start + i] - shift[unit]) * scale[unit]);
        }
      }),
    finish: () => {},
  };
}

function addTo({ count, origin, sum, squares }: ChannelTable, channel: number, y: number): void {
  if (y - y !== 0) return;
  if (count[channel]++ === 0) origin[channel] = y;
  const d = y - origin[channel];
  sum[channel] += d;
  squares[channel] += d * d;
}

/** Where channels are neighbours in memory, and units are the whole row or segments of it: a segment at once. */
function laneSums(
  lane: Lane,
  axes: TensorAxes,
  partition: Partition,
  { shift, scale }: Normalization,
  result: ChannelTable,
): Filler | undefined {
  const { channels } = axes;
  const { role, roleStride, length: width } = innerAxis(axes);
  const offsets = innerOffsets(partition, axes);
  const segment = offsets === undefined ? width : segmentLength(offsets);
  if (role !== 'c' || roleStride !== 1 || width !== channels || segment === 0) return undefined;
  const sums = lane.allocate(32 * channels);
  if (sums === undefined) return undefined;
  const [originAt, countAt, sumAt, squaresAt] = [0, 8, 16, 24].map((bytes) => sums + bytes * channels);
  const view = (): ChannelTable => ({
    origin: lane.float64(originAt, channels),
    count: lane.float64(countAt, channels),
    sum: lane.float64(sumAt, channels),
    squares: lane.float64(squaresAt, channels),
  });
  // Whether every channel has its origin.
  let isReady = false;
  return {
    add: (values, from) => {
      const table = view();
      const address = lane.addressOf(values, 0);
      walk(axes, from, from + values.length, (start, length, offset, n, c, p) => {
        const base = unitAt(partition, n, c, p);
        forEachSegment(segment, offset, length, (at, many, index) => {
          const unit = offsets === undefined ? base : base + index;
          const channel = offset + at;
          const wide = 8 * channel;
          const isDone =
            isReady &&
            address !== undefined &&
            lane.code.addAffine(
              address + 4 * (start + at),
              many,
              shift[unit],
              scale[unit],
              originAt + wide,
              countAt + wide,
              sumAt + wide,
              squaresAt + wide,
            ) === 1;
          if (!isDone) addSegment(table, values, start + at, many, channel, shift[unit], scale[unit]);
        });
        isReady ||= table.count.every((count) => count > 0);
      });
    },
    finish: () => {
      const table = view();
      for (const column of ['count', 'origin', 'sum', 'squares'] as const) result[column].set(table[column]);
    },
  };
}

function addSegment(
  table: ChannelTable,
  values: Values,
  start: number,
  length: number,
  channel: number,
  shift: number,
  scale: number,
): void {
  for (let i = 0; i < length; i++) addTo(table, channel + i, (values[start + i] - shift) * scale);
}
