/** n bfloat16 values to float32: the upper half of the same bits. Both arrays may be read and written past n, to a multiple of 8. */
export function decodeBfloat16(from: usize, to: usize, n: i32): void {
  for (let i = 0; i < n; i += 8) {
    const codes = v128.load(from + ((<usize>i) << 1));
    v128.store(to + ((<usize>i) << 2), i32x4.shl(i32x4.extend_low_i16x8_u(codes), 16));
    v128.store(to + ((<usize>i) << 2), i32x4.shl(i32x4.extend_high_i16x8_u(codes), 16), 16);
  }
}

/** n float16 values to float32, exactly, subnormals, infinities and NaN included. As {@link decodeBfloat16} past n. */
export function decodeFloat16(from: usize, to: usize, n: i32): void {
  for (let i = 0; i < n; i += 8) {
    const codes = v128.load(from + ((<usize>i) << 1));
    v128.store(to + ((<usize>i) << 2), widen(i32x4.extend_low_i16x8_u(codes)));
    v128.store(to + ((<usize>i) << 2), widen(i32x4.extend_high_i16x8_u(codes)), 16);
  }
}

/** Exponent and fraction go to float32's places; a factor of 2^112 then makes up for the difference of the biases. */
function widen(codes: v128): v128 {
  const magnitude = i32x4.shl(v128.and(codes, i32x4.splat(0x7fff)), 13);
  const isSpecial = i32x4.gt_s(magnitude, i32x4.splat(0x0f7fe000));
  const scaled = f32x4.mul(magnitude, f32x4.splat(reinterpret<f32>(0x77800000)));
  const value = v128.or(scaled, v128.and(isSpecial, i32x4.splat(0x7f800000)));
  return v128.or(value, i32x4.shl(v128.and(codes, i32x4.splat(0x8000)), 16));
}
