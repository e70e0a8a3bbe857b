import { studentT } from './studentT';

/** How a size changes with width: `flat`, as under µP; `unclear` if the interval leaves that open. */
export type WidthTrend = 'grows' | 'shrinks' | 'flat' | 'unclear';

/** The slope of ln(size) over ln(width): size ∝ width^slope. */
export interface WidthSlope {
  readonly slope: number;
  /** Half the length of the 95 % interval around the slope; absent if nothing shows how precise it is. */
  readonly margin?: number;
  /**
   * What the interval comes from: the differences between `runs` of equal width, such as seeds, or, if no two have one width,
   * the `residuals` from the line.
   */
  readonly from?: 'runs' | 'residuals';
  /** Runs with a size above 0, and their different widths. */
  readonly runs: number;
  readonly widths: number;
  readonly trend: WidthTrend;
}

export interface SizeAtWidth {
  readonly width: number;
  readonly size: number;
}

const CONFIDENCE = 0.95;

/** A slope of which at most this is flat: sizes differ by a quarter when the width is ten times as large. */
export const FLAT = 0.1;
/** A slope that is known to lie within this of 0 is flat, too. */
const SURELY_FLAT = 0.25;

/**
 * Fits a line to ln(size) over ln(width) by least squares. Undefined for fewer than two widths. Sizes that are 0 or not
 * finite have no logarithm and are skipped.
 *
 * The interval is that of the slope under the spread of runs that have the same width (pure error, n − widths degrees of
 * freedom [Draper & Smith 1998, §2.1]), whether or not sizes follow a power law in between; without such runs, of the
 * residuals (n − 2).
 */
export function widthSlope(points: readonly SizeAtWidth[]): WidthSlope | undefined {
  const logs = points
    .filter(({ size }) => size > 0 && Number.isFinite(size))
    .map(({ width, size }) => ({ x: Math.log(width), y: Math.log(size) }));
  const byWidth = new Map<number, number[]>();
  for (const { x, y } of logs) {
    const sizes = byWidth.get(x);
    if (sizes === undefined) byWidth.set(x, [y]);
    else sizes.push(y);
  }
  const [runs, widths] = [logs.length, byWidth.size];
  if (widths < 2) return undefined;
  const [meanX, meanY] = [mean(logs.map(({ x }) => x)), mean(logs.map(({ y }) => y))];
  const spreadX = sum(logs.map(({ x }) => (x - meanX) ** 2));
  const slope = sum(logs.map(({ x, y }) => (x - meanX) * (y - meanY))) / spreadX;
  const isReplicated = runs > widths;
  const freedom = isReplicated ? runs - widths : runs - 2;
  if (freedom === 0) return { slope, runs, widths, trend: 'unclear' };
  const error = isReplicated
    ? sum([...byWidth.values()].map((sizes) => sum(sizes.map((y) => (y - mean(sizes)) ** 2))))
    : sum(logs.map(({ x, y }) => (y - meanY - slope * (x - meanX)) ** 2));
  const margin = studentT(CONFIDENCE, freedom) * Math.sqrt(error / freedom / spreadX);
  return {
    slope,
    margin,
    from: isReplicated ? 'runs' : 'residuals',
    runs,
    widths,
    trend: trendOf(slope, margin),
  };
}

function trendOf(slope: number, margin: number): WidthTrend {
  const [low, high] = [slope - margin, slope + margin];
  if (low > FLAT) return 'grows';
  if (high < -FLAT) return 'shrinks';
  return low >= -SURELY_FLAT && high <= SURELY_FLAT ? 'flat' : 'unclear';
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}
