// What follows from the counts of the even and the odd samples in the cells of one grid, in one walk over the cells.

// biome-ignore lint/style/useImportType: AssemblyScript imports classes as values.
import { Fill } from './fill';
import { doubleAreas, gapAt, pairCounts, pairedArea, pairedDivergence } from './pairs';

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
 * Walks over the counts (uint32) of even and odd samples. Writes both together to `packed`, as src/kernel/statistics/
 * sketch.ts packs them, and returns their number of entries. `pairs` has room for two float64 per edge. To `result`,
 * writes as float64: number of even and of odd values, Wasserstein-1 in cells, Kolmogorov–Smirnov, Jensen–Shannon in
 * bins of `binMass`, and (p85 − p15)/2 in cells.
 */
export function walkCounts(
  cells: Cells,
  even: usize,
  odd: usize,
  packed: usize,
  pairs: usize,
  binMass: f64,
  result: usize,
): i32 {
  const below = cells.below;
  const size = cells.size;
  const many = below + size + cells.above;
  pairCounts(even, odd, many, pairs);
  const ends = pairs + ((<usize>many) << 4);
  const totalEven = load<f64>(ends);
  const totalOdd = load<f64>(ends, 8);
  store<f64>(result, totalEven);
  store<f64>(result, totalOdd, 8);
  const per = f64x2(1 / totalEven, 1 / totalOdd);
  const greatest = result + 24;
  store<f64>(greatest, 0);
  let area = pairedArea(pairs + ((<usize>below) << 4), size, per, greatest);
  area += tailArea(cells, pairs, 0, below, per, greatest);
  area += tailArea(cells, pairs, below + size, many, per, greatest);
  store<f64>(result, area / 2, 16);
  store<f64>(result, pairedDivergence(pairs, many, per, binMass), 32);
  const total = totalEven + totalOdd;
  const place15 = placeOf(cells, pairs, many, 0.15 * total);
  const place85 = placeOf(cells, pairs, many, 0.85 * total);
  store<f64>(result, (place85 - place15) / 2, 40);
  return pack(even, odd, many, packed);
}

/** {@link walkCounts} over the tables of a histogram. */
export function walkTables(fill: Fill, packed: usize, pairs: usize, binMass: f64, result: usize): i32 {
  const cells = changetype<Cells>(changetype<usize>(fill) + offsetof<Fill>('below'));
  return walkCounts(cells, fill.even, fill.odd, packed, pairs, binMass, result);
}

function pack(even: usize, odd: usize, many: i32, packed: usize): i32 {
  let to = packed;
  let empty = 0;
  let cell = 0;
  for (; cell + 4 <= many; cell += 4) {
    const at = (<usize>cell) << 2;
    const four = i32x4.add(v128.load(even + at), v128.load(odd + at));
    if (i32x4.all_true(four)) {
      to = packGap(to, empty);
      empty = 0;
      v128.store(to, four);
      to += 16;
    } else if (!v128.any_true(four)) empty += 4;
    else {
      // Where few cells have values, whether one has is hard to predict: no branches.
      for (let i: usize = 0; i < 16; i += 4) {
        const own = load<u32>(even + at + i) + load<u32>(odd + at + i);
        store<u32>(to, 0);
        store<u32>(to, empty, 4);
        to += select<usize>(8, 0, <i32>(own !== 0) & <i32>(empty !== 0));
        store<u32>(to, own);
        to += (<usize>(own !== 0)) << 2;
        empty = select<i32>(0, empty + 1, own !== 0);
      }
    }
  }
  for (; cell < many; cell++) {
    const at = (<usize>cell) << 2;
    const own = load<u32>(even + at) + load<u32>(odd + at);
    if (own === 0) {
      empty++;
      continue;
    }
    to = packGap(to, empty);
    empty = 0;
    store<u32>(to, own);
    to += 4;
  }
  return <i32>(to - packed) >> 2;
}

/** Writes the number of empty cells before one with values, if there are any. */
function packGap(to: usize, empty: i32): usize {
  if (empty === 0) return to;
  store<u32>(to, 0);
  store<u32>(to, empty, 4);
  return to + 8;
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

/** The place of the value of a rank within its cell; in a tail, the near edge of its cell. NaN if there is none. */
function placeOf(cells: Cells, pairs: usize, many: i32, rank: f64): f64 {
  let low = 0;
  let high = many;
  if (!(belowEdge(pairs, many) > rank)) return NaN;
  // The first cell up to whose end there are more values.
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (belowEdge(pairs, middle) > rank) high = middle;
    else low = middle;
  }
  if (low < cells.below) return cells.edge(low + 1);
  if (low >= cells.below + cells.size) return cells.edge(low);
  const before = belowEdge(pairs, low);
  return cells.edge(low) + (rank - before) / (belowEdge(pairs, high) - before);
}

function belowEdge(pairs: usize, edge: i32): f64 {
  const at = pairs + ((<usize>edge) << 4);
  return load<f64>(at) + load<f64>(at, 8);
}
