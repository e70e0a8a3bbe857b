// Percentiles, and shares of values, of loaded records. The plain loops, whose results are the same, are in
// src/kernel/statistics/percentile.ts, src/kernel/figures/shares.ts, and src/kernel/figures/magnitude.ts.

import { METHODS, numberAt } from './packed';
import { MethodAt } from './packedFields';
import { rankedMethod, sameRanked } from './records';

/**
 * Writes percentiles of each method of a loaded record, as float64: 1 and the percentiles, or 0 where plain loops must
 * find them, or where the sketch is that of an earlier method.
 */
export function recordPercentiles(record: usize, percentiles: usize, many: i32, results: usize): void {
  let result = results;
  for (let i = 0; i < METHODS; i++) {
    const isRanked = sameRanked(record, i) === i && rankedMethod(record, i).ranks !== 0;
    store<f64>(result, isRanked ? 1 : 0);
    if (isRanked)
      for (let each: usize = 0; each < <usize>many; each++)
        store<f64>(result + 8 + (each << 3), percentile(record, i, load<f64>(percentiles + (each << 3))));
    result += (<usize>(many + 1)) << 3;
  }
}

function percentile(record: usize, method: i32, percent: f64): f64 {
  const rank = (percent / 100) * (numberAt(rankedMethod(record, method).numbers, MethodAt.Count) - 1);
  const below = floor<f64>(rank);
  const lower = orderStatistic(record, method, below);
  if (rank === below) return lower;
  return lower + (rank - below) * (orderStatistic(record, method, below + 1) - lower);
}

function orderStatistic(record: usize, method: i32, rank: f64): f64 {
  const own = rankedMethod(record, method);
  const least = numberAt(own.numbers, MethodAt.Min);
  const greatest = numberAt(own.numbers, MethodAt.Max);
  if (rank <= 0) return least;
  if (rank >= numberAt(own.numbers, MethodAt.Count) - 1) return greatest;
  const cell = lastUpTo(own.ranks, own.last, rank);
  const start = <f64>rankOf(own.ranks, cell);
  const count = <f64>rankOf(own.ranks, cell + 1) - start;
  const low = (own.first + <f64>cell) * own.width;
  const high = (own.first + <f64>(cell + 1)) * own.width;
  const allZeros = numberAt(own.numbers, MethodAt.Zeros);
  const zeros = allZeros > 0 && low <= 0 && 0 < high ? allZeros : 0;
  const within = rank - start;
  if (within < zeros) return 0;
  const value = low + ((within - zeros + 0.5) / (count - zeros)) * (high - low);
  return min<f64>(greatest, max<f64>(least, value));
}

/** The last cell with at most this number of values below it. */
function lastUpTo(ranks: usize, last: i32, rank: f64): i32 {
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (<f64>rankOf(ranks, middle) <= rank) low = middle;
    else high = middle;
  }
  return low;
}

function rankOf(ranks: usize, edge: i32): i32 {
  return load<i32>(ranks + ((<usize>edge) << 2));
}

/** Number of values of a loaded record below x; its raw values must have ranks. */
export function countBelow(record: usize, x: f64): f64 {
  const raw = rankedMethod(record, 0);
  const least = numberAt(raw.numbers, MethodAt.Min);
  const greatest = numberAt(raw.numbers, MethodAt.Max);
  if (x <= least) return 0;
  const total = <f64>rankOf(raw.ranks, raw.last);
  if (x > greatest) return total;
  const place = floor<f64>(x / raw.width) - raw.first;
  if (!(place >= 0)) return 0;
  if (place >= <f64>raw.last) return total;
  const cell = <i32>place;
  const below = <f64>rankOf(raw.ranks, cell);
  const count = <f64>rankOf(raw.ranks, cell + 1) - below;
  if (count === 0) return below;
  const low = (raw.first + place) * raw.width;
  const high = (raw.first + place + 1) * raw.width;
  // Zeros are not spread over their cell: all of them are below any x > 0.
  const zeros = low === 0 && x > 0 ? min<f64>(numberAt(raw.numbers, MethodAt.Zeros), count) : 0;
  const start = zeros > 0 ? low : max<f64>(low, least);
  const end = min<f64>(high, greatest);
  const within = end > start ? min<f64>(1, (x - start) / (end - start)) : 1;
  return below + (zeros + (count - zeros) * within);
}

/** The v, to a relative accuracy, for which half of the nonzero raw values are in [−v, v], by so many bisections at most. */
export function medianMagnitude(record: usize, greatest: f64, accuracy: f64, most: i32): f64 {
  const numbers = rankedMethod(record, 0).numbers;
  const zeros = numberAt(numbers, MethodAt.Zeros);
  const count = numberAt(numbers, MethodAt.Count);
  const half = zeros > 0 ? zeros + (count - zeros) / 2 : count / 2;
  let low: f64 = 0;
  let high = greatest;
  for (let i = 0; i < most && high - low > accuracy * high; i++) {
    const middle = low + (high - low) / 2;
    if (countBelow(record, middle) - countBelow(record, -middle) < half) low = middle;
    else high = middle;
  }
  return high;
}
