// How far a distribution is from another, from the ranks of both.

import { compareRanks, rankDeviation } from './compare';
import { offsetW1 } from './offset';
import { MARGIN, unpackRanks } from './ranks';

/** Maximum number of edges to visit, and of fine edges per coarse one. Plain loops compare other distributions. */
const MAX_EDGES: f64 = 65536;
const MAX_FACTOR: f64 = 16384;
/** Two numbers of values can be added as int32. Plain loops compare larger distributions. */
const MAX_COUNT: f64 = 1073741823;
/** Maximum number of cells of a window; see src/kernel/statistics/grid.ts. */
const MAX_WINDOW: i32 = 16384;
/** Bytes that the ranks of a distribution need, at most. */
export const RANKS_BYTES: usize = (MAX_WINDOW << 2) + 2 * MARGIN + 16;
/** The shape of distributions for which the loop does not apply. */
const NO_SHAPE: f64 = -Infinity;

/** A distribution as ranks. */
@unmanaged
export class Ranked {
  /** Address of the ranks, and the number of the last edge; 0 if the loops here do not apply. */
  ranks: usize;
  last: i32;
  /** Number of the first cell with values, and the width of a cell. */
  first: f64;
  width: f64;
  /** The mean, and the standard deviation. */
  shift: f64;
  scale: f64;
  /** E|x − shift|; NaN if it is not known yet. */
  deviation: f64;
}

/**
 * Writes the ranks of a distribution at `at`, where `RANKS_BYTES` are free, from counts as
 * src/kernel/statistics/sketch.ts packs them. Returns where they end. There are none of an empty distribution, of one with
 * values outside its window, and of one that is too large.
 */
export function rankCounts(
  to: Ranked,
  counts: usize,
  cells: i32,
  first: f64,
  below: i32,
  size: i32,
  count: f64,
  at: usize,
): usize {
  to.ranks = 0;
  if (!(count > 0 && count <= MAX_COUNT) || cells < 1 || size > MAX_WINDOW) return at;
  const skipped = load<i32>(counts) === 0 ? 2 : 0;
  const index = skipped === 0 ? 0 : load<i32>(counts, 4);
  const limit = below + size - index;
  if (index < below || limit <= 0) return at;
  const ranks = (at + MARGIN + 15) & ~15;
  const last = unpackRanks(counts + ((<usize>skipped) << 2), cells - skipped, limit, ranks);
  if (last === 0) return at;
  to.ranks = ranks;
  to.last = last;
  to.first = first + <f64>(index - below);
  return ranks + ((<usize>last) << 2) + MARGIN;
}

/**
 * Compares a distribution with a reference. To `result`, writes as float64: Wasserstein-1, Kolmogorov–Smirnov,
 * Jensen–Shannon in bins of `binMass`, Wasserstein-1 after standardizing both, and E|x − shift| of the reference. `room` is
 * for 24 bytes per edge, of which there are at most 2^16, and 128 more. Returns false if the distributions are too far apart.
 */
export function compareRanked(
  s: Ranked,
  t: Ranked,
  room: usize,
  binMass: f64,
  shapeError: f64,
  result: usize,
): bool {
  // Each edge of the wider cells is also an edge of the narrower cells.
  const width = max<f64>(s.width, t.width);
  const stepS = width / s.width;
  const stepT = width / t.width;
  const begin = floor<f64>(min<f64>(s.first / stepS, t.first / stepT));
  const end = ceil<f64>(max<f64>((s.first + <f64>s.last) / stepS, (t.first + <f64>t.last) / stepT));
  const edges = end - begin + 1;
  if (!(edges <= MAX_EDGES && stepS <= MAX_FACTOR && stepT <= MAX_FACTOR)) return false;
  const startS = <i32>(begin * stepS - s.first);
  const startT = <i32>(begin * stepT - t.first);
  compareRanks(
    s.ranks,
    s.last,
    startS,
    <i32>stepS,
    t.ranks,
    t.last,
    startT,
    <i32>stepT,
    <i32>edges,
    room,
    binMass,
    result,
  );
  const w1 = width * load<f64>(result);
  if (!(s.deviation >= 0))
    s.deviation = s.width * rankDeviation(s.ranks, s.last, s.shift / s.width - s.first);
  store<f64>(result, w1);
  store<f64>(result, shapeFrom(w1, s, t, shapeError), 24);
  store<f64>(result, s.deviation, 32);
  return load<f64>(result, 24) !== NO_SHAPE;
}

/** As in src/kernel/statistics/distances.ts. */
function shapeFrom(w1: f64, s: Ranked, t: Ranked, shapeError: f64): f64 {
  if (!(t.scale > 0)) return NaN;
  const change = abs<f64>(t.shift - s.shift) + abs<f64>(t.scale - s.scale);
  if (s.width === t.width && change <= shapeError * min<f64>(w1, s.scale)) return w1 / s.scale;
  return stepOf(s) <= stepOf(t) ? shapeOf(s, t) : shapeOf(t, s);
}

/** Wasserstein-1 after standardizing both; NaN if one is too wide to standardize, `NO_SHAPE` if the loop does not apply. */
function shapeOf(fine: Ranked, coarse: Ranked): f64 {
  if (!(abs<f64>(endOf(fine)) < Infinity && abs<f64>(endOf(coarse)) < Infinity)) return NaN;
  const ratio = stepOf(fine) / stepOf(coarse);
  const from = (startOf(fine) - startOf(coarse)) / stepOf(coarse);
  const begin = min<f64>(0, floor<f64>(-from / ratio));
  const end = max<f64>(<f64>fine.last, ceil<f64>((<f64>coarse.last - from) / ratio));
  if (!(end - begin <= MAX_EDGES)) return NO_SHAPE;
  return (
    stepOf(fine) *
    offsetW1(fine.ranks, fine.last, coarse.ranks, coarse.last, from, ratio, <i32>begin, <i32>end)
  );
}

/** Width of a cell after standardizing, and the first and the last edge. */
function stepOf(each: Ranked): f64 {
  return each.width / each.scale;
}

function startOf(each: Ranked): f64 {
  return (each.first * each.width - each.shift) / each.scale;
}

function endOf(each: Ranked): f64 {
  return startOf(each) + <f64>each.last * stepOf(each);
}
