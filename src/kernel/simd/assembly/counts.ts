// What follows from the counts of the even and the odd samples in the cells of one grid, in one walk over the cells.

import { distancesOfRanks, divergenceOfRanks } from './compare';
// biome-ignore lint/style/useImportType: AssemblyScript imports classes as values.
import { Fill } from './histogram';
import { doubleAreas, gapAt, pairCounts, pairedArea, pairedDivergence } from './pairs';
import { fill as fillRanks, SLACK } from './ranks';

/** As in fill.ts. */
const TAIL_BITS: i32 = 6;
const TAIL_CELLS: i32 = 1 << TAIL_BITS;

/** Cells below, in, and above a window. */
@unmanaged
class Cells {
  below: i32;
  size: i32;
  above: i32;

  /** Start of a cell, in cells from the window's start. */
  @inline
  edge(cell: i32): f64 {
    const place = cell - this.below;
    if (<u32>place <= <u32>this.size) return <f64>place;
    return place < 0 ? -tailEdge(-place) : <f64>this.size + tailEdge(place - this.size);
  }
}

/** As `tailEdge` of src/kernel/statistics/sketch.ts. */
function tailEdge(index: i32): f64 {
  const octave = index >> TAIL_BITS;
  const within = index & (TAIL_CELLS - 1);
  const power = reinterpret<f64>((<i64>(1023 + octave)) << 52);
  return power * <f64>(TAIL_CELLS + within) - <f64>TAIL_CELLS;
}

/**
 * Walks over the counts (uint32) of even and odd samples, which are followed by three zeros. Writes both together to
 * `packed`, as src/kernel/statistics/sketch.ts packs them, and returns their number of entries. `room` is for 24 bytes
 * per cell and 128 more. To `result`, writes as float64: number of even and of odd values; Wasserstein-1 in cells,
 * Kolmogorov–Smirnov, and Jensen–Shannon in bins of `binMass`, if there are both; and (p85 − p15)/2 in cells.
 */
export function walkCounts(
  cells: Cells,
  even: usize,
  odd: usize,
  packed: usize,
  room: usize,
  binMass: f64,
  result: usize,
): i32 {
  const many = cells.below + cells.size + cells.above;
  const toOdd = (<usize>(many + 1 + SLACK)) << 2;
  const length = packRanked(even, odd, many, packed, room, toOdd);
  const last = room + ((<usize>many) << 2);
  const totalEven = load<i32>(last);
  const totalOdd = load<i32>(last + toOdd);
  const rest = room + 2 * toOdd;
  if (!fitsRanks || (totalEven !== totalOdd && totalEven !== 0 && totalOdd !== 0) || many !== cells.size) {
    walkPairs(cells, even, odd, many, room, binMass, result);
    return length;
  }
  store<f64>(result, <f64>totalEven);
  store<f64>(result, <f64>totalOdd, 8);
  if (totalEven === totalOdd && totalEven !== 0) {
    distancesOfRanks(room, room + toOdd, many + 1, totalEven, result + 16);
    store<f64>(result, divergenceOfRanks(room, room + toOdd, totalEven, binMass, rest), 32);
  }
  storeHalfWidth(cells, room, toOdd, many, <f64>(totalEven + totalOdd), result);
  return length;
}

/** The rest of {@link walkCounts} for tails, different totals, and totals that do not fit a rank. */
function walkPairs(
  cells: Cells,
  even: usize,
  odd: usize,
  many: i32,
  pairs: usize,
  binMass: f64,
  result: usize,
): void {
  const below = cells.below;
  const size = cells.size;
  pairCounts(even, odd, many, pairs);
  const ends = pairs + ((<usize>many) << 4);
  const totalEven = load<f64>(ends);
  const totalOdd = load<f64>(ends, 8);
  store<f64>(result, totalEven);
  store<f64>(result, totalOdd, 8);
  if (totalEven !== 0 && totalOdd !== 0) {
    const per = f64x2(1 / totalEven, 1 / totalOdd);
    const greatest = result + 24;
    store<f64>(greatest, 0);
    let area = pairedArea(pairs + ((<usize>below) << 4), size, per, greatest);
    area += tailArea(cells, pairs, 0, below, per, greatest);
    area += tailArea(cells, pairs, below + size, many, per, greatest);
    store<f64>(result, area / 2, 16);
    store<f64>(result, pairedDivergence(pairs, many, per, binMass), 32);
  }
  storeHalfWidth(cells, pairs, 0, many, totalEven + totalOdd, result);
}

function storeHalfWidth(
  cells: Cells,
  edges: usize,
  toOdd: usize,
  many: i32,
  total: f64,
  result: usize,
): void {
  const place15 = placeOf(cells, edges, toOdd, many, 0.15 * total);
  const place85 = placeOf(cells, edges, toOdd, many, 0.85 * total);
  store<f64>(result, (place85 - place15) / 2, 40);
}

/** {@link walkCounts} over the tables of a histogram. */
export function walkTables(fill: Fill, packed: usize, room: usize, binMass: f64, result: usize): i32 {
  const cells = changetype<Cells>(changetype<usize>(fill) + offsetof<Fill>('below'));
  return walkCounts(cells, fill.even, fill.odd, packed, room, binMass, result);
}

/** Below it, a rank fits an int32 even if it is added to another. */
const MOST_RANK_BITS: i32 = 30;
/** Whether all ranks that {@link packRanked} wrote last are less. */
let fitsRanks: bool = false;

/** Bytes for each of the 16 sets of cells with values among four: see {@link packings}. */
const PACKING_BYTES: i32 = 48;
const PACKINGS: usize = packings();

/**
 * How four cells are packed, by the bits of those with values. The first four entries are those cells of which a shuffle's
 * 16 bytes say the number, plus 16 bytes with the gaps; a fifth can only be the last cell. Then, int32 each: bytes of all
 * entries, empty cells before the first one with values and after the last, and −1 if there is none, otherwise 0.
 */
function packings(): usize {
  const table = memory.data(16 * PACKING_BYTES, 16);
  for (let bits = 0; bits < 16; bits++) {
    const packing = table + <usize>(bits * PACKING_BYTES);
    v128.store(packing, i32x4.splat(-1));
    let entries = 0;
    let before = -1;
    for (let cell = 0; cell < 4; cell++) {
      if (((bits >> cell) & 1) === 0) continue;
      const gap = cell - before - 1;
      if (gap > 0 && before >= 0) {
        store<i32>(packing + ((<usize>(entries + 1)) << 2), gap, 16);
        entries += 2;
      }
      // Bytes 4 · cell to 4 · cell + 3.
      if (entries < 4) store<i32>(packing + ((<usize>entries) << 2), 0x03020100 + cell * 0x04040404);
      entries++;
      before = cell;
    }
    store<i32>(packing, entries << 2, 32);
    store<i32>(packing, bits === 0 ? 0 : ctz<i32>(bits), 36);
    store<i32>(packing, 3 - before, 40);
    store<i32>(packing, bits === 0 ? -1 : 0, 44);
  }
  return table;
}

/**
 * Packs the counts of even and odd samples together, and returns the number of entries. Writes the ranks of the edges of
 * `many` cells for each, those of odd samples `toOdd` bytes after the others.
 */
function packRanked(even: usize, odd: usize, many: i32, packed: usize, ranks: usize, toOdd: usize): i32 {
  const nothing = i32x4.splat(0);
  let to = packed;
  let empty = 0;
  let totalEven = nothing;
  let totalOdd = nothing;
  let all = nothing;
  store<i32>(ranks, 0);
  store<i32>(ranks + toOdd, 0);
  let edge = ranks;
  const end = ranks + ((<usize>many) << 2);
  for (; edge < end; edge += 16) {
    const at = edge - ranks;
    const evenFour = v128.load(even + at);
    const oddFour = v128.load(odd + at);
    const rankedEven = i32x4.add(totalEven, sumsOf(evenFour));
    const rankedOdd = i32x4.add(totalOdd, sumsOf(oddFour));
    v128.store(edge, rankedEven, 4);
    v128.store(edge + toOdd, rankedOdd, 4);
    totalEven = v128.shuffle<i32>(rankedEven, rankedEven, 3, 3, 3, 3);
    totalOdd = v128.shuffle<i32>(rankedOdd, rankedOdd, 3, 3, 3, 3);
    all = v128.or(v128.or(all, v128.or(evenFour, oddFour)), v128.or(rankedEven, rankedOdd));
    // Where few cells have values, whether one has is hard to predict: no branches.
    const four = i32x4.add(evenFour, oddFour);
    const bits = i32x4.bitmask(i32x4.ne(four, nothing));
    const packing = PACKINGS + <usize>(bits * PACKING_BYTES);
    const gap = empty + load<i32>(packing, 36);
    store<u32>(to, 0);
    store<u32>(to, gap, 4);
    to += select<usize>(8, 0, <i32>(bits !== 0) & <i32>(gap !== 0));
    v128.store(to, v128.or(i8x16.swizzle(four, v128.load(packing)), v128.load(packing, 16)));
    v128.store32_lane(to, four, 3, 16);
    to += <usize>load<i32>(packing, 32);
    empty = (empty & load<i32>(packing, 44)) + load<i32>(packing, 40);
  }
  fillRanks(end, 1 + SLACK - 3, i32x4.extract_lane(totalEven, 0));
  fillRanks(end + toOdd, 1 + SLACK - 3, i32x4.extract_lane(totalOdd, 0));
  // Ranks never fall, and a single step to one that does not fit cannot miss its two upper bits.
  fitsRanks = !v128.any_true(i32x4.shr_u(all, MOST_RANK_BITS));
  return <i32>(to - packed) >> 2;
}

/** The sums of the numbers up to each. */
function sumsOf(four: v128): v128 {
  const nothing = i32x4.splat(0);
  const pairs = i32x4.add(four, v128.shuffle<i32>(nothing, four, 0, 4, 5, 6));
  return i32x4.add(pairs, v128.shuffle<i32>(nothing, pairs, 0, 1, 4, 5));
}

/** As {@link pairedArea}, over the cells [from, to) of a tail. */
function tailArea(cells: Cells, pairs: usize, from: i32, to: i32, per: v128, greatest: usize): f64 {
  let sum: f64 = 0;
  let size = load<f64>(greatest);
  let gap: f64 = from < to ? gapAt(pairs + ((<usize>from) << 4), per) : 0;
  for (let cell = from; cell < to; cell++) {
    const next = gapAt(pairs + ((<usize>(cell + 1)) << 4), per);
    const areas = doubleAreas(f64x2.splat(gap), f64x2.splat(next));
    sum += f64x2.extract_lane(areas, 0) * (cells.edge(cell + 1) - cells.edge(cell));
    if (abs<f64>(next) > size) size = abs<f64>(next);
    gap = next;
  }
  store<f64>(greatest, size);
  return sum;
}

/**
 * The place of the value of a rank within its cell; in a tail, the near edge of its cell. NaN if there is none. See
 * {@link belowEdge}.
 */
function placeOf(cells: Cells, edges: usize, toOdd: usize, many: i32, rank: f64): f64 {
  let low = 0;
  let high = many;
  if (!(belowEdge(edges, toOdd, many) > rank)) return NaN;
  // The first cell up to whose end there are more values.
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (belowEdge(edges, toOdd, middle) > rank) high = middle;
    else low = middle;
  }
  if (low < cells.below) return cells.edge(low + 1);
  if (low >= cells.below + cells.size) return cells.edge(low);
  const before = belowEdge(edges, toOdd, low);
  return cells.edge(low) + (rank - before) / (belowEdge(edges, toOdd, high) - before);
}

/** Values below an edge, from ranks that are `toOdd` bytes apart; from pairs if that is 0. */
function belowEdge(edges: usize, toOdd: usize, edge: i32): f64 {
  if (toOdd !== 0) {
    const at = edges + ((<usize>edge) << 2);
    return <f64>(load<i32>(at) + load<i32>(at + toOdd));
  }
  const at = edges + ((<usize>edge) << 4);
  return load<f64>(at) + load<f64>(at, 8);
}
