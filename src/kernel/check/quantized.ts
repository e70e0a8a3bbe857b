import type { Precision } from '../statistics/precision';
import type { TensorPair } from '../tensor/tensorPair';

/** Number of elements to look at. */
const LOOKED_AT = 1 << 16;
/** Maximum number of levels: those of an 8-bit type. */
const MOST_LEVELS = 256;
/** Minimum number of different values. With fewer, equal distances can be a coincidence. */
const LEAST_VALUES = 8;
/** Minimum number of elements per different value, so that an output that is not quantized has more values. */
const PER_VALUE = 4;
/** Maximum distance from a level, as a share of the step, in addition to rounding. */
const OFF_LEVEL = 1e-3;
/** A value tells whether it is on a level only if its rounding is below this share of the step. */
const TELLING = 0.1;

/**
 * Whether a layer's output is quantized to 8 bits or fewer: all values are integer multiples of one step, as (q − zero
 * point) · scale gives them [Jacob et al. 2018, eq. 1], over at most 256 levels. The output of a formula is then known
 * only to within half a step, and not at all at the ends of the range. `precision` is that of the file. Reads up to
 * 65,536 elements.
 */
export async function isQuantized(pair: TensorPair, precision: Precision): Promise<boolean> {
  const seen = new Set<number>();
  let looked = 0;
  await pair.forEach(Math.min(pair.size, LOOKED_AT), (_input, output) => {
    looked += output.length;
    for (let i = 0; i < output.length && seen.size <= MOST_LEVELS; i++) seen.add(output[i]);
  });
  const isFew = seen.size >= LEAST_VALUES && seen.size <= MOST_LEVELS && looked >= PER_VALUE * seen.size;
  return isFew && areLevels([...seen], precision);
}

function areLevels(values: readonly number[], { relative }: Precision): boolean {
  const sizes = values.map(Math.abs).filter((size) => size > 0);
  const step = Math.min(...sizes);
  const range = Math.max(...values) - Math.min(...values);
  // Both the value and the step are rounded.
  const roundingOf = (size: number) => (2 * relative * size) / step;
  if (range / step > MOST_LEVELS - 1 + OFF_LEVEL + roundingOf(range)) return false;
  const telling = sizes.filter((size) => roundingOf(size) <= TELLING);
  return (
    telling.length >= LEAST_VALUES &&
    telling.every((size) => Math.abs(size / step - Math.round(size / step)) <= OFF_LEVEL + roundingOf(size))
  );
}
