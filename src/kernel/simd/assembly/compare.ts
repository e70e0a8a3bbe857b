// Distances between two distributions, from the counts of the cells of their windows.

import { pairedArea, pairedDivergence, TINY } from './pairs';

/**
 * Writes the shares of values below each edge, float64, from counts as src/kernel/statistics/sketch.ts packs them,
 * beginning with a cell that has values. One 0 comes before the shares, and two 1s come after them. Returns the number
 * of the last edge; 0 if there are more than `limit` cells.
 */
export function unpackShares(packed: usize, length: i32, limit: i32, perCount: f64, shares: usize): i32 {
  const end = packed + ((<usize>length) << 2);
  const most = shares + ((<usize>limit) << 3);
  store<f64>(shares - 8, 0);
  store<f64>(shares, 0);
  let edge = shares;
  let total: f64 = 0;
  for (let at = packed; at < end; at += 4) {
    const count = load<u32>(at);
    if (count === 0) {
      at += 4;
      const share = total * perCount;
      const to = edge + ((<usize>load<u32>(at)) << 3);
      if (to > most) return 0;
      while (edge < to) {
        edge += 8;
        store<f64>(edge, share);
      }
      continue;
    }
    edge += 8;
    if (edge > most) return 0;
    total += <f64>count;
    store<f64>(edge, total * perCount);
  }
  store<f64>(edge, 1);
  store<f64>(edge, 1, 8);
  store<f64>(edge, 1, 16);
  return <i32>((edge - shares) >> 3);
}

/** Added to a float64 below 2^31, leaves its nearest integer in the lower half of the bits. */
const BIAS: f64 = 6755399441055744.0;
/**
 * Compares two distributions at `edges` common edges of cells of width 1. Common edge k is edge `startA + k · stepA` of
 * the first and `startB + k · stepB` of the second. `pairs` has room for two float64 per edge and one more. To `result`,
 * writes as float64: Wasserstein-1, Kolmogorov–Smirnov, and Jensen–Shannon in bins of `binMass`.
 */
export function compareShares(
  a: usize,
  lastA: i32,
  startA: i32,
  stepA: i32,
  b: usize,
  lastB: i32,
  startB: i32,
  stepB: i32,
  edges: i32,
  pairs: usize,
  binMass: f64,
  result: usize,
): void {
  writeShares(a, lastA, startA, stepA, edges, pairs);
  writeShares(b, lastB, startB, stepB, edges, pairs + 8);
  const ones = f64x2.splat(1);
  store<f64>(result, 0, 8);
  store<f64>(result, pairedArea(pairs, edges - 1, ones, result + 8) / 2);
  store<f64>(result, pairedDivergence(pairs, edges - 1, ones, binMass), 16);
}

/** Writes the shares below common edges to every second float64. */
function writeShares(shares: usize, last: i32, start: i32, step: i32, edges: i32, to: usize): void {
  let k = 0;
  let edge = start;
  for (; k < edges && edge < 0; k++, edge += step) store<f64>(to + ((<usize>k) << 4), 0);
  for (; k < edges && edge < last; k++, edge += step)
    store<f64>(to + ((<usize>k) << 4), load<f64>(shares + ((<usize>edge) << 3)));
  for (; k < edges; k++) store<f64>(to + ((<usize>k) << 4), 1);
}

/** E|x − center| of a distribution whose cells are 1 wide, with the values of each cell at its middle. */
export function shareDeviation(shares: usize, last: i32, center: f64): f64 {
  const end = shares + ((<usize>(last & ~1)) << 3);
  const twos = f64x2.splat(2);
  let middles = f64x2.add(f64x2.splat(0.5 - center), f64x2(0, 1));
  let sums = f64x2.splat(0);
  let at = shares;
  for (; at < end; at += 16) {
    const own = f64x2.sub(v128.load(at, 8), v128.load(at));
    sums = f64x2.add(sums, f64x2.mul(own, f64x2.abs(middles)));
    middles = f64x2.add(middles, twos);
  }
  let sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
  if (last & 1) sum += (load<f64>(at, 8) - load<f64>(at)) * abs<f64>(f64x2.extract_lane(middles, 0));
  return sum;
}

/**
 * Wasserstein-1, in cells of the first distribution, between two on different grids. Edge i of the first is at place
 * `from + i · ratio` of the second, in cells. As the ratio is at most 1, a cell of the first contains at most one edge of
 * the second, between which both are linear. Visits the cells from `begin`, at most 0, to `end`, which contain both.
 */
export function offsetW1(
  a: usize,
  lastA: i32,
  b: usize,
  lastB: i32,
  from: f64,
  ratio: f64,
  begin: i32,
  end: i32,
): f64 {
  const lasts = f64x2.splat(<f64>lastB);
  const bias = f64x2.splat(BIAS);
  const ones = f64x2.splat(1);
  const zeros = f64x2.splat(0);
  const ratios = f64x2.splat(ratio);
  const perRatios = f64x2.splat(1 / ratio);
  const froms = f64x2.splat(from);
  // Pairs of cells start at even numbers.
  begin &= ~1;
  let numbers = f64x2.add(f64x2.splat(<f64>begin), f64x2(0, 1));
  let sums = zeros;
  // Of the two cells before: the difference at their start and at the second one's edge, and how far that edge is.
  let starts = zeros;
  let middles = zeros;
  let parts = ones;
  for (let i = begin; i <= end + 2; i += 2) {
    let near = zeros;
    let far = zeros;
    if (i >= 0) {
      const at = a + ((<usize>min<i32>(i, lastA)) << 3);
      near = v128.load(at);
      far = v128.load(at, 8);
    }
    const places = f64x2.add(froms, f64x2.mul(numbers, ratios));
    // Not `min` and `max`, which engines make of many instructions, for NaN and −0.
    const edges = f64x2.pmin(lasts, f64x2.pmax(f64x2.splat(-1), f64x2.floor(places)));
    const integers = f64x2.add(edges, bias);
    const pair0 = v128.load(b + ((<usize>i64x2.extract_lane(integers, 0)) << 3));
    const pair1 = v128.load(b + ((<usize>i64x2.extract_lane(integers, 1)) << 3));
    const low = v128.shuffle<f64>(pair0, pair1, 0, 2);
    const slopes = f64x2.sub(v128.shuffle<f64>(pair0, pair1, 1, 3), low);
    const own = f64x2.sub(near, f64x2.add(low, f64x2.mul(f64x2.sub(places, edges), slopes)));
    sums = f64x2.add(sums, areas(starts, middles, v128.shuffle<f64>(starts, own, 1, 2), parts));
    const rest = f64x2.mul(f64x2.sub(f64x2.add(edges, ones), places), perRatios);
    parts = f64x2.pmin(ones, f64x2.pmax(zeros, rest));
    const rises = f64x2.sub(f64x2.sub(far, near), f64x2.mul(slopes, ratios));
    middles = f64x2.add(own, f64x2.mul(parts, rises));
    starts = own;
    numbers = f64x2.add(numbers, f64x2.splat(2));
  }
  return (f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1)) / 2;
}

/** Twice the areas below |p| to |q|, over a part of a cell, and below |q| to |r|, over its rest. */
function areas(p: v128, q: v128, r: v128, parts: v128): v128 {
  const nothing = f64x2.splat(0);
  const sizeQ = f64x2.abs(q);
  const first = f64x2.add(f64x2.abs(p), sizeQ);
  const second = f64x2.add(sizeQ, f64x2.abs(r));
  // Where the sign changes, there are two triangles: |p| + |q| − 2|p||q|/(|p| + |q|), and −|p||q| is p·q.
  const lost1 = f64x2.mul(f64x2.pmin(nothing, f64x2.mul(p, q)), parts);
  const rests = f64x2.sub(f64x2.splat(1), parts);
  const lost2 = f64x2.mul(f64x2.pmin(nothing, f64x2.mul(q, r)), rests);
  // One division for both, always: it takes less time than a branch that is hard to predict. Of equal shares, 0/TINY.
  const lost = f64x2.div(
    f64x2.add(f64x2.mul(lost1, second), f64x2.mul(lost2, first)),
    f64x2.pmax(f64x2.splat(TINY), f64x2.mul(first, second)),
  );
  const whole = f64x2.add(f64x2.mul(first, parts), f64x2.mul(second, rests));
  return f64x2.add(whole, f64x2.add(lost, lost));
}
