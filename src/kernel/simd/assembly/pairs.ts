// Distances between two distributions over the same cells. A pair of float64 per edge says how many values of either
// are below it.

/** Far below any product or sum of shares that is not 0. */
export const TINY: f64 = 1e-200;
/** 2^52: its upper half is that of a float64 whose lower half is any uint32 to add. */
const TWO_52: f64 = 4503599627370496.0;
const TWO_52_BITS: i32 = 0x43300000;

/** Numbers of values below the edges of `many` cells, from their counts (uint32); the first pair is 0. */
export function pairCounts(a: usize, b: usize, many: i32, pairs: usize): void {
  const magic = i32x4.splat(TWO_52_BITS);
  const bias = f64x2.splat(TWO_52);
  let below = f64x2.splat(0);
  let to = pairs;
  v128.store(to, below);
  let cell = 0;
  for (; cell + 2 <= many; cell += 2) {
    const at = (<usize>cell) << 2;
    const both = v128.shuffle<i32>(v128.load64_zero(a + at), v128.load64_zero(b + at), 0, 4, 1, 5);
    below = f64x2.add(below, f64x2.sub(v128.shuffle<i32>(both, magic, 0, 4, 1, 5), bias));
    v128.store(to, below, 16);
    below = f64x2.add(below, f64x2.sub(v128.shuffle<i32>(both, magic, 2, 4, 3, 5), bias));
    v128.store(to, below, 32);
    to += 32;
  }
  if (cell < many) {
    const at = (<usize>cell) << 2;
    const own = f64x2(<f64>load<u32>(a + at), <f64>load<u32>(b + at));
    v128.store(to, f64x2.add(below, own), 16);
  }
}

/**
 * Twice the area between the distribution functions over `many` cells of width 1. `per` has what makes numbers of values
 * shares. Writes the greatest difference at their edges to `greatest` if it is greater than what is there.
 */
export function pairedArea(pairs: usize, many: i32, per: v128, greatest: usize): f64 {
  let sums = f64x2.splat(0);
  let sizes = f64x2.splat(load<f64>(greatest));
  let at = pairs;
  let starts = gapsAt(at, per);
  let i = 0;
  for (; i + 2 <= many; i += 2) {
    const next = gapsAt(at + 32, per);
    const ends = v128.shuffle<f64>(starts, next, 1, 2);
    sums = f64x2.add(sums, doubleAreas(starts, ends));
    sizes = f64x2.pmax(sizes, f64x2.abs(starts));
    starts = next;
    at += 32;
  }
  let sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
  let size = max<f64>(f64x2.extract_lane(sizes, 0), f64x2.extract_lane(sizes, 1));
  const last = f64x2.extract_lane(starts, 0);
  size = max<f64>(size, abs<f64>(last));
  if (i < many) {
    const end = gapAt(at + 16, per);
    sum += f64x2.extract_lane(doubleAreas(f64x2.splat(last), f64x2.splat(end)), 0);
    size = max<f64>(size, abs<f64>(end));
  }
  store<f64>(greatest, size);
  return sum;
}

/** Differences of the distribution functions at two neighboring edges. */
function gapsAt(at: usize, per: v128): v128 {
  const first = f64x2.mul(v128.load(at), per);
  const second = f64x2.mul(v128.load(at, 16), per);
  return f64x2.sub(v128.shuffle<f64>(first, second, 0, 2), v128.shuffle<f64>(first, second, 1, 3));
}

export function gapAt(at: usize, per: v128): f64 {
  const shares = f64x2.mul(v128.load(at), per);
  return f64x2.extract_lane(shares, 0) - f64x2.extract_lane(shares, 1);
}

/**
 * Twice the areas below |p| to |q| over 1. Where the sign changes, there are two triangles: |p| + |q| − 2|p||q|/(|p| +
 * |q|), and −|p||q| is p·q. To divide always takes less time than a branch that is hard to predict.
 */
export function doubleAreas(p: v128, q: v128): v128 {
  const sizes = f64x2.add(f64x2.abs(p), f64x2.abs(q));
  const lost = f64x2.div(f64x2.pmin(f64x2.splat(0), f64x2.mul(p, q)), f64x2.pmax(f64x2.splat(TINY), sizes));
  return f64x2.add(sizes, f64x2.add(lost, lost));
}

/** Edges to go at a time while a bin is not full. */
const STRIDE: i32 = 4;

/**
 * Jensen–Shannon divergence in bits over `many` cells, in bins with a mass of `binMass` or more of both together; the
 * rest is a last bin.
 */
export function pairedDivergence(pairs: usize, many: i32, per: v128, binMass: f64): f64 {
  let sums = f64x2.splat(0);
  let start = f64x2.splat(0);
  const end = pairs + ((<usize>many) << 4);
  let at = pairs + 16;
  while (at <= end) {
    // The mass never falls, so where it is too little, it was so before.
    const far = at + ((STRIDE - 1) << 4);
    if (far <= end && massFrom(start, far, per) < binMass) {
      at = far + 16;
      continue;
    }
    while (at <= end && massFrom(start, at, per) < binMass) at += 16;
    if (at > end) break;
    const shares = f64x2.mul(v128.load(at), per);
    sums = f64x2.add(sums, divergenceTerms(f64x2.sub(shares, start)));
    start = shares;
    at += 16;
  }
  sums = f64x2.add(sums, divergenceTerms(f64x2.sub(f64x2.splat(1), start)));
  return (f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1)) / 2;
}

function massFrom(start: v128, at: usize, per: v128): f64 {
  const own = f64x2.sub(f64x2.mul(v128.load(at), per), start);
  return f64x2.extract_lane(own, 0) + f64x2.extract_lane(own, 1);
}

/** p·log2(p/m) and q·log2(q/m), with m the mean of p and q; 0 where p or q is 0. */
export function divergenceTerms(shares: v128): v128 {
  const mean = f64x2.mul(f64x2.add(shares, v128.shuffle<f64>(shares, shares, 1, 0)), f64x2.splat(0.5));
  return f64x2.mul(shares, log2(f64x2.div(shares, f64x2.pmax(f64x2.splat(TINY), mean))));
}

/** The upper half of √½, from which the logarithm's argument is reduced to [√½, √2). */
const ROOT_HALF_BITS: i32 = 0x3fe6a09e;
const TWO_PER_LN2: f64 = 2.8853900817779268;

/**
 * Logarithms to base 2 of two normal numbers above 0, to about 1e-15; something finite for 0. With x = 2^k·m and
 * f = (m − 1)/(m + 1), ln m = 2·artanh f, a series in f² < 0.03 [Tang 1990].
 */
function log2(x: v128): v128 {
  const exponents = i32x4.shr_s(i32x4.sub(x, i32x4.splat(ROOT_HALF_BITS)), 20);
  const upper = i32x4(0, -1, 0, -1);
  const m = i32x4.sub(x, v128.and(i32x4.shl(exponents, 20), upper));
  const k = f64x2.convert_low_i32x4_s(v128.shuffle<i32>(exponents, exponents, 1, 3, 1, 3));
  const one = f64x2.splat(1);
  const f = f64x2.div(f64x2.sub(m, one), f64x2.add(m, one));
  const square = f64x2.mul(f, f);
  let series = f64x2.splat(1.0 / 19.0);
  series = f64x2.add(f64x2.mul(series, square), f64x2.splat(1.0 / 17.0));
  series = f64x2.add(f64x2.mul(series, square), f64x2.splat(1.0 / 15.0));
  series = f64x2.add(f64x2.mul(series, square), f64x2.splat(1.0 / 13.0));
  series = f64x2.add(f64x2.mul(series, square), f64x2.splat(1.0 / 11.0));
  series = f64x2.add(f64x2.mul(series, square), f64x2.splat(1.0 / 9.0));
  series = f64x2.add(f64x2.mul(series, square), f64x2.splat(1.0 / 7.0));
  series = f64x2.add(f64x2.mul(series, square), f64x2.splat(1.0 / 5.0));
  series = f64x2.add(f64x2.mul(series, square), f64x2.splat(1.0 / 3.0));
  series = f64x2.add(f64x2.mul(series, square), one);
  return f64x2.add(k, f64x2.mul(f64x2.mul(f, f64x2.splat(TWO_PER_LN2)), series));
}
