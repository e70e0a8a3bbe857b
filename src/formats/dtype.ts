import type { DType } from '../model/catalog';
import { elementCount } from '../model/elementCount';

/** Bytes per element. Types with fewer than eight bits are unpacked to one element per byte. */
export const ITEM_SIZE: Readonly<Record<DType, number>> = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  float8_e4m3fn: 1,
  float8_e5m2: 1,
  float8_e4m3: 1,
  float8_e3m4: 1,
  float8_e4m3fnuz: 1,
  float8_e4m3b11fnuz: 1,
  float8_e5m2fnuz: 1,
  float8_e8m0fnu: 1,
  float6_e2m3fn: 1,
  float6_e3m2fn: 1,
  float4_e2m1fn: 1,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint64: 8,
  uint32: 4,
  uint16: 2,
  uint8: 1,
  bool: 1,
};

/**
 * Returns the size of a tensor's elements in bytes, without padding. The shape must be valid; {@link checkedByteLength}
 * also checks it.
 */
export function byteLengthOf(shape: readonly number[], dtype: DType): number {
  return ITEM_SIZE[dtype] * elementCount(shape);
}
