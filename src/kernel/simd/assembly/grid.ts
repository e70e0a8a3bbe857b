// The choice of a histogram's grid: src/kernel/statistics/grid.ts, which says why, in the arena's memory.

// biome-ignore lint/style/useImportType: AssemblyScript imports classes as values.
import { Fill, tailIndex } from './histogram';
import { COUNT, HIGH_QUANTILE, LOW_QUANTILE } from './methods';
import { orderStatistic } from './quantile';

const MAX_WINDOW: i32 = 16384;
const CELLS_IN_HALF_WIDTH: f64 = 160;
/** Exponents of the narrowest cell, and of the widest. */
const LEAST_EXPONENT: i32 = -1000;

/**
 * Chooses the grid of a histogram from the method's figures and n sampled values, and returns the width of its cells; 0 if
 * there is none, because something is not finite.
 */
export function chooseGrid(fill: Fill, figures: usize, sample: usize, n: i32): f64 {
  const least = load<f64>(figures, (COUNT + 3) << 3);
  const greatest = load<f64>(figures, (COUNT + 4) << 3);
  const low = load<f64>(figures, LOW_QUANTILE << 3);
  const high = load<f64>(figures, HIGH_QUANTILE << 3);
  if (!(least <= greatest && greatest - least < Infinity && abs<f64>(high - low) < Infinity)) return 0;
  const width = cellWidth(low, high, least, greatest, sample, n);
  const firstOfAll = floor<f64>(least / width);
  const lastOfAll = floor<f64>(greatest / width);
  const cells = lastOfAll - firstOfAll + 1;
  fill.first = firstOfAll;
  fill.size = MAX_WINDOW;
  if (cells <= <f64>MAX_WINDOW) fill.size = <i32>cells;
  else {
    const wanted = floor<f64>(windowStart(width, sample, n));
    fill.first = min<f64>(max<f64>(wanted, firstOfAll), lastOfAll + 1 - <f64>MAX_WINDOW);
  }
  const lowest = least / width - fill.first;
  const highest = greatest / width - fill.first;
  const size = <f64>fill.size;
  fill.below = lowest < 0 ? 1 + tailIndex(-lowest) : 0;
  fill.above = highest >= size ? 1 + tailIndex(highest - size) : 0;
  return width;
}

function cellWidth(low: f64, high: f64, least: f64, greatest: f64, sample: usize, n: i32): f64 {
  let spread = (high - low) / 2;
  if (!(spread > 0)) spread = (quantile(0.99, sample, n) - quantile(0.01, sample, n)) / 2;
  if (!(spread > 0)) spread = (greatest - least) / 2;
  const largest = max<f64>(max<f64>(abs<f64>(least), abs<f64>(greatest)), reinterpret<f64>(<i64>1));
  if (!(spread > 0)) return powerOfTwoBelow(largest * powerOfTwo(-20));
  const bulk = max<f64>(abs<f64>(low), abs<f64>(high));
  return powerOfTwoBelow(
    max<f64>(
      spread / CELLS_IN_HALF_WIDTH,
      max<f64>(bulk * powerOfTwo(-50), largest * powerOfTwo(LEAST_EXPONENT)),
    ),
  );
}

function windowStart(width: f64, sample: usize, n: i32): f64 {
  const window = <f64>MAX_WINDOW;
  const low = quantile(0.01, sample, n) / width;
  const middle = quantile(0.5, sample, n) / width;
  const high = quantile(0.99, sample, n) / width;
  if (high - low <= window) return low / 2 + high / 2 - window / 2;
  return middle - window * min<f64>(7.0 / 8.0, max<f64>(1.0 / 8.0, (middle - low) / (high - low)));
}

function quantile(q: f64, sample: usize, n: i32): f64 {
  return orderStatistic(sample, n, <i32>floor<f64>(q * <f64>(n - 1) + 0.5));
}

/** The largest power of two that is at most a positive number, but not below 2^-1000. */
function powerOfTwoBelow(value: f64): f64 {
  return powerOfTwo(max<i32>(LEAST_EXPONENT, <i32>(reinterpret<i64>(value) >> 52) - 1023));
}

function powerOfTwo(exponent: i32): f64 {
  return reinterpret<f64>((<i64>(1023 + exponent)) << 52);
}
