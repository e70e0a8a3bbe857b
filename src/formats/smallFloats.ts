/** A floating-point type with at most eight bits: an optional sign, an exponent, and a fraction. */
export interface SmallFloat {
  readonly exponentBits: number;
  readonly fractionBits: number;
  readonly bias: number;
  /**
   * The meaning of the largest codes. `ieee`: infinities and NaN at the largest exponent; `fn`: NaN if all bits except
   * the sign are set; `fnuz`: NaN instead of −0; `none`: finite numbers.
   */
  readonly special: 'ieee' | 'fn' | 'fnuz' | 'none';
}

/**
 * Supported types [Micikevicius et al. 2022, table 1; OCP Microscaling Formats 1.0, tables 3 to 5; ml_dtypes, README].
 * Types with fewer than eight bits occupy the lowest bits of a byte.
 */
export const SMALL_FLOATS = {
  float8_e4m3fn: { exponentBits: 4, fractionBits: 3, bias: 7, special: 'fn' },
  float8_e4m3fnuz: { exponentBits: 4, fractionBits: 3, bias: 8, special: 'fnuz' },
  float8_e4m3b11fnuz: { exponentBits: 4, fractionBits: 3, bias: 11, special: 'fnuz' },
  float8_e4m3: { exponentBits: 4, fractionBits: 3, bias: 7, special: 'ieee' },
  float8_e3m4: { exponentBits: 3, fractionBits: 4, bias: 3, special: 'ieee' },
  float8_e5m2: { exponentBits: 5, fractionBits: 2, bias: 15, special: 'ieee' },
  float8_e5m2fnuz: { exponentBits: 5, fractionBits: 2, bias: 16, special: 'fnuz' },
  float6_e2m3fn: { exponentBits: 2, fractionBits: 3, bias: 1, special: 'none' },
  float6_e3m2fn: { exponentBits: 3, fractionBits: 2, bias: 3, special: 'none' },
  float4_e2m1fn: { exponentBits: 2, fractionBits: 1, bias: 1, special: 'none' },
} as const satisfies Readonly<Record<string, SmallFloat>>;

/** Returns the value of a code, which is exact in float32. */
export function smallFloatValue(
  { exponentBits, fractionBits, bias, special }: SmallFloat,
  code: number,
): number {
  const greatest = (1 << exponentBits) - 1;
  const isNegative = ((code >> (exponentBits + fractionBits)) & 1) === 1;
  const exponent = (code >> fractionBits) & greatest;
  const fraction = code & ((1 << fractionBits) - 1);
  const sign = isNegative ? -1 : 1;
  if (special === 'fnuz' && isNegative && exponent === 0 && fraction === 0) return Number.NaN;
  if (special === 'fn' && exponent === greatest && fraction === (1 << fractionBits) - 1) return Number.NaN;
  if (special === 'ieee' && exponent === greatest)
    return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  const significand = exponent === 0 ? fraction : fraction + (1 << fractionBits);
  return sign * significand * 2 ** (Math.max(1, exponent) - bias - fractionBits);
}

/** Returns the power of two for a block's scale code; the last code is NaN [OCP Microscaling Formats 1.0, 5.4.1]. */
export function scaleValue(code: number): number {
  return code === 0xff ? Number.NaN : 2 ** (code - 127);
}
