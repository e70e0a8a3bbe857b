// What follows from the counts of the even and the odd samples in the cells of one grid, in one walk over the cells.

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
 * sketch.ts packs them, and returns their number of entries. To `bins`, writes the shares of both, float64, in the bins
 * of the Jensen–Shannon divergence with a mass of `binMass` or more, except for the last. To `result`, float64: number
 * of even and of odd values, Wasserstein-1 in cells, Kolmogorov–Smirnov, number of bins, and (p85 − p15)/2 in cells.
 */
export function walkCounts(
  cells: Cells,
  even: usize,
  odd: usize,
  packed: usize,
  bins: usize,
  binMass: f64,
  result: usize,
): i32 {
  const many = cells.below + cells.size + cells.above;
  const totalEven = sum(even, many);
  const totalOdd = sum(odd, many);
  const total = totalEven + totalOdd;
  const perEven = 1 / totalEven;
  const perOdd = 1 / totalOdd;
  let rank = 0.15 * total;
  let belowEven: f64 = 0;
  let belowOdd: f64 = 0;
  let difference: f64 = 0;
  let w1: f64 = 0;
  let ks: f64 = 0;
  let binEven: f64 = 0;
  let binOdd: f64 = 0;
  // Not known yet: p15, then p85.
  let isLow = true;
  let place15: f64 = NaN;
  let place85: f64 = NaN;
  // End of the last cell with values.
  let end: f64 = 0;
  let bin = bins;
  let to = packed;
  let empty = 0;
  for (let cell = 0; cell < many; cell++) {
    const at = (<usize>cell) << 2;
    const ownEven = load<u32>(even + at);
    const ownOdd = load<u32>(odd + at);
    if ((ownEven | ownOdd) === 0) {
      empty++;
      continue;
    }
    let start = end;
    if (empty > 0 || to === packed) {
      start = cells.edge(cell);
      w1 += abs<f64>(difference) * (start - end);
      if (empty > 0) {
        store<u32>(to, 0);
        store<u32>(to, empty, 4);
        to += 8;
        empty = 0;
      }
    }
    const next = <u32>(cell - cells.below) < <u32>cells.size ? start + 1 : cells.edge(cell + 1);
    store<u32>(to, ownEven + ownOdd);
    to += 4;
    const before = belowEven + belowOdd;
    belowEven += <f64>ownEven;
    belowOdd += <f64>ownOdd;
    const after = belowEven + belowOdd;
    const shareEven = belowEven * perEven;
    const shareOdd = belowOdd * perOdd;
    const gap = shareEven - shareOdd;
    w1 += area(difference, gap) * (next - start);
    if (abs<f64>(gap) > ks) ks = abs<f64>(gap);
    difference = gap;
    end = next;
    if (shareEven - binEven + (shareOdd - binOdd) >= binMass) {
      store<f64>(bin, shareEven - binEven);
      store<f64>(bin, shareOdd - binOdd, 8);
      bin += 16;
      binEven = shareEven;
      binOdd = shareOdd;
    }
    while (after > rank) {
      const place = placeIn(cells, cell, (rank - before) / (after - before));
      if (isLow) {
        place15 = place;
        rank = 0.85 * total;
        isLow = false;
      } else {
        place85 = place;
        rank = Infinity;
      }
    }
  }
  store<f64>(result, totalEven);
  store<f64>(result, totalOdd, 8);
  store<f64>(result, w1, 16);
  store<f64>(result, ks, 24);
  store<f64>(result, <f64>((bin - bins) >> 4), 32);
  store<f64>(result, (place85 - place15) / 2, 40);
  return <i32>(to - packed) >> 2;
}

/** The place of a value within its cell; in a tail, the near edge of its cell. */
function placeIn(cells: Cells, cell: i32, within: f64): f64 {
  if (cell < cells.below) return cells.edge(cell + 1);
  return cells.edge(cell) + (cell < cells.below + cells.size ? within : 0);
}

/** ∫₀¹ |(1−u)·p + u·q| du. */
function area(p: f64, q: f64): f64 {
  const size = abs<f64>(p) + abs<f64>(q);
  return (p * q >= 0 ? size : (p * p + q * q) / size) / 2;
}

function sum(counts: usize, many: i32): f64 {
  let low = i64x2.splat(0);
  let high = i64x2.splat(0);
  const end = counts + ((<usize>many) << 2);
  for (; counts + 16 <= end; counts += 16) {
    const four = v128.load(counts);
    low = i64x2.add(low, i64x2.extend_low_i32x4_u(four));
    high = i64x2.add(high, i64x2.extend_high_i32x4_u(four));
  }
  const both = i64x2.add(low, high);
  let all = i64x2.extract_lane(both, 0) + i64x2.extract_lane(both, 1);
  for (; counts < end; counts += 4) all += <i64>load<u32>(counts);
  return <f64>all;
}
