/** Narrow floating-point types that training computes in. */
export const NARROW_FORMATS = ['float16', 'bfloat16', 'float8_e4m3fn', 'float8_e5m2'] as const;
export type NarrowFormat = (typeof NARROW_FORMATS)[number];

/** What a type can hold, under rounding to nearest with ties to even. */
export interface FormatRange {
  /** Bits of the fraction, and the exponent of the smallest normal number. */
  readonly fractionBits: number;
  readonly leastExponent: number;
  /** What |x| becomes that is too large. */
  readonly beyond: number;
  /** Greatest finite number. */
  readonly greatest: number;
  /** |x| from here on rounds beyond it: half a step above. */
  readonly overflowsFrom: number;
  /** |x| up to here rounds to 0: half of the smallest subnormal number. */
  readonly flushesUpTo: number;
}

/** [IEEE 754-2019, table 3.5; bfloat16: Intel 2018; float8: Micikevicius et al. 2022, table 1]. */
export const FORMAT_RANGES: Readonly<Record<NarrowFormat, FormatRange>> = {
  float16: {
    fractionBits: 10,
    leastExponent: -14,
    beyond: Number.POSITIVE_INFINITY,
    greatest: 65504,
    overflowsFrom: 65520,
    flushesUpTo: 2 ** -25,
  },
  bfloat16: {
    fractionBits: 7,
    leastExponent: -126,
    beyond: Number.POSITIVE_INFINITY,
    greatest: (2 - 2 ** -7) * 2 ** 127,
    overflowsFrom: (2 - 2 ** -8) * 2 ** 127,
    flushesUpTo: 2 ** -134,
  },
  float8_e4m3fn: {
    fractionBits: 3,
    leastExponent: -6,
    beyond: Number.NaN,
    greatest: 448,
    overflowsFrom: 464,
    flushesUpTo: 2 ** -10,
  },
  float8_e5m2: {
    fractionBits: 2,
    leastExponent: -14,
    beyond: Number.POSITIVE_INFINITY,
    greatest: 57344,
    overflowsFrom: 61440,
    flushesUpTo: 2 ** -17,
  },
};

/** Whether a type is one of the narrow ones. */
export function isNarrowFormat(dtype: string): dtype is NarrowFormat {
  return Object.hasOwn(FORMAT_RANGES, dtype);
}
