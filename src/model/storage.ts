import type { DType, Narrowing, RecordDType } from './catalog';

/** The same of a record whose values are known; where the recorder did not say the error, it is derived from them. */
export interface Storage extends Narrowing {
  /** The type in the file. */
  readonly dtype: RecordDType;
}

/** Rounding above which a person should know of it; the recorder warns from here on. */
export const NOTABLE_ROUNDING = 0.01;
/** Rounding above which no finding rests on a record. */
export const UNRESOLVED_ROUNDING = 0.1;

/** Whether rounding left enough of the deviations to tell what is wrong. */
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

/** Whether finite values of one type may be infinite in the other; float32 hardly reaches beyond bfloat16. */
export function mayOverflow(stored: RecordDType, from: DType): boolean {
  return (FORMATS[stored]?.[1] ?? 0) < (FORMATS[from]?.[1] ?? 0);
}

/** What a person should know of how records of a layer were stored: sentences on the worst of them, or undefined. */
export function storageRemark(records: readonly (Storage | undefined)[]): string | undefined {
  const notable = records.filter((each) => each !== undefined && isNotable(each)) as Storage[];
  if (notable.length === 0) return undefined;
  const { dtype, from, error = 0 } = notable.reduce((a, b) => ((b.error ?? 0) > (a.error ?? 0) ? b : a));
  const sentences: string[] = [];
  if (error > NOTABLE_ROUNDING) {
    const size = error >= 1 ? '1 σ or more' : `${Number(error.toPrecision(2))} σ`;
    const result = isResolved({ error })
      ? 'and figures may be off by as much'
      : 'so its distributions are not resolved, and no finding rests on them';
    sentences.push(`Rounding is up to ${size} of a channel, ${result}.`);
  }
  const overflowed = Math.max(...notable.map((each) => each.overflowed ?? 0));
  if (overflowed > 0)
    sentences.push(
      `${overflowed} ${overflowed === 1 ? 'value is' : 'values are'} beyond its range, and infinite only in the file.`,
    );
  const [first, ...rest] = sentences;
  const remedy = `Record with dtype="auto" or "${from}".`;
  return [
    `Stored as ${dtype} (was ${from}): ${first[0].toLowerCase()}${first.slice(1)}`,
    ...rest,
    remedy,
  ].join(' ');
}

function isNotable({ error = 0, overflowed = 0 }: Storage): boolean {
  return error > NOTABLE_ROUNDING || overflowed > 0;
}
