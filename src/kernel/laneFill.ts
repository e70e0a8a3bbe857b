import type { Filler } from './fill';
import type { Grid } from './grid';
import { CHUNK_VALUES, type Lane } from './lane';
import type { TensorAxes } from './layoutAxes';
import { innerOffsets, segmentLength, type UnitMaps } from './partition';
import { innerAxis, writeOrigins } from './walk';

/** A histogram in the lane's memory. */
export interface LaneHistogram {
  /** Of `Fill` in src/kernel/assembly/fill.ts. */
  readonly address: number;
  /** Adds what was counted to the grid's halves. */
  gather(): void;
}

/** int32 fields of `Fill`, in their order; a float64 follows. */
const FIELDS = [
  'nStride',
  'pStride',
  'channelUnit',
  'segment',
  'units',
  'shift',
  'scale',
  'offset',
  'places',
  'below',
  'size',
  'above',
  'placed',
  'even',
  'odd',
  'evenWindow',
  'oddWindow',
] as const;
const FIRST_AT = 8 * Math.ceil(FIELDS.length / 2);
const FILL_BYTES = FIRST_AT + 8;

/**
 * An empty histogram of the grid. `segment`: so many neighbours on the fastest axis are in one unit, 0 where all are.
 * With windows, blocks can be re-binned into it. Undefined where the lane has no room.
 */
export function laneHistogram(
  lane: Lane,
  { partition, shift, scale, offset }: UnitMaps,
  grid: Grid,
  { segment, withWindows }: { readonly segment: number; readonly withWindows: boolean },
): LaneHistogram | undefined {
  const { units, nStride, pStride, channelUnit } = partition;
  const { width, first, below, size, above, halves } = grid;
  const cells = below + size + above;
  const bytes = {
    fill: FILL_BYTES,
    channelUnit: 4 * channelUnit.length,
    shift: 8 * units,
    scale: 8 * units,
    offset: offset === undefined ? 0 : 8 * units,
    places: 12 * units,
    even: 8 * cells,
    odd: 8 * cells,
    evenWindow: withWindows ? 8 * (size + 4) : 0,
    oddWindow: withWindows ? 8 * (size + 4) : 0,
    counts: 4 * cells,
  };
  const addresses: Partial<Record<keyof typeof bytes, number>> = {};
  let at = lane.allocate(Object.values(bytes).reduce((sum, each) => sum + aligned(each), 0));
  if (at === undefined) return undefined;
  for (const [name, each] of Object.entries(bytes) as [keyof typeof bytes, number][]) {
    addresses[name] = each === 0 ? 0 : at;
    at += aligned(each);
  }
  const { fill = 0, even = 0, odd = 0, evenWindow = 0, oddWindow = 0, counts = 0 } = addresses;
  const column = (name: 'shift' | 'scale' | 'offset') => lane.float64(addresses[name] ?? 0, units);
  lane.int32(addresses.channelUnit ?? 0, channelUnit.length).set(channelUnit);
  column('shift').set(shift);
  const inCells = (target: Float64Array, values: Float64Array) => {
    // The width is a power of two: nothing is rounded.
    for (let unit = 0; unit < units; unit++) target[unit] = values[unit] / width;
  };
  inCells(column('scale'), scale);
  if (offset !== undefined) inCells(column('offset'), offset);
  const fields = { ...addresses, nStride, pStride, segment, units, below, size, above, placed: 0 };
  lane.int32(fill, FIELDS.length).set(FIELDS.map((name) => fields[name] ?? 0));
  lane.float64(fill + FIRST_AT, 1)[0] = first;
  lane.code.writePlaces(fill);
  return {
    address: fill,
    gather: () => {
      for (const [half, table, window] of [
        [halves[0], even, evenWindow],
        [halves[1], odd, oddWindow],
      ] as const) {
        lane.uint32(counts, cells).fill(0);
        lane.code.gatherTable(fill, table, counts);
        if (withWindows) lane.code.gatherWindow(window, size, counts + 4 * below);
        const counted = lane.uint32(counts, cells);
        for (let i = 0; i < cells; i++) half[i] += counted[i];
      }
    },
  };
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / 16) * 16;
}

/** The segment of {@link laneHistogram}; undefined where the lane's loops do not serve: neighbours in different samples. */
export function laneSegment(axes: TensorAxes, { partition }: UnitMaps): number | undefined {
  if (innerAxis(axes).role === 'n') return undefined;
  const offsets = innerOffsets(partition, axes);
  const segment = offsets === undefined ? 0 : segmentLength(offsets);
  return offsets !== undefined && segment === 0 ? undefined : segment;
}

/**
 * Counts values of a lane's memory into histograms, chunk by chunk and many runs at a time; samples begin at number
 * `firstSample`. In the reference's cells but for values closer to an edge than 5/1024 of a cell. Undefined where the lane
 * has no room.
 */
export function laneFiller(
  lane: Lane,
  axes: TensorAxes,
  histograms: readonly LaneHistogram[],
  firstSample: number,
): Filler | undefined {
  const { length: width } = innerAxis(axes);
  const roles = lane.allocate(12 * (2 + Math.ceil(CHUNK_VALUES / width)));
  if (roles === undefined) return undefined;
  return {
    add: (values, from) => {
      const address = lane.addressOf(values, 0);
      if (address === undefined)
        throw new Error('The values of a chunk are not in the lane that counts them.');
      const runs = Math.ceil((from + values.length) / width) - Math.floor(from / width);
      writeOrigins(axes, Math.floor(from / width), firstSample, lane.int32(roles, 3 * runs));
      // The first and the last run may be cut off by the chunk's ends.
      const offset = from % width;
      const head = offset === 0 ? 0 : Math.min(width - offset, values.length);
      const whole = Math.floor((values.length - head) / width);
      const tail = values.length - head - whole * width;
      for (const { address: fill } of histograms) {
        let [x, role] = [address, roles];
        const count = (length: number, many: number, start: number) => {
          if (length === 0 || many === 0) return;
          lane.code.fillRuns(x, length, many, start, role, fill);
          x += 4 * length * many;
          role += 12 * many;
        };
        count(head, 1, offset);
        count(width, whole, 0);
        count(tail, 1, 0);
      }
    },
    finish: () => {
      for (const each of histograms) each.gather();
    },
  };
}
