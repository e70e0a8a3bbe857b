// Histograms of blocks: stretches of values that every method maps affinely. A block's cells are [k·w, (k+1)·w) with w a
// power of two, from the cell of its least value to that of its greatest; zeros and values equal to the least are counted
// apart from the cells, since a rectified or clipped activation has many of them at one point.

import { unitMoments } from './moments';

/** Bytes of a block's row; see src/kernel/record/blocks.ts for its columns. */
const ROW: usize = 64;
/** No block has more cells. */
const MAX_CELLS: i32 = 512;
/** Adding this to a place between 0 and 1024 leaves its integer part in the bits from 13 on. */
const BIAS: f32 = 1024.0;
const CELL_BITS: i32 = 13;
/** Fraction bits of float32. */
const FRACTION: i32 = 23;
/** Bytes between neighboring cells of the table: four counts, one for each lane. */
const TABLE_BITS: i32 = 3;
/** Where values are counted by cell and lane; zeros before and after each block. */
const TABLE: usize = memory.data(8 * (MAX_CELLS + 8), 16);
/**
 * BIAS and a cell's bits, four times each. To load them takes one step; written as constants, engines make them again for
 * every eight values, in six.
 */
const CONSTANTS: usize = memory.data<i32>(
  [0x44800000, 0x44800000, 0x44800000, 0x44800000, 0x1ff8, 0x1ff8, 0x1ff8, 0x1ff8],
  16,
);
/** A cell that holds more than 1/2^FULL_BITS of a block's values, and more than FEW, is too wide for them. */
const FULL_BITS: i32 = 4;
const FEW: i32 = 8;
/** Values that MAX_CELLS cells are less to keep and to go through than. */
const WORTH_CELLS: i32 = 4 * MAX_CELLS;
/**
 * If neighboring numbers of the type are further apart than this fraction of the deviation, each number gets its own
 * cell.
 */
const COARSE: f64 = 0.016;

/** The outcome for a block's values, instead of the number of cells. */
const CONSTANT: i32 = 0;
const NOT_FINITE: i32 = -1;
const UNEVEN: i32 = -2;

/**
 * Moments and histogram of each of `blocks` consecutive stretches of n float32 values: one row per block to `rows`, the
 * cells (16 bits each, a multiple of 8 per block) to `cells`, block after block. `target` is the desired number of
 * cells. Returns the end of the cells.
 */
export function measureBlocks(x: usize, n: i32, blocks: i32, target: i32, rows: usize, cells: usize): usize {
  let end = cells;
  for (let block = 0; block < blocks; block++) {
    end = measureBlock(x + ((<usize>block * <usize>n) << 2), n, target, rows + <usize>block * ROW, end);
  }
  return end;
}

function measureBlock(x: usize, n: i32, target: i32, row: usize, cells: usize): usize {
  // Nothing of an earlier block may stand in columns that this one leaves.
  for (let at: usize = 0; at < ROW; at += 16) v128.store(row + at, i32x4.splat(0));
  const bits = blockMoments(x, n, row);
  if (bits < 0) {
    return keep(row, n, NOT_FINITE, cells);
  }
  const least = load<f64>(row, 16);
  const range = load<f64>(row, 24) - least;
  if (range === 0) {
    store<i32>(row, load<i32>(row, 32) > 0 ? 0 : n, 36);
    store<i32>(row, CONSTANT, 40);
    return cells;
  }
  const width = cellWidth(row, n, target, bits);
  const end = divide(x, n, width, row, cells);
  if (end > 0) return end;
  // Repeats with the maximum number of cells; for fewer values, that costs more than the values themselves.
  if (n < WORTH_CELLS) return keep(row, n, UNEVEN, cells);
  const narrowest = powerOfTwoAbove(range / <f64>(MAX_CELLS - 2));
  if (narrowest < width) {
    const again = divide(x, n, narrowest, row, cells);
    if (again > 0) return again;
  }
  return keep(row, n, UNEVEN, cells);
}

/** The block's values have to be kept; the row says how many. */
function keep(row: usize, n: i32, why: i32, cells: usize): usize {
  store<i32>(row, why, 40);
  store<i32>(row, n, 44);
  return cells;
}

/**
 * Counts a block's values into cells of a width and completes its row. Returns the end of the cells; 0 if cells cannot
 * describe the values: positions exceed float32, or one cell has too many values whose position in it is unknown.
 */
function divide(x: usize, n: i32, width: f64, row: usize, cells: usize): usize {
  const least = load<f64>(row, 16);
  const greatest = load<f64>(row, 24);
  const first = floor<f64>(least / width);
  // As float32, the width's inverse must be finite.
  if (!(greatest / width - first < <f64>(MAX_CELLS - 1) && width > 1e-36 && width < 1e36)) return 0;
  const origin = <f32>(first * width);
  const perCell = <f32>(1 / width);
  const count = 1 + cellOf(<f32>greatest, origin, perCell);
  fillCells(x, n, origin, perCell, <f32>least, <f32>greatest, row + 36);
  const end = gather(count, cells);
  const zeros = load<i32>(row, 32);
  if (zeros > 0) subtract(cells, <i32>-first, zeros);
  if (least === 0) store<u16>(row, 0, 36);
  if (greatest === 0) store<u16>(row, 0, 38);
  subtract(cells, 0, <i32>load<u16>(row, 36));
  subtract(cells, count - 1, <i32>load<u16>(row, 38));
  if (load<i32>(row, 56) === 0 && largest(cells, end) > max<i32>((n - zeros) >> FULL_BITS, FEW)) return 0;
  store<i32>(row, count, 40);
  store<i32>(row, <i32>first, 44);
  store<f64>(row, width, 48);
  return end;
}

function subtract(cells: usize, cell: i32, count: i32): void {
  const at = cells + ((<usize>cell) << 1);
  store<u16>(at, <u16>(<i32>load<u16>(at) - count));
}

function largest(cells: usize, end: usize): i32 {
  let most = i16x8.splat(0);
  for (let at = cells; at < end; at += 16) most = i16x8.max_u(most, v128.load(at));
  most = i16x8.max_u(most, v128.shuffle<i32>(most, most, 2, 3, 2, 3));
  most = i16x8.max_u(most, v128.shuffle<i32>(most, most, 1, 1, 1, 1));
  return max<i32>(<i32>i16x8.extract_lane_u(most, 0), <i32>i16x8.extract_lane_u(most, 1));
}

/** Smallest power of two that is not less than x > 0, for normal x. */
function powerOfTwoAbove(x: f64): f64 {
  return reinterpret<f64>((reinterpret<i64>(x) + 0x000fffffffffffff) & 0x7ff0000000000000);
}

/** Distance between neighboring numbers with this number of fraction bits at x > 0. */
function spacingAt(x: f64, fraction: i32): f64 {
  const exponent = reinterpret<i64>(x) & 0x7ff0000000000000;
  return reinterpret<f64>(max<i64>(exponent - ((<i64>fraction) << 52), 0));
}

/**
 * Width of a block's cells. If the type's numbers are far apart compared to the deviation (a mean of 1e4 and a
 * deviation of 1e-2 in float32; integers), each number gets its own cell, and the row says so. Otherwise the row says
 * how far below a number the values begin that were rounded to it.
 */
function cellWidth(row: usize, n: i32, target: i32, fraction: i32): f64 {
  const mean = load<f64>(row);
  const m2 = load<f64>(row, 8);
  const least = load<f64>(row, 16);
  const greatest = load<f64>(row, 24);
  const zeros = load<i32>(row, 32);
  const range = greatest - least;
  // Without zeros, which say nothing about the distribution of the others.
  const others = <f64>(n - zeros);
  const ownMean = (mean * <f64>n) / others;
  const squares = max<f64>(0, (m2 + <f64>n * mean * mean) / others - ownMean * ownMean);
  const deviation = sqrt<f64>(zeros > 0 ? squares : m2 / <f64>n);
  const spacing = spacingAt(abs<f64>(ownMean) + deviation, fraction);
  const nearest = least > 0 ? least : greatest < 0 ? -greatest : 0;
  // With many zeros, percentiles are closer together than the range of the other values suggests.
  const cells = zeros > n - (n >> 2) ? 2 * target : target;
  let width = powerOfTwoAbove(range / <f64>cells);
  if (spacing > COARSE * deviation) width = min<f64>(width, powerOfTwoAbove(range / <f64>(MAX_CELLS - 2)));
  width = max<f64>(width, spacingAt(nearest, fraction));
  const isLattice = width <= spacing;
  store<i32>(row, isLattice ? 1 : 0, 56);
  store<f32>(row, isLattice ? 0 : <f32>(spacing / 2), 60);
  return width;
}

/** Cell of a value, with the arithmetic of {@link fillCells}. */
function cellOf(x: f32, origin: f32, perCell: f32): i32 {
  return (reinterpret<i32>((x - origin) * perCell + BIAS) >> CELL_BITS) & 0x3ff;
}

/** Counts values by cell and lane; those equal to `least` and to `greatest` to `ends`, 16 bits each. */
function fillCells(
  x: usize,
  n: i32,
  origin: f32,
  perCell: f32,
  least: f32,
  greatest: f32,
  ends: usize,
): void {
  const origins = f32x4.splat(origin);
  const scales = f32x4.splat(perCell);
  const leasts = f32x4.splat(least);
  const greatests = f32x4.splat(greatest);
  let low0 = i32x4.splat(0);
  let low1 = i32x4.splat(0);
  let high0 = i32x4.splat(0);
  let high1 = i32x4.splat(0);
  let i = 0;
  for (; i + 8 <= n; i += 8) {
    const at = x + ((<usize>i) << 2);
    const a = v128.load(at);
    const b = v128.load(at, 16);
    low0 = i32x4.sub(low0, f32x4.eq(a, leasts));
    low1 = i32x4.sub(low1, f32x4.eq(b, leasts));
    high0 = i32x4.sub(high0, f32x4.eq(a, greatests));
    high1 = i32x4.sub(high1, f32x4.eq(b, greatests));
    const biases = v128.load(CONSTANTS);
    const mask = v128.load(CONSTANTS, 16);
    const p = f32x4.add(f32x4.mul(f32x4.sub(a, origins), scales), biases);
    const q = f32x4.add(f32x4.mul(f32x4.sub(b, origins), scales), biases);
    const c = v128.and(i32x4.shr_u(p, CELL_BITS - TABLE_BITS), mask);
    const d = v128.and(i32x4.shr_u(q, CELL_BITS - TABLE_BITS), mask);
    countLanes(c);
    countLanes(d);
  }
  let low = sumOf(i32x4.add(low0, low1));
  let high = sumOf(i32x4.add(high0, high1));
  for (; i < n; i++) {
    const value = load<f32>(x + ((<usize>i) << 2));
    if (value === least) low++;
    if (value === greatest) high++;
    const at = (<usize>cellOf(value, origin, perCell)) << TABLE_BITS;
    store<u16>(at, load<u16>(at, TABLE) + 1, TABLE);
  }
  store<u16>(ends, <u16>low);
  store<u16>(ends, <u16>high, 2);
}

function sumOf(lanes: v128): i32 {
  return (
    i32x4.extract_lane(lanes, 0) +
    i32x4.extract_lane(lanes, 1) +
    i32x4.extract_lane(lanes, 2) +
    i32x4.extract_lane(lanes, 3)
  );
}

/** Counts four values, given their byte offsets in the table. */
function countLanes(places: v128): void {
  let at = <usize>i32x4.extract_lane(places, 0);
  store<u16>(at, load<u16>(at, TABLE) + 1, TABLE);
  at = <usize>i32x4.extract_lane(places, 1);
  store<u16>(at, load<u16>(at, TABLE + 2) + 1, TABLE + 2);
  at = <usize>i32x4.extract_lane(places, 2);
  store<u16>(at, load<u16>(at, TABLE + 4) + 1, TABLE + 4);
  at = <usize>i32x4.extract_lane(places, 3);
  store<u16>(at, load<u16>(at, TABLE + 6) + 1, TABLE + 6);
}

/** Sums the lanes' counts of `count` cells, writes them, and clears the lanes. Returns the end of the output. */
function gather(count: i32, cells: usize): usize {
  const zero = i32x4.splat(0);
  let to = cells;
  for (let i = 0; i < count; i += 8) {
    const at = TABLE + ((<usize>i) << TABLE_BITS);
    const a = i32x4.extadd_pairwise_i16x8_u(v128.load(at));
    const b = i32x4.extadd_pairwise_i16x8_u(v128.load(at, 16));
    const c = i32x4.extadd_pairwise_i16x8_u(v128.load(at, 32));
    const d = i32x4.extadd_pairwise_i16x8_u(v128.load(at, 48));
    v128.store(at, zero);
    v128.store(at, zero, 16);
    v128.store(at, zero, 32);
    v128.store(at, zero, 48);
    const low = i32x4.add(v128.shuffle<i32>(a, b, 0, 2, 4, 6), v128.shuffle<i32>(a, b, 1, 3, 5, 7));
    const high = i32x4.add(v128.shuffle<i32>(c, d, 0, 2, 4, 6), v128.shuffle<i32>(c, d, 1, 3, 5, 7));
    v128.store(to, i16x8.narrow_i32x4_u(low, high));
    to += 16;
  }
  return to;
}

/** {@link unitMoments} of a block; returns how many fraction bits its values use, negative where some value is not finite. */
function blockMoments(x: usize, n: i32, row: usize): i32 {
  return unitMoments(x, n, row) ? fractionBits(x, n) : -1;
}

/** Most float32 values decide this at once. */
function fractionBits(x: usize, n: i32): i32 {
  const end = x + ((<usize>n) << 2);
  const end8 = x + ((<usize>(n & ~7)) << 2);
  let used: i32 = 1 << FRACTION;
  for (; x < end8 && (used & 1) === 0; x += 32) {
    const both = v128.or(v128.load(x), v128.load(x, 16));
    used |=
      i32x4.extract_lane(both, 0) |
      i32x4.extract_lane(both, 1) |
      i32x4.extract_lane(both, 2) |
      i32x4.extract_lane(both, 3);
  }
  for (; x < end && (used & 1) === 0; x += 4) used |= load<i32>(x);
  return FRACTION - ctz<i32>(used);
}
