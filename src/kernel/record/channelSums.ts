import type { Normalization } from '../methods/methodPlan';
import { areStretchesUnits, innerOffsets, type Partition, stretchOf, unitAt } from '../methods/partition';
import { addressIn, CHUNK_VALUES, type WasmArena } from '../simd/wasmArena';
import { type Moments, mergeInto, type Values } from '../statistics/moments';
import type { TensorAxes } from '../tensor/layoutAxes';
import { forEachRun, forEachSegment, innerAxis } from '../tensor/traversal';
import { ArenaMaps } from './arenaMaps';
import type { HistogramBuilder } from './plainHistogram';

/** Sums of each channel's normalized values. */
interface ChannelTable {
  readonly count: Float64Array;
  /** The channel's first value; the sums are of the distances from it. */
  readonly origin: Float64Array;
  readonly sum: Float64Array;
  readonly squares: Float64Array;
}

interface ChannelSums {
  add(values: Values, from: number): void;
  /** What was added; it may be valid only until the arena is cleared. */
  finish(): ChannelTable;
}

/**
 * Collects the moments, without minimum and maximum, of each channel's normalized values into `target`, for methods
 * whose units span channels of single elements. Sums are relative to an origin, because `rms` keeps a mean that can be
 * far greater than the deviation.
 */
export function channelSumsBuilder(
  axes: TensorAxes,
  partition: Partition,
  normal: Normalization,
  target: Moments,
  arena?: WasmArena,
): HistogramBuilder {
  const fast = arena === undefined ? undefined : simdSums(arena, axes, partition, normal);
  const { add, finish } = fast ?? plainSums(axes, partition, normal);
  return {
    add,
    finish: () => {
      const { count, origin, sum, squares } = finish();
      for (let c = 0; c < axes.channels; c++) {
        const delta = sum[c] / count[c];
        const m2 = Math.max(0, squares[c] - sum[c] * delta);
        mergeInto(target, c, count[c], origin[c] + delta, m2, Number.NaN, Number.NaN);
      }
    },
  };
}

function emptyTable(channels: number): ChannelTable {
  const column = () => new Float64Array(channels);
  return { count: column(), origin: column(), sum: column(), squares: column() };
}

function plainSums(axes: TensorAxes, partition: Partition, normal: Normalization): ChannelSums {
  const table = emptyTable(axes.channels);
  const offsets = innerOffsets(partition, axes);
  const { role, roleStride } = innerAxis(axes);
  const channelStep = role === 'c' ? roleStride : 0;
  return {
    add: (values, from) => {
      const { shift, scale } = normal;
      forEachRun(axes, from, from + values.length, (start, length, offset, n, c, p) => {
        const base = unitAt(partition, n, c, p);
        for (let i = 0; i < length; i++) {
          const unit = offsets === undefined ? base : base + offsets[offset + i];
          addTo(table, c + (offset + i) * channelStep, (values[start + i] - shift[unit]) * scale[unit]);
        }
      });
    },
    finish: () => table,
  };
}

function addTo({ count, origin, sum, squares }: ChannelTable, channel: number, y: number): void {
  if (y - y !== 0) return;
  if (count[channel]++ === 0) origin[channel] = y;
  const d = y - origin[channel];
  sum[channel] += d;
  squares[channel] += d * d;
}

/** Number of float64 values per map: shift and scale. */
const MAP = 2;

/**
 * Processes many rows at once, if channels are contiguous in memory and units are the whole row or segments of it.
 * Returns undefined otherwise, and if the arena has no room.
 */
function simdSums(
  arena: WasmArena,
  axes: TensorAxes,
  partition: Partition,
  normal: Normalization,
): ChannelSums | undefined {
  const { channels } = axes;
  const { role, roleStride, length: width } = innerAxis(axes);
  const segment = stretchOf(axes, partition);
  if (role !== 'c' || roleStride !== 1 || width !== channels || segment === 0) return undefined;
  const columns = 8 * channels;
  const table = arena.allocate(4 * columns);
  const perRow = Math.ceil(width / segment);
  const mapsLength = MAP * perRow * Math.ceil(CHUNK_VALUES / width);
  const mapsAt = arena.room(8 * mapsLength);
  if (table === undefined || mapsAt === undefined) return undefined;
  const areRowsUnits = perRow === 1 && areStretchesUnits(partition, axes, width);
  return {
    add: (values, from) => {
      if (areRowsUnits && normal instanceof ArenaMaps && from % width === 0 && values.length % width === 0) {
        const [rows, shiftAt] = [values.length / width, normal.address + (8 * from) / width];
        arena.code.pairMaps(shiftAt, shiftAt + 8 * partition.units, rows, mapsAt);
        const address = addressIn(arena, values, 0);
        arena.code.affineMoments(address, width, rows, segment, mapsAt, table, columns);
        return;
      }
      const maps = arena.float64(mapsAt, mapsLength);
      const { shift, scale } = normal;
      let first = 0;
      let written = 0;
      const write = (unit: number) => {
        maps[written++] = shift[unit];
        maps[written++] = scale[unit];
      };
      const addWhole = () => {
        const rows = written / (MAP * perRow);
        if (rows > 0)
          arena.code.affineMoments(
            addressIn(arena, values, first),
            width,
            rows,
            segment,
            mapsAt,
            table,
            columns,
          );
        written = 0;
      };
      forEachRun(axes, from, from + values.length, (start, length, offset, n, c, p) => {
        const base = unitAt(partition, n, c, p);
        if (length === width) {
          if (written === 0) first = start;
          for (let index = 0; index < perRow; index++) write(base + index);
          return;
        }
        // The chunk's ends cut a row.
        addWhole();
        forEachSegment(segment, offset, length, (at, many, index) => {
          write(base + index);
          const address = addressIn(arena, values, start + at);
          arena.code.affineMoments(address, many, 1, many, mapsAt, table + 8 * (offset + at), columns);
          written = 0;
        });
      });
      addWhole();
    },
    finish: () => {
      const column = (index: number) => arena.float64(table + index * columns, channels);
      return { count: column(0), origin: column(1), sum: column(2), squares: column(3) };
    },
  };
}
