// What follows from the moments of a record's units, for every method in one call: the units' maps, the moments of the
// channels and of everything after the method, a sample of the values after it, and figures of the units. The plain
// loops are in src/kernel/record/methodHistograms.ts, unitFigures.ts, and src/kernel/methods/methodPlan.ts.

import { coarsen } from './coarsen';
import { orderStatistic } from './quantile';

/** What a method's map follows from. */
const IDENTITY: i32 = 0;
const MEAN_OF_SQUARES: i32 = 2;

/** One method; src/kernel/record/methodLayout.ts writes it. Moments are columns as in coarsen.ts. */
@unmanaged
export class MethodTable {
  kind: i32;
  /** Unit of sample n, channel c and position p: n · nStride + p · pStride + channelUnit[c]. */
  units: i32;
  nStride: i32;
  pStride: i32;
  channelUnit: usize;
  /** Moments of the units; merged from `sources` ones in rows of channels, unless `source` is 0. */
  moments: usize;
  source: usize;
  sources: i32;
  /** All shifts, then all scales. */
  maps: usize;
  /** Moments of the channels after the method; 0 if units span channels. Unless `fine` is 0, merged from those of `fines` units. */
  channels: usize;
  fine: usize;
  fines: i32;
  /** The sampled values after the method. */
  sample: usize;
  /** Float64 results, in the order of {@link Figure}; then mean, deviation and peak of each channel, unless units span them. */
  figures: usize;
}

/** Places among the figures. The first are the moments of everything after the method. */
export const COUNT: i32 = 0;
export const LOW_QUANTILE: i32 = 6;
export const HIGH_QUANTILE: i32 = 7;
export const SAMPLED: i32 = 8;
export const LEAST_MEAN: i32 = 9;
export const GREATEST_MEAN: i32 = 10;
export const LEAST_SPREAD: i32 = 11;
export const GREATEST_SPREAD: i32 = 12;
export const CONSTANT_UNITS: i32 = 13;
export const FIGURES: i32 = 14;

/** A deviation this small relative to the mean is rounding. */
const CONSTANT: f64 = 1e-7;

/**
 * Derives `many` methods of a record with this number of channels. `ascending` and `zeros` have an int32 per channel: its
 * number, and 0. `sample` has `sampled` float64 values, then the sample, channel, and position of each (int32), then
 * 16 unused bytes per value, and 16 more.
 */
export function deriveMethods(
  methods: usize,
  many: i32,
  channels: i32,
  ascending: usize,
  zeros: usize,
  epsilon: f64,
  sample: usize,
  sampled: i32,
): void {
  for (let i = 0; i < many; i++) {
    const method = changetype<MethodTable>(methods + <usize>i * offsetof<MethodTable>());
    deriveMethod(method, channels, ascending, zeros, epsilon);
    sampleMethod(method, sample, sampled);
  }
}

function deriveMethod(
  method: MethodTable,
  channels: i32,
  ascending: usize,
  zeros: usize,
  epsilon: f64,
): void {
  const units = method.units;
  const figures = method.figures;
  const scales = method.maps + ((<usize>units) << 3);
  if (method.source !== 0)
    mergeUnits(
      method.source,
      method.sources,
      channels,
      method.moments,
      units,
      method.nStride,
      method.channelUnit,
    );
  if (method.kind === IDENTITY) {
    store<f64>(method.maps, 0);
    store<f64>(scales, 1);
  } else mapUnits(method, epsilon);
  if (method.channels === 0) {
    // Each unit is a row of one column.
    memory.fill(figures + (COUNT << 3), 0, 48);
    coarsen(method.moments, units, 1, figures, 1, 0, zeros, method.maps, units, 1, zeros);
    return;
  }
  if (method.fine !== 0) {
    memory.fill(method.channels, 0, 48 * <usize>channels);
    coarsen(
      method.fine,
      method.fines,
      channels,
      method.channels,
      channels,
      0,
      ascending,
      method.maps,
      units,
      method.nStride,
      method.channelUnit,
    );
  }
  mergeUnits(method.channels, channels, channels, figures, 1, 0, zeros);
  channelFigures(method.channels, channels, figures + (FIGURES << 3));
}

/** Merges rows of channels into units, without maps. */
export function mergeUnits(
  source: usize,
  sources: i32,
  channels: i32,
  target: usize,
  units: i32,
  nStride: i32,
  channelUnit: usize,
): void {
  memory.fill(target, 0, 48 * <usize>units);
  coarsen(source, sources, channels, target, units, nStride, channelUnit, 0, 0, 0, 0);
}

/** Writes the map of every unit, and the figures of all units. */
function mapUnits(method: MethodTable, epsilon: f64): void {
  const units = method.units;
  const isSquares = method.kind === MEAN_OF_SQUARES;
  const column = (<usize>units) << 3;
  const epsilons = f64x2.splat(epsilon);
  const nothing = f64x2.splat(0);
  const one = f64x2.splat(1);
  const constant = f64x2.splat(CONSTANT);
  let leastMean = f64x2.splat(Infinity);
  let greatestMean = f64x2.splat(-Infinity);
  let leastSpread = leastMean;
  let greatestSpread = greatestMean;
  let constants = 0;
  let areAllEmpty = true;
  for (let unit = 0; unit < units; unit += 2) {
    const at = method.moments + ((<usize>unit) << 3);
    const map = method.maps + ((<usize>unit) << 3);
    // The last of an odd number is taken twice.
    const isPair = unit + 1 < units;
    let count = isPair ? v128.load(at) : v128.load64_splat(at);
    let mean = isPair ? v128.load(at + column) : v128.load64_splat(at + column);
    let m2 = isPair ? v128.load(at + 2 * column) : v128.load64_splat(at + 2 * column);
    const empty = f64x2.eq(count, nothing);
    let shift = mean;
    let spread = f64x2.div(m2, count);
    if (isSquares) {
      spread = f64x2.add(spread, f64x2.mul(mean, mean));
      shift = nothing;
    }
    let scale = f64x2.div(one, f64x2.sqrt(f64x2.add(spread, epsilons)));
    if (v128.any_true(empty)) {
      shift = v128.bitselect(nothing, shift, empty);
      scale = v128.bitselect(one, scale, empty);
      // The figures are those of the other one, if there is one.
      if (i64x2.all_true(empty)) {
        storePair(map, shift, isPair);
        storePair(map + column, scale, isPair);
        continue;
      }
      const isFirst = load<f64>(at) !== 0;
      count = onlyLane(count, isFirst);
      mean = onlyLane(mean, isFirst);
      m2 = onlyLane(m2, isFirst);
      spread = onlyLane(spread, isFirst);
    }
    storePair(map, shift, isPair);
    storePair(map + column, scale, isPair);
    areAllEmpty = false;
    leastMean = f64x2.pmin(leastMean, mean);
    greatestMean = f64x2.pmax(greatestMean, mean);
    leastSpread = f64x2.pmin(leastSpread, spread);
    greatestSpread = f64x2.pmax(greatestSpread, spread);
    // Nearly all units are far from a constant, and need no root.
    const limit = f64x2.mul(constant, f64x2.abs(mean));
    const near = f64x2.mul(f64x2.mul(f64x2.add(limit, limit), limit), count);
    if (i64x2.all_true(f64x2.gt(m2, near))) continue;
    if (isConstant(at, column, isSquares)) constants++;
    if (isPair && isConstant(at + 8, column, isSquares)) constants++;
  }
  const figures = method.figures;
  storeFigure(figures, LEAST_MEAN, areAllEmpty ? NaN : leastOf(leastMean));
  storeFigure(figures, GREATEST_MEAN, areAllEmpty ? NaN : greatestOf(greatestMean));
  storeFigure(figures, LEAST_SPREAD, areAllEmpty ? NaN : leastOf(leastSpread));
  storeFigure(figures, GREATEST_SPREAD, areAllEmpty ? NaN : greatestOf(greatestSpread));
  storeFigure(figures, CONSTANT_UNITS, constants);
}

function storePair(at: usize, pair: v128, isPair: bool): void {
  if (isPair) v128.store(at, pair);
  else store<f64>(at, f64x2.extract_lane(pair, 0));
}

/** One of the lanes, in both. */
function onlyLane(pair: v128, isFirst: bool): v128 {
  return f64x2.splat(isFirst ? f64x2.extract_lane(pair, 0) : f64x2.extract_lane(pair, 1));
}

/** As `countConstant` of src/kernel/record/unitExtremes.ts. */
function isConstant(at: usize, column: usize, isSquares: bool): bool {
  const count = load<f64>(at);
  const mean = load<f64>(at + column);
  if (count < 2 || (isSquares && mean !== 0)) return false;
  return sqrt(load<f64>(at + 2 * column) / count) <= CONSTANT * abs(mean);
}

function leastOf(pair: v128): f64 {
  return min<f64>(f64x2.extract_lane(pair, 0), f64x2.extract_lane(pair, 1));
}

function greatestOf(pair: v128): f64 {
  return max<f64>(f64x2.extract_lane(pair, 0), f64x2.extract_lane(pair, 1));
}

function storeFigure(figures: usize, figure: i32, value: f64): void {
  store<f64>(figures + ((<usize>figure) << 3), value);
}

function loadColumn(moments: usize, units: i32, column: i32, unit: i32): f64 {
  return load<f64>(moments + ((<usize>(column * units + unit)) << 3));
}

/** Mean, deviation, and maximum of |x| of each channel; NaN, NaN, and 0 for one without a finite value. */
function channelFigures(moments: usize, channels: i32, target: usize): void {
  for (let c = 0; c < channels; c++) {
    const count = loadColumn(moments, channels, 0, c);
    const isEmpty = count === 0;
    const peak = max<f64>(abs(loadColumn(moments, channels, 3, c)), abs(loadColumn(moments, channels, 4, c)));
    storeFigure(target, c, isEmpty ? NaN : loadColumn(moments, channels, 1, c));
    storeFigure(target, channels + c, isEmpty ? NaN : sqrt(loadColumn(moments, channels, 2, c) / count));
    storeFigure(target, 2 * channels + c, isEmpty ? 0 : peak);
  }
}

/** Maps the finite sampled values, and selects two quantiles of them. */
function sampleMethod(method: MethodTable, sample: usize, sampled: i32): void {
  const roles = sample + ((<usize>sampled) << 3);
  const stride = (<usize>sampled) << 2;
  const maps = method.maps;
  const scales = (<usize>method.units) << 3;
  let to = method.sample;
  for (let k = 0; k < sampled; k++) {
    const x = load<f64>(sample + ((<usize>k) << 3));
    if (x - x !== 0) continue;
    const role = roles + ((<usize>k) << 2);
    const n = load<i32>(role);
    const c = load<i32>(role + stride);
    const p = load<i32>(role + 2 * stride);
    const unit = n * method.nStride + p * method.pStride + load<i32>(method.channelUnit + ((<usize>c) << 2));
    const map = maps + ((<usize>unit) << 3);
    store<f64>(to, (x - load<f64>(map)) * load<f64>(map + scales));
    to += 8;
  }
  const finite = <i32>((to - method.sample) >> 3);
  storeFigure(method.figures, SAMPLED, finite);
  if (finite > 0) selectQuantiles(method.sample, finite, roles + 3 * stride, method.figures);
}

const BUCKETS: i32 = 64;
/** Counts of buckets, int32. */
const bucketCounts = memory.data(4 * 64, 16);

/**
 * Selects p15 and p85 of n values: only those that share a bucket with one are compared. `room` has 16 bytes per value,
 * and 16 more.
 */
function selectQuantiles(values: usize, n: i32, room: usize, figures: usize): void {
  const lowRank = <i32>floor(0.15 * <f64>(n - 1) + 0.5);
  const highRank = <i32>floor(0.85 * <f64>(n - 1) + 0.5);
  const end = values + ((<usize>n) << 3);
  let lows = v128.load64_splat(values);
  let highs = lows;
  let at = values;
  for (; at + 16 <= end; at += 16) {
    const pair = v128.load(at);
    lows = f64x2.pmin(lows, pair);
    highs = f64x2.pmax(highs, pair);
  }
  const last = v128.load64_splat(end - 8);
  const least = leastOf(f64x2.pmin(lows, last));
  const perUnit = <f64>BUCKETS / (greatestOf(f64x2.pmax(highs, last)) - least);
  if (!(perUnit > 0 && perUnit < Infinity)) {
    storeFigure(figures, LOW_QUANTILE, orderStatistic(values, n, lowRank));
    storeFigure(figures, HIGH_QUANTILE, orderStatistic(values, n, highRank));
    return;
  }
  // The bucket of each value, a byte each; those after the last one match none.
  const buckets = room + ((<usize>n) << 3);
  memory.fill(bucketCounts, 0, 4 * BUCKETS);
  for (let i = 0; i < n; i++) {
    const value = load<f64>(values + ((<usize>i) << 3));
    const bucket = min<i32>(BUCKETS - 1, <i32>((value - least) * perUnit));
    store<u8>(buckets + <usize>i, <u8>bucket);
    const count = bucketCounts + ((<usize>bucket) << 2);
    store<i32>(count, load<i32>(count) + 1);
  }
  memory.fill(buckets + <usize>n, 255, 16);
  storeFigure(figures, LOW_QUANTILE, selectIn(values, buckets, n, lowRank, room));
  storeFigure(figures, HIGH_QUANTILE, selectIn(values, buckets, n, highRank, room));
}

function selectIn(values: usize, buckets: usize, n: i32, rank: i32, room: usize): f64 {
  let bucket = 0;
  let before = 0;
  for (; bucket < BUCKETS - 1; bucket++) {
    const count = load<i32>(bucketCounts + ((<usize>bucket) << 2));
    if (before + count > rank) break;
    before += count;
  }
  const wanted = i8x16.splat(<i8>bucket);
  let to = room;
  for (let i = 0; i < n; i += 16) {
    let met = i8x16.bitmask(i8x16.eq(v128.load(buckets + <usize>i), wanted));
    for (; met !== 0; met &= met - 1, to += 8)
      store<f64>(to, load<f64>(values + ((<usize>(i + ctz(met))) << 3)));
  }
  return orderStatistic(room, <i32>((to - room) >> 3), rank - before);
}
