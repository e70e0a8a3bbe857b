/** Zeros among n float32 values; −1 − zeros where some value is not finite. */
export function countZeros(x: usize, n: i32): i32 {
  const nothing = f32x4.splat(0);
  let zeros = i32x4.splat(0);
  let bad = i32x4.splat(0);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const v = v128.load(x + ((<usize>i) << 2));
    const own = f32x4.sub(v, v);
    // A comparison that holds is −1.
    zeros = i32x4.sub(zeros, f32x4.eq(v, nothing));
    bad = v128.or(bad, f32x4.ne(own, nothing));
  }
  let count =
    i32x4.extract_lane(zeros, 0) +
    i32x4.extract_lane(zeros, 1) +
    i32x4.extract_lane(zeros, 2) +
    i32x4.extract_lane(zeros, 3);
  let isBad = v128.any_true(bad);
  for (; i < n; i++) {
    const value = load<f32>(x + ((<usize>i) << 2));
    if (value === 0) count++;
    if (value - value !== 0) isBad = true;
  }
  return isBad ? -1 - count : count;
}
