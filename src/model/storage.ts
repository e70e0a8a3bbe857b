import { t } from '@vscode/l10n';
import type { DType, Narrowing, RecordDType } from './catalog';

/**
 * The same for a record whose values are known. If the recorder did not save the error, it is derived from the values.
 */
export interface Storage extends Narrowing {
  /** The type in the file. */
  readonly dtype: RecordDType;
}

/** Rounding above which a person should know of it; the recorder warns from here on. */
export const NOTABLE_ROUNDING = 0.01;
/** Rounding above which no finding rests on a record. */
export const UNRESOLVED_ROUNDING = 0.1;

/** Whether rounding preserves enough of the deviations for findings. */
export function isResolved(narrowing: Partial<Narrowing> | undefined): boolean {
  return (narrowing?.error ?? 0) <= UNRESOLVED_ROUNDING;
}

/** Significand bits, and the exponent of the greatest numbers, of floating-point types. */
const FORMATS: Partial<Record<RecordDType, readonly [precision: number, exponent: number]>> = {
  float64: [53, 1023],
  float32: [24, 127],
  bfloat16: [8, 127],
  float16: [11, 15],
  float8_e5m2: [3, 15],
  float8_e4m3fn: [4, 8],
};

/** Whether storing a tensor of one type in the other rounds it. */
export function isNarrower(stored: RecordDType, from: DType): boolean {
  const [ours, theirs] = [FORMATS[stored], FORMATS[from]];
  return ours !== undefined && theirs !== undefined && (ours[0] < theirs[0] || ours[1] < theirs[1]);
}

/**
 * Whether finite values of one type can become infinite in the other. (The range of float32 hardly exceeds that of
 * bfloat16.)
 */
export function mayOverflow(stored: RecordDType, from: DType): boolean {
  return (FORMATS[stored]?.[1] ?? 0) < (FORMATS[from]?.[1] ?? 0);
}

/** What a person should know of how records of a layer were stored: sentences on the worst of them, or undefined. */
export function storageRemark(records: readonly (Storage | undefined)[]): string | undefined {
  const notable = records.filter((each) => each !== undefined && isNotable(each)) as Storage[];
  if (notable.length === 0) return undefined;
  const { dtype, from, error = 0 } = notable.reduce((a, b) => ((b.error ?? 0) > (a.error ?? 0) ? b : a));
  const overflowed = Math.max(...notable.map((each) => each.overflowed ?? 0));
  return [
    t('The recorder stored {0} values as {1}.', from, dtype),
    ...(error > NOTABLE_ROUNDING ? [roundingRemark(error)] : []),
    ...(overflowed > 0 ? [overflowRemark(overflowed, dtype)] : []),
    t('Record with dtype="auto" or "{0}".', from),
  ].join(' ');
}

function roundingRemark(error: number): string {
  if (error >= 1)
    return t(
      'Rounding changes values by 1 σ of their channel or more, so the distributions are not resolved and findings do not use them.',
    );
  const size = Number(error.toPrecision(2));
  return isResolved({ error })
    ? t('Rounding changes values by up to {0} σ of their channel; figures can be off by as much.', size)
    : t(
        'Rounding changes values by up to {0} σ of their channel, so the distributions are not resolved and findings do not use them.',
        size,
      );
}

function overflowRemark(overflowed: number, dtype: RecordDType): string {
  return overflowed === 1
    ? t('1 value is outside the range of {0} and infinite only in the file.', dtype)
    : t('{0} values are outside the range of {1} and infinite only in the file.', overflowed, dtype);
}

function isNotable({ error = 0, overflowed = 0 }: Storage): boolean {
  return error > NOTABLE_ROUNDING || overflowed > 0;
}
