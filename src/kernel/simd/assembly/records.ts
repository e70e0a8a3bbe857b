// All methods of a record at once: their ranks, and how far they are from those of a reference.

import { channelFigures, METHODS, methodNumbers, NUMBERS, numberAt, sameMethod } from './packed';
import { MethodAt } from './packedFields';
import { compareRanked, RANKS_BYTES, Ranked, rankCounts } from './ranked';

/** A method of a record. */
@unmanaged
export class RankedMethod extends Ranked {
  /** Addresses of its numbers, which packedFields.ts names, and of its channels' means, which their deviations follow. */
  numbers: usize;
  channels: usize;
}

/** A loaded record begins with its methods; its packed numbers and figures of channels follow, and then the ranks. */
const METHODS_BYTES: usize = <usize>METHODS * offsetof<RankedMethod>();

export function rankedMethod(record: usize, method: i32): RankedMethod {
  return changetype<RankedMethod>(record + <usize>method * offsetof<RankedMethod>());
}

/** The first method of a loaded record with the same sketch; negative if there is no sketch. */
export function sameRanked(record: usize, method: i32): i32 {
  return sameMethod(record + METHODS_BYTES, method);
}

/** Loads a packed record at `at`. Returns where it ends; 0 if it might end after `limit`. */
export function loadRecord(packed: usize, at: usize, limit: usize): usize {
  const numbers = at + METHODS_BYTES;
  let figures = NUMBERS;
  for (let i = 0; i < METHODS; i++)
    if (sameMethod(packed, i) === i) figures += channelFigures(methodNumbers(packed, i));
  const size = (<usize>figures) << 3;
  if (numbers + size > limit) return 0;
  memory.copy(numbers, packed, size);
  let counts = packed + size;
  let channels = numbers + ((<usize>NUMBERS) << 3);
  let end = numbers + size;
  for (let i = 0; i < METHODS; i++) {
    if (sameMethod(numbers, i) !== i) continue;
    if (end + RANKS_BYTES > limit) return 0;
    const own = methodNumbers(numbers, i);
    const ranked = rankedMethod(at, i);
    const cells = <i32>numberAt(own, MethodAt.Cells);
    end = rankCounts(
      ranked,
      counts,
      cells,
      numberAt(own, MethodAt.First),
      <i32>numberAt(own, MethodAt.Below),
      <i32>numberAt(own, MethodAt.Size),
      numberAt(own, MethodAt.Count),
      end,
    );
    ranked.width = numberAt(own, MethodAt.Width);
    ranked.shift = numberAt(own, MethodAt.Mean);
    ranked.scale = sqrt<f64>(numberAt(own, MethodAt.Variance));
    ranked.deviation = NaN;
    ranked.numbers = own;
    ranked.channels = channels;
    counts += (<usize>cells) << 2;
    channels += (<usize>channelFigures(own)) << 3;
  }
  return end;
}

/** What is known of a method; src/kernel/record/recordLoops.ts reads it. Below are the numbers of earlier methods: −1 − i. */
const ABSENT: f64 = 0;
const KNOWN: f64 = 1;
/** Plain loops must compare it. */
const UNKNOWN: f64 = 2;
/** Number of float64 results of each method: what is known, those of `compareRanked`, and the channels' distance. */
const RESULTS: usize = 7;

/**
 * Compares each method of a loaded record with that of a reference, as `compareRanked` does. A method whose sketches are
 * those of an earlier one is not compared again.
 */
export function compareRecords(
  s: usize,
  t: usize,
  room: usize,
  binMass: f64,
  shapeError: f64,
  results: usize,
): void {
  for (let i = 0; i < METHODS; i++) {
    const result = results + <usize>i * (RESULTS << 3);
    const ofS = sameRanked(s, i);
    const ofT = sameRanked(t, i);
    let known = ABSENT;
    if (ofS >= 0 && ofT >= 0) {
      const first = firstPair(s, t, ofS, ofT);
      if (first < i) known = -1 - <f64>first;
      else
        known = compareMethods(rankedMethod(s, ofS), rankedMethod(t, ofT), room, binMass, shapeError, result);
    }
    store<f64>(result, known);
  }
}

/** The first method with this pair of sketches. */
function firstPair(s: usize, t: usize, ofS: i32, ofT: i32): i32 {
  let first = 0;
  while (sameRanked(s, first) !== ofS || sameRanked(t, first) !== ofT) first++;
  return first;
}

function compareMethods(
  s: RankedMethod,
  t: RankedMethod,
  room: usize,
  binMass: f64,
  shapeError: f64,
  result: usize,
): f64 {
  if (!(s.scale > 0) || s.ranks === 0 || t.ranks === 0) return UNKNOWN;
  if (!compareRanked(s, t, room, binMass, shapeError, result + 8)) return UNKNOWN;
  store<f64>(result, channelDistance(s, t), 48);
  return KNOWN;
}

/** As in src/kernel/figures/shift.ts. */
function channelDistance(s: RankedMethod, t: RankedMethod): f64 {
  const many = numberAt(s.numbers, MethodAt.Channels);
  if (many !== numberAt(t.numbers, MethodAt.Channels)) return NaN;
  const toStd = (<usize>many) << 3;
  const end = s.channels + toStd;
  let sum: f64 = 0;
  let channels: f64 = 0;
  for (let at = s.channels; at < end; at += 16) {
    const other = t.channels + (at - s.channels);
    const std = v128.load(at + toStd);
    const mean = f64x2.div(f64x2.sub(v128.load(other), v128.load(at)), std);
    const spread = f64x2.div(f64x2.sub(v128.load(other + toStd), std), std);
    const distance = f64x2.sqrt(f64x2.add(f64x2.mul(mean, mean), f64x2.mul(spread, spread)));
    const first = f64x2.extract_lane(distance, 0);
    const second = f64x2.extract_lane(distance, 1);
    if (first < Infinity) {
      sum += first;
      channels++;
    }
    if (second < Infinity && at + 8 < end) {
      sum += second;
      channels++;
    }
  }
  return channels === 0 ? NaN : sum / channels;
}
