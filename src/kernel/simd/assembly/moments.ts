// Moments of float32 values in float64, their extremes and their zeros, in one pass.

/** Bytes of a row of {@link rowMoments}: mean, M2, least, greatest as float64; zeros, and whether all is finite, as int32. */
const ROW: usize = 40;
/** Maximum ratio of the squared mean to the variance; beyond it, Σx² − (Σx)²/n has lost required digits. */
const FAR: f64 = 100;

/**
 * {@link unitMoments} of each of `rows` consecutive stretches of n values; a stretch with non-finite values is only
 * marked.
 */
export function rowMoments(x: usize, n: i32, rows: i32, table: usize): void {
  for (let row = 0; row < rows; row++) {
    store<i32>(table, unitMoments(x, n, table) ? 1 : 0, 36);
    x += (<usize>n) << 2;
    table += ROW;
  }
}

/** A row of {@link unitMoments}. */
const scratchRow = memory.data(40);

/**
 * Moments of `units` consecutive stretches of n values, which are a unit each: columns of count, mean, M2, minimum, and
 * maximum. Returns the number of zeros; −1 − zeros if a stretch has non-finite values. The count of such a stretch is −1,
 * and its zeros are not counted.
 */
export function stretchMoments(x: usize, n: i32, units: i32, moments: usize): i32 {
  const column = (<usize>units) << 3;
  const length = (<usize>n) << 2;
  let zeros = 0;
  let isBad = false;
  const end = moments + column;
  for (let to = moments; to < end; to += 8) {
    if (unitMoments(x, n, scratchRow)) {
      store<f64>(to, <f64>n);
      store<f64>(to + column, load<f64>(scratchRow));
      store<f64>(to + 2 * column, load<f64>(scratchRow, 8));
      store<f64>(to + 3 * column, load<f64>(scratchRow, 16));
      store<f64>(to + 4 * column, load<f64>(scratchRow, 24));
      zeros += load<i32>(scratchRow, 32);
    } else {
      store<f64>(to, -1);
      isBad = true;
    }
    x += length;
  }
  return isBad ? -1 - zeros : zeros;
}

/**
 * Moments of n float32 values, n ≥ 1: mean, M2, least and greatest to `row` as float64, then zeros as int32. Returns whether
 * all values are finite; else the row means nothing.
 *
 * Additions and conversions of float64 limit the loop, so the rest uses other execution units: the extremes are those
 * of the bits as integers, which order numbers of one sign. The bits minus 1 make a zero the largest number, +0 as
 * unsigned and −0 as signed.
 */
export function unitMoments(x: usize, n: i32, row: usize): bool {
  const end = x + ((<usize>n) << 2);
  const end8 = x + ((<usize>(n & ~7)) << 2);
  let sum0 = f64x2.splat(0);
  let sum1 = f64x2.splat(0);
  let squares0 = f64x2.splat(0);
  let squares1 = f64x2.splat(0);
  let squares2 = f64x2.splat(0);
  let squares3 = f64x2.splat(0);
  const less1 = i32x4.splat(-1);
  const first = i32x4.add(v128.load32_splat(x), less1);
  let unsigned = first;
  let signed = first;
  let at = x;
  for (; at < end8; at += 32) {
    const a = v128.load(at);
    const b = v128.load(at, 16);
    const a1 = i32x4.add(a, less1);
    const b1 = i32x4.add(b, less1);
    unsigned = i32x4.max_u(unsigned, i32x4.max_u(a1, b1));
    signed = i32x4.max_s(signed, i32x4.max_s(a1, b1));
    const d0 = f64x2.promote_low_f32x4(a);
    const d1 = f64x2.promote_low_f32x4(v128.load64_zero(at, 8));
    sum0 = f64x2.add(sum0, f64x2.add(d0, d1));
    squares0 = addSquare(squares0, d0);
    squares1 = addSquare(squares1, d1);
    const d2 = f64x2.promote_low_f32x4(b);
    const d3 = f64x2.promote_low_f32x4(v128.load64_zero(at, 24));
    sum1 = f64x2.add(sum1, f64x2.add(d2, d3));
    squares2 = addSquare(squares2, d2);
    squares3 = addSquare(squares3, d3);
  }
  let sum = sumOf(f64x2.add(sum0, sum1));
  let square = sumOf(f64x2.add(f64x2.add(squares0, squares1), f64x2.add(squares2, squares3)));
  let farthest = largestUnsigned(unsigned);
  let highest = largestSigned(signed);
  for (; at < end; at += 4) {
    const value = load<f32>(at);
    const bits = reinterpret<i32>(value) - 1;
    farthest = max<u32>(farthest, bits);
    highest = max<i32>(highest, bits);
    sum += <f64>value;
    square += <f64>value * <f64>value;
  }
  // Finite float32 values cannot overflow these sums; one that is not makes them NaN or infinite.
  if (square - square !== 0 || sum - sum !== 0) return false;

  const hasZeros = farthest === u32.MAX_VALUE || highest === i32.MAX_VALUE;
  // One is negative, the other is not.
  if (!hasZeros && <i32>(farthest + 1) < 0 && highest >= -1) {
    store<f64>(row, <f64>reinterpret<f32>(farthest + 1), 16);
    store<f64>(row, <f64>reinterpret<f32>(highest + 1), 24);
    store<i32>(row, 0, 32);
  } else extremesAndZeros(x, n, row);
  const least = load<f64>(row, 16);
  const greatest = load<f64>(row, 24);
  const mean = sum / <f64>n;
  const m2 = square - sum * mean;
  if (least === greatest) {
    store<f64>(row, least);
    store<f64>(row, 0, 8);
  } else if (sum * mean > FAR * m2) {
    shiftedMoments(x, n, mean, row);
  } else {
    store<f64>(row, mean);
    store<f64>(row, m2, 8);
  }
  return true;
}

/** Adds d²; with one rounding if the engine has a fused instruction. */
export function addSquare(sum: v128, d: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f64x2.relaxed_madd(d, d, sum) : f64x2.add(sum, f64x2.mul(d, d));
}

/** Mean and M2 of n values from a shift near their mean [Chan, Golub & LeVeque 1983]. */
function shiftedMoments(x: usize, n: i32, from: f64, row: usize): void {
  const end = x + ((<usize>n) << 2);
  const end4 = x + ((<usize>(n & ~3)) << 2);
  const shift = f64x2.splat(from);
  let sums = f64x2.splat(0);
  let squares = f64x2.splat(0);
  for (; x < end4; x += 16) {
    const d0 = f64x2.sub(f64x2.promote_low_f32x4(v128.load(x)), shift);
    const d1 = f64x2.sub(f64x2.promote_low_f32x4(v128.load64_zero(x, 8)), shift);
    sums = f64x2.add(sums, f64x2.add(d0, d1));
    squares = f64x2.add(squares, f64x2.add(f64x2.mul(d0, d0), f64x2.mul(d1, d1)));
  }
  let sum = sumOf(sums);
  let square = sumOf(squares);
  for (; x < end; x += 4) {
    const d = <f64>load<f32>(x) - from;
    sum += d;
    square += d * d;
  }
  const delta = sum / <f64>n;
  store<f64>(row, from + delta);
  store<f64>(row, max<f64>(0, square - sum * delta), 8);
}

/** Least and greatest of n finite values, and how many are 0, to their columns of `row`. */
function extremesAndZeros(x: usize, n: i32, row: usize): void {
  const end = x + ((<usize>n) << 2);
  const end4 = x + ((<usize>(n & ~3)) << 2);
  const nothing = f32x4.splat(0);
  const first = v128.load32_splat(x);
  let nearests = first;
  let unsigned = first;
  let signed = first;
  let counts = i32x4.splat(0);
  for (; x < end4; x += 16) {
    const v = v128.load(x);
    nearests = i32x4.min_u(nearests, v);
    unsigned = i32x4.max_u(unsigned, v);
    signed = i32x4.max_s(signed, v);
    // A comparison that holds is −1.
    counts = i32x4.sub(counts, f32x4.eq(v, nothing));
  }
  let nearest = ~largestUnsigned(v128.not(nearests));
  let farthest = largestUnsigned(unsigned);
  let highest = largestSigned(signed);
  let zeros =
    i32x4.extract_lane(counts, 0) +
    i32x4.extract_lane(counts, 1) +
    i32x4.extract_lane(counts, 2) +
    i32x4.extract_lane(counts, 3);
  for (; x < end; x += 4) {
    const bits = load<u32>(x);
    nearest = min<u32>(nearest, bits);
    farthest = max<u32>(farthest, bits);
    highest = max<i32>(highest, bits);
    if (load<f32>(x) === 0) zeros++;
  }
  // Among numbers of one sign, the other extreme is the one nearest to 0. −0 + 0 is 0.
  const least = reinterpret<f32>(<i32>farthest < 0 ? farthest : nearest);
  const greatest = reinterpret<f32>(highest >= 0 ? <u32>highest : nearest);
  store<f64>(row, <f64>least + 0, 16);
  store<f64>(row, <f64>greatest + 0, 24);
  store<i32>(row, zeros, 32);
}

function largestUnsigned(lanes: v128): u32 {
  return max<u32>(
    max<u32>(i32x4.extract_lane(lanes, 0), i32x4.extract_lane(lanes, 1)),
    max<u32>(i32x4.extract_lane(lanes, 2), i32x4.extract_lane(lanes, 3)),
  );
}

function largestSigned(lanes: v128): i32 {
  return max<i32>(
    max<i32>(i32x4.extract_lane(lanes, 0), i32x4.extract_lane(lanes, 1)),
    max<i32>(i32x4.extract_lane(lanes, 2), i32x4.extract_lane(lanes, 3)),
  );
}

function sumOf(lanes: v128): f64 {
  return f64x2.extract_lane(lanes, 0) + f64x2.extract_lane(lanes, 1);
}
