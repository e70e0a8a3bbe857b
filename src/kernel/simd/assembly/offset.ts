// The distance between two distributions on grids whose edges are not the same, from their ranks.

import { lostArea } from './crossings';
import { rankAt, upper } from './ranks';

/** Number of cells of the first distribution that are visited together if the functions surely do not cross in them. */
const BLOCK: i32 = 4;
/** Added to a float64 below 2^31, leaves its nearest integer in the lower half of the bits. */
const BIAS: f64 = 6755399441055744.0;

/**
 * Wasserstein-1, in cells of the first distribution, between two on different grids. Edge i of the first is at place
 * `from + i · ratio` of the second, in cells. As the ratio is at most 1, a cell of the first contains at most one edge of
 * the second, between which both are linear. The cells from `begin`, at most 0, to `end` contain both.
 *
 * The functions never fall, so where one is at the start of a block not below the other at its end, they do not cross in
 * it. The area between them is the difference of their integrals, from where they cross to where they do so again. Only
 * blocks in which they may cross are visited cell by cell, for the part of the area that is on the other side.
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
  const total = <f64>rankAt(a, lastA, lastA);
  // Makes ranks in the second those in the first.
  const per = total / <f64>rankAt(b, lastB, lastB);
  const pers = f64x2.splat(per);
  const froms = f64x2.splat(from);
  const ratios = f64x2.splat(ratio);
  let numbers = f64x2.add(f64x2.splat(<f64>begin), f64x2(<f64>BLOCK, 2 * <f64>BLOCK));
  let sum: f64 = 0;
  // The block since which the first function is on one side of the second, and whether that is above (1) or below (−1).
  let start = begin;
  let side: f64 = -1;
  let endsA = f64x2.splat(0);
  let endsB = f64x2.splat(0);
  for (let i = begin; i < end; i += 2 * BLOCK) {
    const ranks = f64x2(<f64>rankAt(a, lastA, i + BLOCK), <f64>rankAt(a, lastA, i + 2 * BLOCK));
    const startsA = v128.shuffle<f64>(endsA, ranks, 1, 2);
    const others = f64x2.mul(pers, ranksAt(b, lastB, f64x2.add(froms, f64x2.mul(numbers, ratios))));
    const startsB = v128.shuffle<f64>(endsB, others, 1, 2);
    endsA = ranks;
    endsB = others;
    numbers = f64x2.add(numbers, f64x2.splat(2 * <f64>BLOCK));
    if (v128.any_true(side > 0 ? f64x2.lt(startsA, endsB) : f64x2.gt(endsA, startsB))) {
      const above = i64x2.bitmask(f64x2.ge(startsA, endsB));
      const below = i64x2.bitmask(f64x2.le(endsA, startsB));
      const gaps = f64x2.sub(endsA, endsB);
      for (let block = 0; block < 2; block++) {
        if ((((side > 0 ? above : below) >> block) & 1) === 1) continue;
        const at = i + block * BLOCK;
        if ((((side > 0 ? below : above) >> block) & 1) === 1) {
          sum += side * integralBetween(a, lastA, b, lastB, from, ratio, per, start, at);
          start = at;
          side = -side;
        } else {
          const gap = block === 0 ? f64x2.extract_lane(gaps, 0) : f64x2.extract_lane(gaps, 1);
          sum += 2 * areaBeyond(a, lastA, b, lastB, from, ratio, pers, at, f64x2.splat(side), side * gap);
        }
      }
    }
  }
  sum += side * integralBetween(a, lastA, b, lastB, from, ratio, per, start, end);
  return sum / total;
}

/** Edges at or before two places. */
function edgesBefore(last: i32, places: v128): v128 {
  // Not `min` and `max`, which engines make of many instructions, for NaN and −0.
  return f64x2.pmin(f64x2.splat(<f64>last), f64x2.pmax(f64x2.splat(-1), f64x2.floor(places)));
}

/** The ranks of two edges (lanes 0 and 1) and of the edges after them. */
function ranksFrom(ranks: usize, edges: v128): v128 {
  const integers = f64x2.add(edges, f64x2.splat(BIAS));
  const pair0 = v128.load64_zero(ranks + ((<usize>i32x4.extract_lane(integers, 0)) << 2));
  const pair1 = v128.load64_zero(ranks + ((<usize>i32x4.extract_lane(integers, 2)) << 2));
  return v128.shuffle<i32>(pair0, pair1, 0, 4, 1, 5);
}

/** Numbers of values below two places, which may be inside cells. */
function ranksAt(ranks: usize, last: i32, places: v128): v128 {
  const edges = edgesBefore(last, places);
  const around = ranksFrom(ranks, edges);
  const low = f64x2.convert_low_i32x4_s(around);
  const rises = f64x2.sub(f64x2.convert_low_i32x4_s(upper(around)), low);
  return f64x2.add(low, f64x2.mul(f64x2.sub(places, edges), rises));
}

/**
 * Over a block, the area between the functions where their difference has another sign than `side`. `end` is the difference
 * at the block's end, times `side`.
 */
function areaBeyond(
  a: usize,
  lastA: i32,
  b: usize,
  lastB: i32,
  from: f64,
  ratio: f64,
  pers: v128,
  block: i32,
  side: v128,
  end: f64,
): f64 {
  const ones = f64x2.splat(1);
  const zeros = f64x2.splat(0);
  const ratios = f64x2.splat(ratio);
  const perRatios = f64x2.splat(1 / ratio);
  let sums = zeros;
  for (let i = block + BLOCK - 2; i >= block; i -= 2) {
    const middle = <f64>rankAt(a, lastA, i + 1);
    const near = f64x2(<f64>rankAt(a, lastA, i), middle);
    const far = f64x2(middle, <f64>rankAt(a, lastA, i + 2));
    const places = f64x2.add(f64x2.splat(from), f64x2.mul(f64x2(<f64>i, <f64>(i + 1)), ratios));
    const edges = edgesBefore(lastB, places);
    const around = ranksFrom(b, edges);
    const low = f64x2.mul(f64x2.convert_low_i32x4_s(around), pers);
    const slopes = f64x2.sub(f64x2.mul(f64x2.convert_low_i32x4_s(upper(around)), pers), low);
    const starts = f64x2.sub(near, f64x2.add(low, f64x2.mul(f64x2.sub(places, edges), slopes)));
    // The parts of the cells that are before an edge of the second distribution.
    const rest = f64x2.mul(f64x2.sub(f64x2.add(edges, ones), places), perRatios);
    const parts = f64x2.pmin(ones, f64x2.pmax(zeros, rest));
    const rises = f64x2.sub(f64x2.sub(far, near), f64x2.mul(slopes, ratios));
    const p = f64x2.mul(side, starts);
    const q = f64x2.mul(side, f64x2.add(starts, f64x2.mul(parts, rises)));
    const r = v128.shuffle<f64>(p, f64x2.splat(end), 1, 2);
    const first = f64x2.mul(parts, areaBelow(p, q));
    sums = f64x2.add(sums, f64x2.add(first, f64x2.mul(f64x2.sub(ones, parts), areaBelow(q, r))));
    end = f64x2.extract_lane(p, 0);
  }
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
}

/** Area between 0 and the negative part of what goes from p to q over 1. */
function areaBelow(p: v128, q: v128): v128 {
  const zeros = f64x2.splat(0);
  const both = f64x2.add(f64x2.pmin(zeros, p), f64x2.pmin(zeros, q));
  return f64x2.mul(f64x2.splat(0.5), f64x2.sub(lostArea(p, q), both));
}

/** By how much the first function's integral over its cells [start, end) is greater than the second's. */
function integralBetween(
  a: usize,
  lastA: i32,
  b: usize,
  lastB: i32,
  from: f64,
  ratio: f64,
  per: f64,
  start: i32,
  end: i32,
): f64 {
  if (start === end) return 0;
  const ofA = integral(a, lastA, <f64>start, <f64>end);
  const ofB = integral(b, lastB, from + <f64>start * ratio, from + <f64>end * ratio);
  return ofA - (per * ofB) / ratio;
}

/** Integral, from one place to another, of the number of values below a place. */
function integral(ranks: usize, last: i32, from: f64, to: f64): f64 {
  const most = <f64>last;
  const low = max<f64>(0, min<f64>(from, most));
  const high = max<f64>(0, min<f64>(to, most));
  const first = <i32>low;
  const end = <i32>high;
  const inside = rankSum(ranks, first, end) + partOfCell(ranks, end, high) - partOfCell(ranks, first, low);
  return inside + (max<f64>(to, most) - max<f64>(from, most)) * <f64>rankAt(ranks, last, last);
}

/** Integral from the start of a cell to a place in it. */
function partOfCell(ranks: usize, cell: i32, place: f64): f64 {
  const at = ranks + ((<usize>cell) << 2);
  const part = place - <f64>cell;
  const rank = load<i32>(at);
  return part * (<f64>rank + (part * <f64>(load<i32>(at, 4) - rank)) / 2);
}

/** Integral over the cells [first, end). */
function rankSum(ranks: usize, first: i32, end: i32): f64 {
  const from = ranks + ((<usize>first) << 2);
  const to = ranks + ((<usize>end) << 2);
  let sums = i64x2.splat(0);
  let at = from;
  for (; at + 16 <= to; at += 16) {
    const own = v128.load(at);
    sums = i64x2.add(sums, i64x2.extend_low_i32x4_u(own));
    sums = i64x2.add(sums, i64x2.extend_high_i32x4_u(own));
  }
  let sum = i64x2.extract_lane(sums, 0) + i64x2.extract_lane(sums, 1);
  for (; at < to; at += 4) sum += <i64>load<u32>(at);
  return <f64>sum + <f64>(load<i32>(to) - load<i32>(from)) / 2;
}
