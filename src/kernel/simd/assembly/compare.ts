// Distances between two distributions on grids with common edges, from their ranks. The caller makes sure that two ranks
// can be added.

import { lostAreas } from './crossings';
import { divergenceTerms, pairedArea, pairedDivergence } from './pairs';
import { rankAt, SLACK, SPARE, writeRanks } from './ranks';

/**
 * Compares two distributions at `edges` common edges of cells of width 1. Common edge k is edge `startA + k · stepA` of
 * the first and `startB + k · stepB` of the second. `room` is for 24 bytes per edge and 128 more. To `result`, writes as
 * float64: Wasserstein-1, Kolmogorov–Smirnov, and Jensen–Shannon in bins of `binMass`.
 */
export function compareRanks(
  a: usize,
  lastA: i32,
  startA: i32,
  stepA: i32,
  b: usize,
  lastB: i32,
  startB: i32,
  stepB: i32,
  edges: i32,
  room: usize,
  binMass: f64,
  result: usize,
): void {
  const totalA = rankAt(a, lastA, lastA);
  const totalB = rankAt(b, lastB, lastB);
  const size = (<usize>(edges + SLACK)) << 2;
  const ranksA = ranksFrom(a, lastA, startA, stepA, edges, room);
  const ranksB = ranksFrom(b, lastB, startB, stepB, edges, room + size);
  const rest = room + 2 * size;
  if (totalA === totalB) {
    distancesOfRanks(ranksA, ranksB, edges, totalA, result);
    store<f64>(result, divergenceOfRanks(ranksA, ranksB, totalA, binMass, rest), 16);
    return;
  }
  writePairs(ranksA, ranksB, edges, rest);
  const per = f64x2(1 / <f64>totalA, 1 / <f64>totalB);
  store<f64>(result, 0, 8);
  store<f64>(result, pairedArea(rest, edges - 1, per, result + 8) / 2);
  store<f64>(result, pairedDivergence(rest, edges - 1, per, binMass), 16);
}

/** Address of the ranks of common edges, which are written to `room` if they are not next to each other already. */
function ranksFrom(ranks: usize, last: i32, start: i32, step: i32, edges: i32, room: usize): usize {
  if (step === 1 && start >= -SPARE && start + edges - 1 <= last + SPARE)
    return ranks + ((<usize>start) << 2);
  writeRanks(ranks, last, start, step, edges, room);
  return room;
}

/** Writes the ranks of an edge in both distributions next to each other, as float64. */
function writePairs(a: usize, b: usize, edges: i32, pairs: usize): void {
  for (let k = 0; k < edges; k++) {
    const at = (<usize>k) << 2;
    store<f64>(pairs + (at << 2), <f64>load<i32>(a + at));
    store<f64>(pairs + (at << 2), <f64>load<i32>(b + at), 8);
  }
}

/**
 * Wasserstein-1 and Kolmogorov–Smirnov between distributions of `total` values each. Both functions are 0 at the first
 * edge and equal at the last, so the area between them is the sum of their differences, but for cells in which they cross.
 */
export function distancesOfRanks(a: usize, b: usize, edges: i32, total: i32, result: usize): void {
  let sums = i64x2.splat(0);
  let greatest = i32x4.splat(0);
  let lost = f64x2.splat(0);
  let gaps = i32x4.sub(v128.load(a), v128.load(b));
  const end = a + ((<usize>edges) << 2);
  const toB = b - a;
  for (let at = a; at < end; at += 16) {
    const next = i32x4.sub(v128.load(at, 16), v128.load(at + toB, 16));
    const sizes = i32x4.abs(gaps);
    sums = i64x2.add(sums, i64x2.extend_low_i32x4_u(sizes));
    sums = i64x2.add(sums, i64x2.extend_high_i32x4_u(sizes));
    greatest = i32x4.max_s(greatest, sizes);
    const ends = v128.shuffle<i32>(gaps, next, 1, 2, 3, 4);
    if (i32x4.bitmask(v128.xor(gaps, ends)) !== 0) lost = f64x2.add(lost, lostAreas(gaps, ends));
    gaps = next;
  }
  const sum = <f64>(i64x2.extract_lane(sums, 0) + i64x2.extract_lane(sums, 1));
  const loss = f64x2.extract_lane(lost, 0) + f64x2.extract_lane(lost, 1);
  const half = i32x4.max_s(greatest, v128.shuffle<i32>(greatest, greatest, 2, 3, 0, 1));
  const size = max<i32>(i32x4.extract_lane(half, 0), i32x4.extract_lane(half, 1));
  store<f64>(result, (sum + loss) / <f64>total);
  store<f64>(result, <f64>size / <f64>total, 8);
}

/**
 * Jensen–Shannon divergence in bits between distributions of `total` values each; see `pairedDivergence`. `room` is for 16
 * bytes per edge and 32 more.
 */
export function divergenceOfRanks(a: usize, b: usize, total: i32, binMass: f64, room: usize): f64 {
  const mass = max<i32>(1, <i32>ceil<f64>(binMass * <f64>total));
  const toB = b - a;
  let startA = 0;
  let startB = 0;
  let at = a;
  // All bins come first, and then all logarithms: their number is known, and they do not wait for each other.
  let bin = room;
  // All values are below the last edge, so the search ends.
  while (2 * total - startA - startB >= mass) {
    const wanted = i32x4.splat(startA + startB + mass);
    let reached = massesFrom(at, toB, wanted);
    while (reached === 0) {
      at += 64;
      reached = massesFrom(at, toB, wanted);
    }
    at += (<usize>ctz<i32>(reached)) << 2;
    const endA = load<i32>(at);
    const endB = load<i32>(at + toB);
    v128.store(bin, f64x2(<f64>(endA - startA), <f64>(endB - startB)));
    bin += 16;
    startA = endA;
    startB = endB;
  }
  v128.store(bin, f64x2(<f64>(total - startA), <f64>(total - startB)));
  v128.store(bin, f64x2.splat(0), 16);
  let sums = f64x2.splat(0);
  for (let each = room; each <= bin; each += 32) {
    const first = v128.load(each);
    const second = v128.load(each, 16);
    const own = v128.shuffle<f64>(first, second, 0, 2);
    const other = v128.shuffle<f64>(first, second, 1, 3);
    const both = f64x2.add(own, other);
    const x = f64x2.div(f64x2.sub(own, other), f64x2.pmax(f64x2.splat(1), both));
    if (v128.any_true(f64x2.gt(f64x2.abs(x), f64x2.splat(MAX_CONTRAST))))
      sums = f64x2.add(sums, f64x2.add(divergenceTerms(first), divergenceTerms(second)));
    else sums = f64x2.add(sums, f64x2.mul(both, evenTerms(f64x2.mul(x, x))));
  }
  return (f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1)) / (2 * <f64>total);
}

/** Up to this contrast (p − q)/(p + q) of a bin, `evenTerms` is exact. */
const MAX_CONTRAST: f64 = 0.25;
const HALF_PER_LN2: f64 = 0.7213475204444817;

/**
 * p·log2(p/m) + q·log2(q/m) for bins of which the squares of the contrast x are known, per p + q: with p = m(1 + x) and
 * q = m(1 − x), the sum over k of x^2k / (k(2k − 1)), over 2 ln 2.
 */
function evenTerms(square: v128): v128 {
  let series = f64x2.splat(1.0 / 276.0);
  series = f64x2.add(f64x2.mul(series, square), f64x2.splat(1.0 / 231.0));
  series = f64x2.add(f64x2.mul(series, square), f64x2.splat(1.0 / 190.0));
  series = f64x2.add(f64x2.mul(series, square), f64x2.splat(1.0 / 153.0));
  series = f64x2.add(f64x2.mul(series, square), f64x2.splat(1.0 / 120.0));
  series = f64x2.add(f64x2.mul(series, square), f64x2.splat(1.0 / 91.0));
  series = f64x2.add(f64x2.mul(series, square), f64x2.splat(1.0 / 66.0));
  series = f64x2.add(f64x2.mul(series, square), f64x2.splat(1.0 / 45.0));
  series = f64x2.add(f64x2.mul(series, square), f64x2.splat(1.0 / 28.0));
  series = f64x2.add(f64x2.mul(series, square), f64x2.splat(1.0 / 15.0));
  series = f64x2.add(f64x2.mul(series, square), f64x2.splat(1.0 / 6.0));
  series = f64x2.add(f64x2.mul(series, square), f64x2.splat(1));
  return f64x2.mul(f64x2.mul(series, square), f64x2.splat(HALF_PER_LN2));
}

/** A bit for each of 16 edges: whether at least the wanted number of values of both distributions is below it. */
function massesFrom(at: usize, toB: usize, wanted: v128): i32 {
  return i8x16.bitmask(
    i8x16.narrow_i16x8_s(
      i16x8.narrow_i32x4_s(massFrom(at, toB, wanted), massFrom(at + 16, toB, wanted)),
      i16x8.narrow_i32x4_s(massFrom(at + 32, toB, wanted), massFrom(at + 48, toB, wanted)),
    ),
  );
}

function massFrom(at: usize, toB: usize, wanted: v128): v128 {
  return i32x4.ge_s(i32x4.add(v128.load(at), v128.load(at + toB)), wanted);
}

/** E|x − center| of a distribution whose cells are 1 wide, with the values of each cell at its middle. */
export function rankDeviation(ranks: usize, last: i32, center: f64): f64 {
  let sum: f64 = 0;
  for (let i = 0; i < last; i++) {
    const at = ranks + ((<usize>i) << 2);
    sum += <f64>(load<i32>(at, 4) - load<i32>(at)) * abs<f64>(<f64>i + 0.5 - center);
  }
  return sum / <f64>load<i32>(ranks + ((<usize>last) << 2));
}
