import type { RecordDType } from '../../model/catalog';

/** A number type: the maximum relative error of rounding to it, and the remaining absolute error near 0. */
export interface Precision {
  /** Half of the machine epsilon. */
  readonly relative: number;
  /** Half the smallest subnormal number, or half the smallest normal one if subnormals are flushed to zero. */
  readonly absolute: number;
}

const PRECISIONS: Partial<Record<RecordDType, Precision>> = {
  float64: { relative: 2 ** -53, absolute: 0 },
  float32: { relative: 2 ** -24, absolute: 2 ** -126 },
  float16: { relative: 2 ** -11, absolute: 2 ** -25 },
  bfloat16: { relative: 2 ** -8, absolute: 2 ** -126 },
  float8_e4m3fn: { relative: 2 ** -4, absolute: 2 ** -10 },
  float8_e5m2: { relative: 2 ** -3, absolute: 2 ** -17 },
};

export function precisionOf(dtype: RecordDType): Precision | undefined {
  return PRECISIONS[dtype];
}
