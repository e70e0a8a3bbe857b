import { type Partition, segmentLength, stretchOf, type UnitMaps } from '../methods/partition';
import { tableCountsSimd, type WalkRoom, walkRoom } from '../simd/gridCountsSimd';
import { addressIn, CHUNK_VALUES, type WasmArena } from '../simd/wasmArena';
import type { Grid } from '../statistics/grid';
import type { TensorAxes } from '../tensor/layoutAxes';
import { innerAxis, writeOrigins } from '../tensor/traversal';
import { addressesOfMaps } from './arenaMaps';
import type { HistogramBuilder } from './plainHistogram';

/** A histogram in the arena's memory. */
export interface SimdHistogram {
  /** Address of `Fill` in src/kernel/simd/assembly/histogram.ts. */
  readonly address: number;
  readonly cells: number;
  /** Adds the counts to the grid's halves, once. */
  gather(): void;
  /** Walks over the counts instead, which are those of all values, and notes in the grid what follows from them. */
  walk(room: WalkRoom): void;
}

/** Number of int32 fields of `Fill`; a float64 follows. */
const FILL_INTEGERS = 17;
const FIRST_AT = 8 * Math.ceil(FILL_INTEGERS / 2);

/**
 * Allocates an empty histogram of the grid. `segment` is the number of neighbors in a run that are in one unit; 0 if all
 * are. With windows, blocks can be re-binned into it. Returns undefined if the arena has no room.
 */
export function simdHistogram(
  arena: WasmArena,
  maps: UnitMaps,
  grid: Grid,
  { segment, withWindows }: { readonly segment: number; readonly withWindows: boolean },
): SimdHistogram | undefined {
  const { units, nStride, pStride } = maps.partition;
  const { width, first, below, size, above } = grid;
  const cells = below + size + above;
  const windowBytes = withWindows ? aligned(8 * (size + 4)) : 0;
  const tableBytes = aligned(4 * (cells + 3));
  const addresses = addressesOfMaps(arena, maps);
  const even = arena.allocate(2 * (tableBytes + windowBytes));
  const mapBytes = aligned(8 * units);
  const fillBytes = aligned(FIRST_AT + 8);
  const fill = arena.room(fillBytes + 2 * mapBytes + aligned(12 * units));
  if (addresses === undefined || even === undefined || fill === undefined) return undefined;
  const odd = even + tableBytes;
  const evenWindow = withWindows ? odd + tableBytes : 0;
  const oddWindow = evenWindow + windowBytes;
  const { channelUnitAt, shiftAt } = addresses;
  const scaleAt = fill + fillBytes;
  const offsetAt = addresses.offsetAt === 0 ? 0 : scaleAt + mapBytes;
  const places = scaleAt + 2 * mapBytes;
  // In the order of the fields.
  const ofMaps = [nStride, pStride, channelUnitAt, segment, units, shiftAt, scaleAt, offsetAt, places];
  arena.int32(fill, FILL_INTEGERS).set([...ofMaps, below, size, above, 0, even, odd, evenWindow, oddWindow]);
  arena.float64(fill + FIRST_AT, 1)[0] = first;
  // The width is a power of two, so nothing is rounded.
  arena.code.writePlaces(fill, addresses.scaleAt, addresses.offsetAt, 1 / width);
  return {
    address: fill,
    cells,
    walk: (room) => {
      grid.counted = tableCountsSimd(arena, room, fill, width);
    },
    gather: () => {
      const { halves } = grid;
      for (const [half, table, window] of [
        [halves[0], even, evenWindow],
        [halves[1], odd, oddWindow],
      ] as const) {
        if (withWindows) arena.code.gatherWindow(window, size, table + 4 * below);
        const counts = arena.uint32(table, cells);
        for (let cell = 0; cell < cells; cell++) half[cell] += counts[cell];
      }
    },
  };
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / 16) * 16;
}

/** How the arena's loops visit the values: in runs of `length` neighbors, whose origins follow from `outer`. */
export interface Runs {
  readonly length: number;
  /** Axes whose fastest one stands for a run. */
  readonly outer: TensorAxes;
  /** The `segment` of {@link simdHistogram}; undefined if its loops do not apply to the partition. */
  segmentOf(partition: Partition): number | undefined;
}

/**
 * Runs are whole samples if their channels are stretches of memory and no unit is a position, so that a few positions
 * are not a run each. Otherwise they go along the fastest axis. Undefined if neighbors are in different samples.
 */
export function runsOf(axes: TensorAxes, partitions: readonly Partition[]): Runs | undefined {
  const [channel, inner] = [axes.memory.at(-2), innerAxis(axes)];
  if (inner.role === 'n') return undefined;
  const areSamples =
    inner.role === 'p' &&
    inner.length === axes.positions &&
    channel?.role === 'c' &&
    channel.length === axes.channels;
  if (!areSamples || partitions.some(({ pStride }) => pStride !== 0))
    return {
      length: inner.length,
      outer: axes,
      segmentOf: (partition) => {
        const stretch = stretchOf(axes, partition);
        return stretch === inner.length ? 0 : stretch || undefined;
      },
    };
  const length = inner.length * channel.length;
  return {
    length,
    outer: { ...axes, memory: [...axes.memory.slice(0, -2), { ...inner, length }] },
    segmentOf: ({ channelUnit }) => {
      const segment = segmentLength(channelUnit) * inner.length;
      return segment === length ? 0 : segment || undefined;
    },
  };
}

/**
 * Counts values in an arena's memory, chunk by chunk and many runs at a time. `firstSample` is the number of the first
 * sample. The cells are those of the reference, except for values closer to an edge than 5/1024 of a cell. `isWhole`: no
 * other builder counts into these grids. Returns undefined if the arena has no room.
 */
export function simdHistogramBuilder(
  arena: WasmArena,
  { length: width, outer }: Runs,
  histograms: readonly SimdHistogram[],
  firstSample: number,
  isWhole: boolean,
): HistogramBuilder | undefined {
  const roles = arena.room(12 * (2 + Math.ceil(CHUNK_VALUES / width)));
  if (roles === undefined) return undefined;
  return {
    add: (values, from) => {
      const address = addressIn(arena, values, 0);
      const runs = Math.ceil((from + values.length) / width) - Math.floor(from / width);
      writeOrigins(outer, Math.floor(from / width), firstSample, arena.int32(roles, 3 * runs));
      // The chunk's ends may cut off parts of the first and the last run.
      const offset = from % width;
      const head = offset === 0 ? 0 : Math.min(width - offset, values.length);
      const whole = Math.floor((values.length - head) / width);
      const tail = values.length - head - whole * width;
      for (const { address: fill } of histograms) {
        let [x, role] = [address, roles];
        const count = (length: number, many: number, start: number) => {
          if (length === 0 || many === 0) return;
          arena.code.fillRuns(x, length, many, start, role, fill);
          x += 4 * length * many;
          role += 12 * many;
        };
        count(head, 1, offset);
        count(width, whole, 0);
        count(tail, 1, 0);
        arena.code.endFill(fill);
      }
    },
    finish: () => {
      const most = histograms.reduce((cells, each) => Math.max(cells, each.cells), 0);
      const room = isWhole ? walkRoom(arena, most) : undefined;
      for (const each of histograms) {
        if (room === undefined) each.gather();
        else each.walk(room);
      }
    },
  };
}
