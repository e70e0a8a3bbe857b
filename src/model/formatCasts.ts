import type { NarrowFormat } from './numberFormats';

/** What one scale factor belongs to; `block`: 32 neighboring channels, with a power of two as the scale. */
export type Scaling = 'none' | 'tensor' | 'channel' | 'block';

/** What a cast would lose of a record's finite values. */
export interface FormatCast {
  readonly format: NarrowFormat;
  readonly scaling: Scaling;
  /** Share of the values that are too large for the format. */
  readonly overflow: number;
  /** Share of the values that are not 0 and become 0. */
  readonly flushed: number;
  /** Noise over signal, Σ(x − y)²/Σx², with the greatest number for values that are too large. NaN if all are 0. */
  readonly noise: number;
}

/** What casts to several formats would lose. */
export interface FormatCasts {
  readonly record: number;
  /** Values that were cast, and values of the record: of a large record, only the first ones are. */
  readonly values: number;
  readonly of: number;
  readonly casts: readonly FormatCast[];
}

/** The casts in the order in which they are shown. */
export const CASTS: readonly Pick<FormatCast, 'format' | 'scaling'>[] = [
  { format: 'float16', scaling: 'none' },
  { format: 'bfloat16', scaling: 'none' },
  ...(['float8_e4m3fn', 'float8_e5m2'] as const).flatMap((format) =>
    (['none', 'tensor', 'channel', 'block'] as const).map((scaling) => ({ format, scaling })),
  ),
];

/** Signal over noise in dB; infinite if the format has all values. */
export function decibels({ noise }: Pick<FormatCast, 'noise'>): number {
  return -10 * Math.log10(noise);
}
