import type { FormatCast } from '../../model/formatCasts';
import { FORMAT_RANGES, type NarrowFormat } from '../../model/numberFormats';

/** Channels that share one scale in a block [OCP Microscaling Formats 1.0, table 1]. */
const BLOCK = 32;
/** Adding and subtracting it rounds |x| < 2^51 to the nearest whole number, ties to even. */
const ROUND = 1.5 * 2 ** 52;

const cell = new Float64Array(1);
const words = new Uint32Array(cell.buffer);

/** ⌊log₂|x|⌋ of a normal number; −1023 of smaller ones. */
function exponentOf(x: number): number {
  cell[0] = x;
  return ((words[1] >>> 20) & 0x7ff) - 1023;
}

/**
 * Returns a function that rounds to the nearest number of a format, ties to even, as casts of PyTorch and ml_dtypes do: |x|
 * beyond the greatest number becomes infinity, or NaN in float8_e4m3fn.
 */
export function castTo(format: NarrowFormat): (x: number) => number {
  const { fractionBits, leastExponent, greatest, beyond } = FORMAT_RANGES[format];
  const steps = Float64Array.from(
    { length: exponentOf(greatest) - leastExponent + 1 },
    (_, i) => 2 ** (leastExponent + i - fractionBits),
  );
  return (x) => {
    if (x === 0 || Number.isNaN(x)) return x;
    const step = steps[Math.max(0, exponentOf(x) - leastExponent)];
    if (step === undefined) return x > 0 ? beyond : -beyond;
    const y = (x / step + ROUND - ROUND) * step;
    if (y > greatest) return beyond;
    if (y < -greatest) return -beyond;
    // A sum of opposite numbers has no sign.
    return y === 0 && x < 0 ? -0 : y;
  };
}

/** Values [n][c][p]. */
export interface CastValues {
  readonly samples: number;
  readonly channels: number;
  readonly positions: number;
  readonly values: Float64Array;
}

/**
 * Casts values and returns what is lost of the finite ones. With scaling, a value is divided by a scale before the cast and
 * multiplied by it after: by the tensor or channel, the scale maps the greatest |x| to the greatest number of the format
 * [Micikevicius et al. 2022, §3.3]; by the block, it is the power of two 2^(⌊log₂ max|x|⌋ − e), where e is the exponent of the greatest
 * number, and values beyond that are clamped [OCP Microscaling Formats 1.0, 6.3].
 */
export function formatCast(
  of: CastValues,
  { format, scaling }: Pick<FormatCast, 'format' | 'scaling'>,
): FormatCast {
  const { values, positions } = of;
  const { greatest } = FORMAT_RANGES[format];
  const cast = castTo(format);
  const scaleOf = scales(of, scaling, greatest);
  let [finite, overflow, flushed, signal, noise] = [0, 0, 0, 0, 0];
  // Squares of scaled values cannot overflow.
  const unit = greatestOf(values) || 1;
  for (let at = 0; at < values.length; at += positions) {
    for (let p = 0; p < positions; p++) {
      const x = values[at + p];
      if (x - x !== 0) continue;
      finite++;
      const scale = scaleOf(at / positions, p);
      let y = cast(x / scale) * scale;
      if (y - y !== 0) {
        overflow++;
        y = x > 0 ? greatest * scale : -greatest * scale;
      } else if (y === 0 && x !== 0) flushed++;
      signal += (x / unit) ** 2;
      noise += ((x - y) / unit) ** 2;
    }
  }
  return {
    format,
    scaling,
    overflow: overflow / finite,
    flushed: flushed / finite,
    noise: noise / signal,
  };
}

/** The scale of the element at a row n·C + c and a position. */
function scales(
  of: CastValues,
  scaling: FormatCast['scaling'],
  greatest: number,
): (row: number, p: number) => number {
  if (scaling === 'none') return () => 1;
  const { values, channels, positions } = of;
  if (scaling === 'tensor') {
    const scale = greatestOf(values) / greatest || 1;
    return () => scale;
  }
  const blocks = Math.ceil(channels / BLOCK);
  const groupOf = (row: number, p: number) => {
    const c = row % channels;
    return scaling === 'channel'
      ? c
      : (((row - c) / channels) * blocks + Math.floor(c / BLOCK)) * positions + p;
  };
  const largest = new Float64Array(scaling === 'channel' ? channels : of.samples * blocks * positions);
  for (let at = 0; at < values.length; at++) {
    const size = Math.abs(values[at]);
    const group = groupOf(Math.floor(at / positions), at % positions);
    if (size > largest[group] && size < Number.POSITIVE_INFINITY) largest[group] = size;
  }
  const exponent = exponentOf(greatest);
  const scale = largest.map((size) => {
    if (size === 0) return 1;
    return scaling === 'channel' ? size / greatest : 2 ** clamp(exponentOf(size) - exponent);
  });
  return (row, p) => scale[groupOf(row, p)];
}

/** Exponents of E8M0, the type of the scales of blocks. */
function clamp(exponent: number): number {
  return Math.min(127, Math.max(-127, exponent));
}

/** The greatest finite |x|; 0 if there is none. */
function greatestOf(values: Float64Array): number {
  let greatest = 0;
  for (const x of values) {
    const size = Math.abs(x);
    if (size > greatest && size < Number.POSITIVE_INFINITY) greatest = size;
  }
  return greatest;
}
