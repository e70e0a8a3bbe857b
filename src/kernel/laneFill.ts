import type { Filler } from './fill';
import { countOutside, type Grid, type HalfCounts } from './grid';
import type { Lane } from './lane';
import type { TensorAxes } from './layoutAxes';
import type { Normalization } from './methods';
import type { Values } from './moments';
import { innerOffsets, type Partition, segmentLength, unitAt } from './partition';
import { forEachSegment, innerAxis, walk } from './walk';

/**
 * Added to a value's place, in cells. Rounding in float32 moves a place by at most 1/512 of a cell; what lies exactly
 * on an edge, such as the zeros of a ReLU, must not fall below it.
 */
const NUDGE = 3 / 1024;
/** Adding this to a float32 between 0 and 2^22 rounds it to an integer. */
const BIAS = 2 ** 23;

/** The affine maps of the units as the lane applies them: place = (x − pivot)·scale + offset, in float32. */
interface Places {
  readonly pivot: Float32Array;
  readonly scale: Float32Array;
  readonly offset: Float32Array;
}

/**
 * Counts with the lane's loops, in the reference's cells but for values closer to an edge than 5/1024 of a cell. Undefined
 * where they do not serve: neighbours that belong to different samples, figures beyond float32, no room in the lane.
 */
export function laneFiller(
  lane: Lane,
  axes: TensorAxes,
  partition: Partition,
  normal: Normalization,
  grid: Grid,
): Filler | undefined {
  const offsets = innerOffsets(partition, axes);
  const { role, length: width } = innerAxis(axes);
  const segment = offsets === undefined ? width : segmentLength(offsets);
  const places = placesOf(normal, grid);
  if (role === 'n' || segment === 0 || places === undefined) return undefined;
  const tableBytes = 8 * (grid.size + 2);
  const tables = lane.allocate(2 * tableBytes);
  if (tables === undefined) return undefined;
  const fill = segment === 1 ? vectorFill(lane, places, grid.size) : rowFill(lane, places, grid.size);
  if (fill === undefined) return undefined;

  const outside = (values: Values, start: number, length: number, unit: number, step: number, n: number) => {
    for (let i = 0; i < length; i++) {
      const own = unit + i * step;
      const [pivot, scale, offset] = [places.pivot[own], places.scale[own], places.offset[own]];
      const x = values[start + i];
      const t = ((x - normal.shift[own]) * normal.scale[own]) / grid.width - grid.first;
      countOneOutside(grid.halves[n & 1], grid.size, { pivot, scale, offset }, x, t);
    }
  };
  return {
    add: (values, from) => {
      const address = lane.addressOf(values, 0);
      if (address === undefined)
        throw new Error('The values of a chunk are not in the lane that counts them.');
      walk(axes, from, from + values.length, (start, length, offset, n, c, p) => {
        const base = unitAt(partition, n, c, p);
        const table = tables + (n & 1) * tableBytes;
        if (offsets === undefined) {
          if (fill(address + 4 * start, length, base, table) > 0) outside(values, start, length, base, 0, n);
        } else if (segment === 1) {
          if (fill(address + 4 * start, length, base + offset, table) > 0)
            outside(values, start, length, base + offset, 1, n);
        } else {
          forEachSegment(segment, offset, length, (at, many, index) => {
            if (fill(address + 4 * (start + at), many, base + index, table) > 0)
              outside(values, start + at, many, base + index, 0, n);
          });
        }
      });
    },
    finish: () => {
      for (const [h, half] of grid.halves.entries())
        addTables(half.counts, lane.uint32(tables + h * tableBytes, 2 * (grid.size + 2)));
    },
  };
}

/** Undefined where a unit's figures do not fit a float32. */
function placesOf({ shift, scale }: Normalization, { width, first, size }: Grid): Places | undefined {
  const places = {
    pivot: new Float32Array(shift.length),
    scale: new Float32Array(shift.length),
    offset: new Float32Array(shift.length),
  };
  for (let unit = 0; unit < shift.length; unit++) {
    const place = placeOf(shift[unit], scale[unit] / width, -first, size);
    if (place === undefined) return undefined;
    places.pivot[unit] = place.pivot;
    places.scale[unit] = place.scale;
    places.offset[unit] = place.offset;
  }
  return places;
}

/** Counts a stretch of values and returns how many lie outside the window. */
type Fill = (address: number, length: number, unit: number, table: number) => number;

function rowFill(lane: Lane, { pivot, scale, offset }: Places, size: number): Fill {
  return (address, length, unit, table) =>
    lane.code.fillRow(address, length, pivot[unit], scale[unit], offset[unit], size, table);
}

function vectorFill(lane: Lane, places: Places, size: number): Fill | undefined {
  const units = places.pivot.length;
  const address = lane.allocate(12 * units);
  if (address === undefined) return undefined;
  const [pivots, scales, offsets] = [0, 4, 8].map((bytes) => address + bytes * units);
  lane.float32(pivots, units).set(places.pivot);
  lane.float32(scales, units).set(places.scale);
  lane.float32(offsets, units).set(places.offset);
  return (x, length, unit, table) =>
    lane.code.fillVector(x, length, pivots + 4 * unit, scales + 4 * unit, offsets + 4 * unit, size, table);
}

/**
 * Counts a value, at place t of the window, into a tail where the lane found it outside the window, by the lane's own
 * arithmetic.
 */
export function countOneOutside(half: HalfCounts, size: number, place: Place, x: number, t: number): void {
  if (x - x !== 0) return;
  const { fround } = Math;
  const own = fround(fround(fround(x - place.pivot) * place.scale) + place.offset);
  const cell = fround(Math.min(Math.max(own, 0), size + 1) + BIAS) - BIAS;
  if (cell > 0 && cell <= size) return;
  countOutside(half, size, cell === 0 ? Math.min(t, -Number.MIN_VALUE) : Math.max(t, size));
}

/** One unit's affine map as the lane applies it: place = (x − pivot)·scale + offset, in float32; cell 0 lies below. */
export interface Place {
  readonly pivot: number;
  readonly scale: number;
  readonly offset: number;
}

/** For the place (x − shift)·perCell + start in a window of `size` cells; undefined where that does not fit a float32. */
export function placeOf(shift: number, perCell: number, start: number, size: number): Place | undefined {
  // In the middle of the window, so that differences from it are small where it counts.
  const pivot = Math.fround(shift + (size / 2 - start) / perCell);
  // Cell 0 stands for what lies below; rounding instead of truncating takes off half a cell.
  const offset = Math.fround((pivot - shift) * perCell + start + 0.5 + NUDGE);
  const scale = Math.fround(perCell);
  if (!Number.isFinite(scale) || Math.abs(scale) < 2 ** -120) return undefined;
  // The pivot is the nearest float32 to the middle; far from it, the window is finer than float32.
  return offset >= 0 && offset <= size + 1 ? { pivot, scale, offset } : undefined;
}

/** Adds the window's cells of two tables, which have a cell more at each end. */
export function addTables(counts: Uint32Array, tables: Uint32Array): void {
  const second = counts.length + 2;
  for (let i = 0; i < counts.length; i++) counts[i] += tables[i + 1] + tables[second + i + 1];
}
