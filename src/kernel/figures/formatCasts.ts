import type { FormatCast } from '../../model/formatCasts';
import { FORMAT_RANGES, type NarrowFormat } from '../../model/numberFormats';

/** Channels that share one scale in a block [OCP Microscaling Formats 1.0, table 1]. */
const BLOCK = 32;
/** Adding and subtracting it rounds |x| < 2^51 to the nearest whole number, ties to even. */
const ROUND = 1.5 * 2 ** 52;

/** Values that are cast at once: they stay in the processor's cache. */
const STRETCH = 1 << 11;

/** The bits of a double that have its exponent, and the bias of that. */
const EXPONENTS = 0x7ff;
const BIAS = 1023;

const cell = new Float64Array(1);
const words = new Uint32Array(cell.buffer);

/** ⌊log₂|x|⌋ of a normal number; −1023 of smaller ones. */
function exponentOf(x: number): number {
  cell[0] = x;
  return ((words[1] >>> 20) & EXPONENTS) - BIAS;
}

/** The distance of neighboring numbers of a format around |x|, by the exponent bits of x, and one over it. */
function stepsOf(format: NarrowFormat): { readonly step: Float64Array; readonly perStep: Float64Array } {
  const { fractionBits, leastExponent } = FORMAT_RANGES[format];
  const exponents = Int32Array.from({ length: EXPONENTS }, (_, bits) => Math.max(bits - BIAS, leastExponent));
  return {
    step: Float64Array.from(exponents, (exponent) => 2 ** (exponent - fractionBits)),
    perStep: Float64Array.from(exponents, (exponent) => 2 ** (fractionBits - exponent)),
  };
}

/**
 * Rounds `count` finite numbers to the nearest numbers of a format, in place, ties to even; those beyond the greatest become
 * what a cast makes of them. One loop over an array, because a function for each number takes ten times as long.
 */
function castAll(numbers: Float64Array, count: number, format: NarrowFormat, steps = stepsOf(format)): void {
  const { greatest, beyond } = FORMAT_RANGES[format];
  const { step, perStep } = steps;
  const bits = new Uint32Array(numbers.buffer, numbers.byteOffset, 2 * numbers.length);
  for (let i = 0; i < count; i++) {
    const exponent = (bits[2 * i + 1] >>> 20) & EXPONENTS;
    const y = (numbers[i] * perStep[exponent] + ROUND - ROUND) * step[exponent];
    if (y > greatest) numbers[i] = beyond;
    else numbers[i] = y < -greatest ? -beyond : y;
  }
}

/**
 * Returns a function that rounds to the nearest number of a format, ties to even, as casts of PyTorch and ml_dtypes do: |x|
 * beyond the greatest number becomes infinity, or NaN in float8_e4m3fn.
 */
export function castTo(format: NarrowFormat): (x: number) => number {
  const { beyond } = FORMAT_RANGES[format];
  const steps = stepsOf(format);
  const one = new Float64Array(1);
  return (x) => {
    if (x === 0 || Number.isNaN(x)) return x;
    if (x - x !== 0) return x > 0 ? beyond : -beyond;
    one[0] = x;
    castAll(one, 1, format, steps);
    // A sum of opposite numbers has no sign.
    return one[0] === 0 && x < 0 ? -0 : one[0];
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
  const steps = stepsOf(format);
  const groups = groupsOf(of, scaling);
  const { first, stride } = groups;
  const largest = largestOf(of, groups);
  const scale = scales(largest, scaling, greatest);
  const [scaled, by] = [new Float64Array(STRETCH), new Float64Array(STRETCH)];
  let [finite, overflow, flushed, signal, noise] = [0, 0, 0, 0, 0];
  // Squares of values that a power of two has made small cannot overflow.
  const perUnit = 2 ** -exponentOf(largest.reduce((a, b) => Math.max(a, b), 0) || 1);
  for (let from = 0, row = 0, p = 0; from < values.length; from += STRETCH) {
    const count = Math.min(STRETCH, values.length - from);
    for (let i = 0; i < count; i++) {
      const x = values[from + i];
      by[i] = scale[first[row] + stride * p];
      scaled[i] = x - x === 0 ? x / by[i] : 0;
      if (++p < positions) continue;
      p = 0;
      row++;
    }
    castAll(scaled, count, format, steps);
    for (let i = 0; i < count; i++) {
      const x = values[from + i];
      if (x - x !== 0) continue;
      finite++;
      let y = scaled[i] * by[i];
      if (y - y !== 0) {
        overflow++;
        y = x > 0 ? greatest * by[i] : -greatest * by[i];
      } else if (y === 0 && x !== 0) flushed++;
      const small = x * perUnit;
      const lost = (x - y) * perUnit;
      signal += small * small;
      noise += lost * lost;
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

/** Elements that share a scale: that of row n·C + c at position p is in group first[row] + stride · p. */
interface Groups {
  readonly count: number;
  readonly first: Int32Array;
  readonly stride: 0 | 1;
}

function groupsOf(of: CastValues, scaling: FormatCast['scaling']): Groups {
  const { samples, channels, positions } = of;
  const blocks = Math.ceil(channels / BLOCK);
  const first = new Int32Array(samples * channels);
  if (scaling !== 'channel' && scaling !== 'block') return { count: 1, first, stride: 0 };
  for (let n = 0, row = 0; n < samples; n++) {
    for (let c = 0; c < channels; c++, row++)
      first[row] = scaling === 'channel' ? c : (n * blocks + Math.floor(c / BLOCK)) * positions;
  }
  return scaling === 'channel'
    ? { count: channels, first, stride: 0 }
    : { count: samples * blocks * positions, first, stride: 1 };
}

/** The greatest finite |x| of each group; 0 if there is none. */
function largestOf({ values, positions }: CastValues, { count, first, stride }: Groups): Float64Array {
  const largest = new Float64Array(count);
  for (let at = 0, row = 0; at < values.length; at += positions, row++) {
    for (let p = 0; p < positions; p++) {
      const size = Math.abs(values[at + p]);
      const group = first[row] + stride * p;
      if (size > largest[group] && size < Number.POSITIVE_INFINITY) largest[group] = size;
    }
  }
  return largest;
}

/** The scale of each group. */
function scales(largest: Float64Array, scaling: FormatCast['scaling'], greatest: number): Float64Array {
  if (scaling === 'none') return Float64Array.of(1);
  const exponent = exponentOf(greatest);
  return largest.map((size) => {
    if (size === 0) return 1;
    return scaling === 'block' ? 2 ** clamp(exponentOf(size) - exponent) : size / greatest || 1;
  });
}

/** Exponents of E8M0, the type of the scales of blocks. */
function clamp(exponent: number): number {
  return Math.min(127, Math.max(-127, exponent));
}
