// Moments from a shift: sums of x − shift and of its square in float64 [Chan, Golub & LeVeque 1983], the least and the
// greatest value. Non-finite values are left to the caller: the result says whether there were any.

/**
 * Moments of n float32 values, n ≥ 1, from the first one as the shift. Writes to `out`, as float64: sum, sum of squares,
 * least, greatest. Returns whether all values are finite; else `out` means nothing.
 */
export function rowMoments(x: usize, n: i32, out: usize): bool {
  const shift = f64x2.splat(<f64>load<f32>(x));
  let sum0 = f64x2.splat(0);
  let sum1 = f64x2.splat(0);
  let sum2 = f64x2.splat(0);
  let sum3 = f64x2.splat(0);
  let squares0 = f64x2.splat(0);
  let squares1 = f64x2.splat(0);
  let squares2 = f64x2.splat(0);
  let squares3 = f64x2.splat(0);
  const first = v128.load32_splat(x);
  let least0 = first;
  let least1 = first;
  let greatest0 = first;
  let greatest1 = first;
  let i = 0;
  for (; i + 8 <= n; i += 8) {
    const a = v128.load(x + ((<usize>i) << 2));
    const b = v128.load(x + ((<usize>i) << 2), 16);
    least0 = f32x4.pmin(least0, a);
    least1 = f32x4.pmin(least1, b);
    greatest0 = f32x4.pmax(greatest0, a);
    greatest1 = f32x4.pmax(greatest1, b);
    const d0 = f64x2.sub(f64x2.promote_low_f32x4(a), shift);
    const d1 = f64x2.sub(f64x2.promote_low_f32x4(v128.shuffle<f32>(a, a, 2, 3, 2, 3)), shift);
    const d2 = f64x2.sub(f64x2.promote_low_f32x4(b), shift);
    const d3 = f64x2.sub(f64x2.promote_low_f32x4(v128.shuffle<f32>(b, b, 2, 3, 2, 3)), shift);
    sum0 = f64x2.add(sum0, d0);
    sum1 = f64x2.add(sum1, d1);
    sum2 = f64x2.add(sum2, d2);
    sum3 = f64x2.add(sum3, d3);
    squares0 = f64x2.add(squares0, f64x2.mul(d0, d0));
    squares1 = f64x2.add(squares1, f64x2.mul(d1, d1));
    squares2 = f64x2.add(squares2, f64x2.mul(d2, d2));
    squares3 = f64x2.add(squares3, f64x2.mul(d3, d3));
  }
  const sums = f64x2.add(f64x2.add(sum0, sum1), f64x2.add(sum2, sum3));
  const squares = f64x2.add(f64x2.add(squares0, squares1), f64x2.add(squares2, squares3));
  let sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
  let square = f64x2.extract_lane(squares, 0) + f64x2.extract_lane(squares, 1);
  const leasts = f32x4.pmin(least0, least1);
  const greatests = f32x4.pmax(greatest0, greatest1);
  let least = <f64>(
    min(
      min(f32x4.extract_lane(leasts, 0), f32x4.extract_lane(leasts, 1)),
      min(f32x4.extract_lane(leasts, 2), f32x4.extract_lane(leasts, 3)),
    )
  );
  let greatest = <f64>(
    max(
      max(f32x4.extract_lane(greatests, 0), f32x4.extract_lane(greatests, 1)),
      max(f32x4.extract_lane(greatests, 2), f32x4.extract_lane(greatests, 3)),
    )
  );
  const from = f64x2.extract_lane(shift, 0);
  for (; i < n; i++) {
    const value = <f64>load<f32>(x + ((<usize>i) << 2));
    const d = value - from;
    sum += d;
    square += d * d;
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  store<f64>(out, sum);
  store<f64>(out, square, 8);
  store<f64>(out, least, 16);
  store<f64>(out, greatest, 24);
  // Finite float32 values cannot overflow these sums; one that is not makes them NaN or infinite.
  return square - square === 0 && sum - sum === 0;
}

/**
 * Adds a row of n values, each to the sums of its own column: shift, sum and squares in float64, least and greatest in
 * float32, counts in float64. Returns false, with nothing added, where a value is not finite.
 */
export function vectorMoments(
  x: usize,
  n: i32,
  shift: usize,
  count: usize,
  sum: usize,
  squares: usize,
  least: usize,
  greatest: usize,
): bool {
  if (!allFinite(x, n)) return false;
  const one = f64x2.splat(1);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const at = (<usize>i) << 2;
    const wide = (<usize>i) << 3;
    const v = v128.load(x + at);
    v128.store(least + at, f32x4.pmin(v128.load(least + at), v));
    v128.store(greatest + at, f32x4.pmax(v128.load(greatest + at), v));
    const d0 = f64x2.sub(f64x2.promote_low_f32x4(v), v128.load(shift + wide));
    const d1 = f64x2.sub(
      f64x2.promote_low_f32x4(v128.shuffle<f32>(v, v, 2, 3, 2, 3)),
      v128.load(shift + wide, 16),
    );
    v128.store(count + wide, f64x2.add(v128.load(count + wide), one));
    v128.store(count + wide, f64x2.add(v128.load(count + wide, 16), one), 16);
    v128.store(sum + wide, f64x2.add(v128.load(sum + wide), d0));
    v128.store(sum + wide, f64x2.add(v128.load(sum + wide, 16), d1), 16);
    v128.store(squares + wide, f64x2.add(v128.load(squares + wide), f64x2.mul(d0, d0)));
    v128.store(squares + wide, f64x2.add(v128.load(squares + wide, 16), f64x2.mul(d1, d1)), 16);
  }
  for (; i < n; i++) {
    const at = (<usize>i) << 2;
    const wide = (<usize>i) << 3;
    const value = load<f32>(x + at);
    const d = <f64>value - load<f64>(shift + wide);
    store<f32>(least + at, min(load<f32>(least + at), value));
    store<f32>(greatest + at, max(load<f32>(greatest + at), value));
    store<f64>(count + wide, load<f64>(count + wide) + 1);
    store<f64>(sum + wide, load<f64>(sum + wide) + d);
    store<f64>(squares + wide, load<f64>(squares + wide) + d * d);
  }
  return true;
}

/** x − x is 0 for finite values alone. */
function allFinite(x: usize, n: i32): bool {
  let bad = i32x4.splat(0);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const v = v128.load(x + ((<usize>i) << 2));
    const zero = f32x4.sub(v, v);
    bad = v128.or(bad, f32x4.ne(zero, zero));
  }
  for (; i < n; i++) {
    const value = load<f32>(x + ((<usize>i) << 2));
    if (value - value !== 0) return false;
  }
  return !v128.any_true(bad);
}

/**
 * Adds n values y = (x − shift)·scale, each to the sums of its own column, from the column's origin: count, sum and
 * squares in float64. Returns false, with nothing added, where a value is not finite.
 */
export function addAffine(
  x: usize,
  n: i32,
  shift: f64,
  scale: f64,
  origin: usize,
  count: usize,
  sum: usize,
  squares: usize,
): bool {
  if (!allFinite(x, n)) return false;
  const one = f64x2.splat(1);
  const shifts = f64x2.splat(shift);
  const scales = f64x2.splat(scale);
  let i = 0;
  for (; i + 2 <= n; i += 2) {
    const wide = (<usize>i) << 3;
    const v = f64x2.promote_low_f32x4(v128.load64_zero(x + ((<usize>i) << 2)));
    const d = f64x2.sub(f64x2.mul(f64x2.sub(v, shifts), scales), v128.load(origin + wide));
    v128.store(count + wide, f64x2.add(v128.load(count + wide), one));
    v128.store(sum + wide, f64x2.add(v128.load(sum + wide), d));
    v128.store(squares + wide, f64x2.add(v128.load(squares + wide), f64x2.mul(d, d)));
  }
  for (; i < n; i++) {
    const wide = (<usize>i) << 3;
    const d = (<f64>load<f32>(x + ((<usize>i) << 2)) - shift) * scale - load<f64>(origin + wide);
    store<f64>(count + wide, load<f64>(count + wide) + 1);
    store<f64>(sum + wide, load<f64>(sum + wide) + d);
    store<f64>(squares + wide, load<f64>(squares + wide) + d * d);
  }
  return true;
}
