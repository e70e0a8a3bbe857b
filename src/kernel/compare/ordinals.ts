import { ITEM_SIZE } from '../../formats/dtype';
import { SMALL_FLOATS, smallFloatValue } from '../../formats/smallFloats';
import type { DType } from '../../model/catalog';

/**
 * Distances between stored elements, as the number of steps from one representable number of their type to the next
 * [Goldberg 1991, "units in the last place"; IEEE 754-2019, nextUp]. Both zeros are one number. Infinity is infinitely
 * far from all other numbers, and so is NaN; two NaN are 0 apart.
 */
export type UlpDistance<Code> = (a: Code, b: Code) => number;

/** One number per code of a type of up to 16 bits: neighbors differ by 1. NaN and infinities stand for themselves. */
export function ordinalTable(dtype: DType): Float64Array {
  const known = tables.get(dtype);
  if (known !== undefined) return known;
  const of = TABLES[dtype];
  if (of === undefined) throw new Error(`${dtype} has too many codes for a table.`);
  const table = Float64Array.from({ length: 1 << (8 * ITEM_SIZE[dtype]) }, (_, code) => of(code));
  tables.set(dtype, table);
  return table;
}

const tables = new Map<DType, Float64Array>();

type OrdinalOf = (code: number) => number;

const TABLES: Readonly<Partial<Record<DType, OrdinalOf>>> = {
  ...Object.fromEntries(
    Object.entries(SMALL_FLOATS).map(([dtype, format]): [string, OrdinalOf] => {
      const sign = 1 << (format.exponentBits + format.fractionBits);
      return [
        dtype,
        (code) => {
          const value = smallFloatValue(format, code);
          return Number.isFinite(value) ? signMagnitude(code & (2 * sign - 1), sign) : value;
        },
      ];
    }),
  ),
  float8_e8m0fnu: (code) => (code === 0xff ? Number.NaN : code),
  float16: ieee16(0x7c00),
  bfloat16: ieee16(0x7f80),
  int16: (code) => (code << 16) >> 16,
  uint16: (code) => code,
  int8: (code) => (code << 24) >> 24,
  uint8: (code) => code,
  bool: (code) => (code === 0 ? 0 : 1),
};

/** `exponent`: the bits of the exponent, which are all set in infinities and NaN. */
function ieee16(exponent: number): OrdinalOf {
  return (code) => {
    if ((code & exponent) !== exponent) return signMagnitude(code, 0x8000);
    if ((code & 0x7fff) !== exponent) return Number.NaN;
    return code & 0x8000 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  };
}

/** `sign`: the bit of the sign. */
function signMagnitude(code: number, sign: number): number {
  // Without a negative zero, which would not equal the other.
  return code < sign ? code : 0 - (code - sign);
}

/** Distance of two ordinals. */
export function ordinalDistance(a: number, b: number): number {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return 0;
  const distance = Math.abs(a - b);
  return Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance;
}

const MAGNITUDE = 0x7fffffff;
const EXPONENT_32 = 0x7f800000;
/** Of the upper half. */
const EXPONENT_64 = 0x7ff00000;

/** For codes of 32 bits, as signed integers. */
export const DISTANCES_32: Readonly<Partial<Record<DType, UlpDistance<number>>>> = {
  float32: (a, b) => {
    const magnitudeA = a & MAGNITUDE;
    const magnitudeB = b & MAGNITUDE;
    if (magnitudeA < EXPONENT_32 && magnitudeB < EXPONENT_32)
      return a < 0 === b < 0 ? Math.abs(magnitudeA - magnitudeB) : magnitudeA + magnitudeB;
    // Two infinities of one sign have the same bits.
    return magnitudeA > EXPONENT_32 && magnitudeB > EXPONENT_32 ? 0 : Number.POSITIVE_INFINITY;
  },
  int32: (a, b) => Math.abs(a - b),
  uint32: (a, b) => Math.abs((a >>> 0) - (b >>> 0)),
};

/** Distance of codes of 64 bits: the upper half as a signed integer, the lower one without sign. Beyond 2^53, it rounds. */
export type UlpDistance64 = (highA: number, lowA: number, highB: number, lowB: number) => number;

const HALF = 2 ** 32;

export const DISTANCES_64: Readonly<Partial<Record<DType, UlpDistance64>>> = {
  float64: (highA, lowA, highB, lowB) => {
    const a = highA & MAGNITUDE;
    const b = highB & MAGNITUDE;
    if (a < EXPONENT_64 && b < EXPONENT_64)
      return highA < 0 === highB < 0
        ? Math.abs((a - b) * HALF + (lowA - lowB))
        : (a + b) * HALF + (lowA + lowB);
    return isNaN64(a, lowA) && isNaN64(b, lowB) ? 0 : Number.POSITIVE_INFINITY;
  },
  int64: (highA, lowA, highB, lowB) => Math.abs((highA - highB) * HALF + (lowA - lowB)),
  uint64: (highA, lowA, highB, lowB) => Math.abs(((highA >>> 0) - (highB >>> 0)) * HALF + (lowA - lowB)),
};

/** `high` without the sign. */
function isNaN64(high: number, low: number): boolean {
  return high > EXPONENT_64 || (high === EXPONENT_64 && low !== 0);
}
