import { ROW, ROW_FLOATS, ROW_INTEGERS } from './blocks';
import { countOutside, type HalfCounts } from './grid';
import type { Lane } from './lane';
import { addTables, countOneOutside, placeOf } from './laneFill';
import type { BlockHistograms } from './measures';
import type { MethodFill } from './methodFills';

/** Blocks of neighbouring samples, the first of which is number `firstSample` of the whole record. */
export interface PlacedBlocks {
  readonly contents: BlockHistograms;
  readonly firstSample: number;
}

/** Blocks that are gone through at a time, so that they stay in a core's cache for every method. */
const BATCH = 1024;

/**
 * Counts the blocks' values into every method's grid. A cell's values are spread evenly over it; the distribution function
 * is then rounded to whole counts, which add up.
 */
export function rebin(
  all: readonly PlacedBlocks[],
  channels: number,
  fills: readonly MethodFill[],
  lane: Lane,
): void {
  const allocate = (bytes: number) => {
    const address = lane.allocate(bytes);
    if (address === undefined) throw new Error(`There is no room for ${bytes} bytes of histograms.`);
    return address;
  };
  const windows = fills.map(({ grid }) => [0, 1].map(() => allocate(windowBytes(grid.size))));
  const largest = Math.max(...all.map(({ contents }) => largestBatch(contents)));
  const [rowsAt, cellsAt] = [allocate(8 * ROW_FLOATS * BATCH), allocate(2 * largest)];
  const [mapsAt, oddAt, leftAt] = [allocate(24 * BATCH), allocate(BATCH), allocate(12 * BATCH)];
  const scattered = fills.map(() => 0);
  const longest = Math.max(
    ...all.map(({ contents }) => contents.kept.lengths.reduce((a, b) => Math.max(a, b), 0)),
  );
  const keptAt = longest === 0 ? 0 : allocate(4 * longest);
  const tables =
    longest === 0 ? [] : fills.map(({ grid }) => [0, 1].map(() => allocate(8 * (grid.size + 2))));
  // Views come last: what is allocated may move the memory.
  const maps = lane.float64(mapsAt, 3 * BATCH);
  const isOdd = lane.uint8(oddAt, BATCH);

  for (const { contents, firstSample } of all) {
    const { rows, cells, units } = contents;
    const integers = new Int32Array(rows.buffer, rows.byteOffset, 2 * rows.length);
    const keptOf = keptPlaces(contents);
    let cell = 0;
    for (let from = 0; from < units.length; from += BATCH) {
      const count = Math.min(BATCH, units.length - from);
      lane
        .float64(rowsAt, ROW_FLOATS * count)
        .set(rows.subarray(ROW_FLOATS * from, ROW_FLOATS * (from + count)));
      const cellEnd = cell + cellsIn(integers, from, count);
      lane.uint16(cellsAt, cellEnd - cell).set(cells.subarray(cell, cellEnd));
      for (let i = 0; i < count; i++) isOdd[i] = (firstSample + Math.floor(units[from + i] / channels)) & 1;
      for (const [f, fill] of fills.entries()) {
        const { grid } = fill;
        writeMaps(maps, fill, units.subarray(from, from + count), firstSample * channels);
        const [even, odd] = windows[f];
        const left = lane.code.rebinBlocks(
          count,
          rowsAt,
          cellsAt,
          mapsAt,
          oddAt,
          grid.size,
          even,
          odd,
          leftAt,
        );
        if (left === 0) continue;
        const leftOver = lane.int32(leftAt, 3 * left);
        const starts = cellStarts(integers, from, count, cell);
        for (let l = 0; l < leftOver.length; l += 3) {
          const [i, begin, end] = leftOver.subarray(l, l + 3);
          const half = grid.halves[isOdd[i]];
          const map = maps.subarray(3 * i, 3 * i + 3);
          const kept = keptOf.get(from + i);
          if (kept !== undefined) {
            const values = contents.kept.values.subarray(kept.start, kept.end);
            countValues(lane, half, grid.size, values, keptAt, map, tables[f][isOdd[i]]);
          } else {
            const row = rows.subarray(ROW_FLOATS * (from + i), ROW_FLOATS * (from + i + 1));
            scattered[f] = scatter(
              half,
              grid.size,
              row,
              cells.subarray(starts[i]),
              begin,
              end,
              map,
              scattered[f],
            );
          }
        }
      }
      cell = cellEnd;
    }
  }
  for (const [f, { grid }] of fills.entries()) {
    const counts = allocate(4 * grid.size);
    for (const [h, half] of grid.halves.entries()) {
      if (tables.length > 0) addTables(half.counts, lane.uint32(tables[f][h], 2 * (grid.size + 2)));
      lane.uint32(counts, grid.size).set(half.counts);
      lane.code.gatherWindow(windows[f][h], grid.size, counts);
      half.counts.set(lane.uint32(counts, grid.size));
    }
  }
}

/** Differences of the second order, then points; see src/kernel/assembly/rebin.ts. */
function windowBytes(size: number): number {
  return 8 * (size + 4) + 4 * (size + 1);
}

/** The affine maps of units to places in the grid: shift, scale and offset of each. */
function writeMaps(
  target: Float64Array,
  { maps, grid: { width, first } }: MethodFill,
  units: Int32Array,
  firstUnit: number,
): void {
  if (maps === undefined) throw new Error('Blocks have no map of units that span channels.');
  const { shift, scale, offset } = maps;
  for (let i = 0; i < units.length; i++) {
    const unit = units[i] + firstUnit;
    target[3 * i] = shift[unit];
    target[3 * i + 1] = scale[unit] / width;
    target[3 * i + 2] = offset[unit] / width - first;
  }
}

function paddedCells(cells: number): number {
  return cells <= 0 ? 0 : (cells + 7) & ~7;
}

function cellsIn(integers: Int32Array, from: number, count: number): number {
  let sum = 0;
  for (let i = from; i < from + count; i++)
    sum += paddedCells(integers[2 * ROW_FLOATS * i + ROW_INTEGERS.cells]);
  return sum;
}

function cellStarts(integers: Int32Array, from: number, count: number, first: number): number[] {
  const starts: number[] = [];
  let at = first;
  for (let i = from; i < from + count; i++) {
    starts.push(at);
    at += paddedCells(integers[2 * ROW_FLOATS * i + ROW_INTEGERS.cells]);
  }
  return starts;
}

/** Cells of the batch that has the most of them. */
function largestBatch({ rows, units }: BlockHistograms): number {
  const integers = new Int32Array(rows.buffer, rows.byteOffset, 2 * rows.length);
  let most = 0;
  for (let from = 0; from < units.length; from += BATCH)
    most = Math.max(most, cellsIn(integers, from, Math.min(BATCH, units.length - from)));
  return most;
}

interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** Where the values of the blocks are that were kept. */
function keptPlaces({ kept }: BlockHistograms): ReadonlyMap<number, Stretch> {
  const places = new Map<number, Stretch>();
  let start = 0;
  for (const [i, block] of kept.blocks.entries()) {
    places.set(block, { start, end: start + kept.lengths[i] });
    start += kept.lengths[i];
  }
  return places;
}

type Map3 = Float64Array;

/** The finite ones of a block's values, one by one: into the table where the lane can. */
function countValues(
  lane: Lane,
  half: HalfCounts,
  size: number,
  values: Float32Array,
  address: number,
  [shift, scale, offset]: Map3,
  table: number,
): void {
  const place = placeOf(shift, scale, offset, size);
  if (place === undefined) {
    for (const x of values) if (x - x === 0) countAt(half, size, (x - shift) * scale + offset, 1);
    return;
  }
  lane.float32(address, values.length).set(values);
  const { code } = lane;
  if (code.fillRow(address, values.length, place.pivot, place.scale, place.offset, size, table) === 0) return;
  for (const x of values) countOneOutside(half, size, place, x, (x - shift) * scale + offset);
}

function countAt(half: HalfCounts, size: number, t: number, count: number): void {
  if (t >= 0 && t < size) half.counts[Math.floor(t)] += count;
  else countOutside(half, size, t, count);
}

/** Places within cells of values that are placed one by one are multiples of this, modulo 1: they spread evenly. */
const GOLDEN = 0.6180339887498949;

/**
 * A block that reaches out of the window: what is not in its cells [begin, end), each value at a place of its own within
 * its cell. `placed` values were placed before; returns how many are now.
 */
function scatter(
  half: HalfCounts,
  size: number,
  row: Float64Array,
  cells: Uint16Array,
  begin: number,
  end: number,
  [shift, scale, offset]: Map3,
  placed: number,
): number {
  const integers = new Int32Array(row.buffer, row.byteOffset, 2 * ROW_FLOATS);
  const at = (x: number) => (x - shift) * scale + offset;
  const [zeros, atEnds] = [integers[ROW_INTEGERS.zeros], integers[ROW_INTEGERS.atEnds]];
  if (zeros > 0) countAt(half, size, at(0), zeros);
  if ((atEnds & 0xffff) > 0) countAt(half, size, at(row[ROW.min]), atEnds & 0xffff);
  if (atEnds >>> 16 > 0) countAt(half, size, at(row[ROW.max]), atEnds >>> 16);
  const isLattice = integers[ROW_INTEGERS.isLattice] !== 0;
  const width = row[ROW.width];
  let next = placed;
  for (let cell = 0; cell < integers[ROW_INTEGERS.cells]; cell++) {
    if (cell === begin) cell = end;
    const count = cell < integers[ROW_INTEGERS.cells] ? cells[cell] : 0;
    const low = (integers[ROW_INTEGERS.first] + cell) * width;
    if (isLattice) {
      if (count > 0) countAt(half, size, at(low), count);
      continue;
    }
    const from = Math.max(low, row[ROW.min]);
    const to = Math.min(low + width, row[ROW.max]);
    for (let k = 0; k < count; k++) countAt(half, size, at(from + ((next++ * GOLDEN) % 1) * (to - from)), 1);
  }
  return next;
}
