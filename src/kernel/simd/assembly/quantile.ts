// Order statistics of a small sample. Counting the values below a pivot takes no branches, so that bisection takes less
// time than sorting.

/** The value of a rank (from 0) among n float64 values, none of which is NaN. */
export function orderStatistic(values: usize, n: i32, rank: i32): f64 {
  let low = keyOf(-Infinity);
  let high = keyOf(Infinity);
  // Numbers of values up to the pivots of these keys, which are not more than the rank, and more.
  let least = 0;
  let most = n;
  while (most - least > 1 && low < high) {
    const middle = (low & high) + ((low ^ high) >> 1);
    const count = countUpTo(values, n, ofKey(middle));
    if (count > rank) {
      high = middle;
      most = count;
    } else {
      low = middle + 1;
      least = count;
    }
  }
  if (low === high) return ofKey(low) + 0;
  // One value is left.
  const end = values + ((<usize>n) << 3);
  for (let at = values; at < end; at += 8) {
    const value = load<f64>(at);
    const key = keyOf(value);
    if (key >= low && key <= high) return value;
  }
  return NaN;
}

/** An integer for each float64, in the same order. Comparisons take 0 for −0, which comes first. */
function keyOf(value: f64): i64 {
  return value === 0 ? -1 : ofSign(reinterpret<i64>(value));
}

function ofKey(key: i64): f64 {
  return reinterpret<f64>(ofSign(key));
}

function ofSign(bits: i64): i64 {
  return bits ^ ((bits >> 63) & i64.MAX_VALUE);
}

function countUpTo(values: usize, n: i32, pivot: f64): i32 {
  const pivots = f64x2.splat(pivot);
  const end = values + ((<usize>n) << 3);
  let counts0 = i64x2.splat(0);
  let counts1 = counts0;
  let at = values;
  for (; at + 64 <= end; at += 64) {
    // A comparison that holds is −1.
    counts0 = i64x2.sub(counts0, f64x2.le(v128.load(at), pivots));
    counts1 = i64x2.sub(counts1, f64x2.le(v128.load(at, 16), pivots));
    counts0 = i64x2.sub(counts0, f64x2.le(v128.load(at, 32), pivots));
    counts1 = i64x2.sub(counts1, f64x2.le(v128.load(at, 48), pivots));
  }
  const both = i64x2.add(counts0, counts1);
  let count = <i32>(i64x2.extract_lane(both, 0) + i64x2.extract_lane(both, 1));
  for (; at < end; at += 8) count += load<f64>(at) <= pivot ? 1 : 0;
  return count;
}
