import { type Cells, totalOf } from './sketch';

/** Distances between two distributions that are piecewise uniform over their cells. */
export interface Distances {
  /** Wasserstein-1: ∫ |F_a(x) − F_b(x)| dx, in units of x. */
  readonly w1: number;
  /** Kolmogorov–Smirnov: max |F_a − F_b| over the cells' edges. */
  readonly ks: number;
  /** Jensen–Shannon divergence in bits, over {@link JS_BINS} bins with about equal pooled mass. */
  readonly js: number;
}

/**
 * Number of bins of the Jensen–Shannon divergence. Bins of equal mass, of both distributions together, need no range,
 * so an outlier does not blur the others. 128 bins keep the sampling bias, about bins/(4 ln 2 · n), small.
 */
export const JS_BINS = 128;
/** Mass of a bin of both distributions together, which have a mass of 2. */
export const BIN_MASS = 2 / JS_BINS;
/** For callers that need only W1. */
const NO_BINS = Number.POSITIVE_INFINITY;

/** x ↦ (x − shift) / scale, scale > 0. */
export interface Standardizing {
  readonly shift: number;
  readonly scale: number;
}

/** Relative error of a standardized Wasserstein-1 that follows from W1, at most. */
export const SHAPE_ERROR = 1e-3;

/**
 * Returns Wasserstein-1 after standardizing two distributions, NaN if the second one is constant. Calls `standardized` only
 * if it does not follow from `w1`, their distance in the same cells (NaN if it is not known): where means and deviations
 * differ so little, as after most normalizations, that standardizing changes next to nothing. (W1 between x and r·x + d is
 * |d| + |r − 1|·E|x| at most, and E|x| ≤ 1 after standardizing.)
 */
export function shapeFrom<T>(
  w1: number,
  ofA: Standardizing,
  ofB: Standardizing,
  standardized: () => T,
): number | T {
  if (!(ofB.scale > 0)) return Number.NaN;
  const change = Math.abs(ofB.shift - ofA.shift) + Math.abs(ofB.scale - ofA.scale);
  return change <= SHAPE_ERROR * Math.min(w1, ofA.scale) ? w1 / ofA.scale : standardized();
}

const AS_IT_IS: Standardizing = { shift: 0, scale: 1 };
export const NOWHERE: Distances = { w1: Number.NaN, ks: Number.NaN, js: Number.NaN };

/** Computes the distances between two distributions. All are NaN if one distribution is empty. */
export function distances(a: Cells, b: Cells): Distances {
  return totalOf(a) === 0 || totalOf(b) === 0
    ? NOWHERE
    : walkEdges(a, b, AS_IT_IS, AS_IT_IS, BIN_MASS).finish();
}

/** Computes Wasserstein-1 after standardizing both distributions; NaN if one is empty or too wide to standardize. */
export function standardizedW1(a: Cells, b: Cells, ofA: Standardizing, ofB: Standardizing): number {
  return isNarrowEnough(a, ofA) && isNarrowEnough(b, ofB)
    ? walkEdges(a, b, ofA, ofB, NO_BINS).w1
    : Number.NaN;
}

/** Returns whether all edges are finite after standardizing; false if there are no cells. */
function isNarrowEnough({ edges }: Cells, { shift, scale }: Standardizing): boolean {
  const isFiniteAt = (i: number) => Number.isFinite((edges[i] - shift) * (1 / scale));
  return isFiniteAt(0) && isFiniteAt(edges.length - 1);
}

/** Like {@link distances}, for counts in the same cells; `edgeOf` returns the start of a cell in units of `width`. */
export function distancesInCells(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  edgeOf: (cell: number) => number,
  width: number,
): Distances {
  let totalA = 0;
  let totalB = 0;
  for (let cell = 0; cell < a.length; cell++) {
    totalA += a[cell];
    totalB += b[cell];
  }
  if (totalA === 0 || totalB === 0) return NOWHERE;
  const [perCountA, perCountB] = [1 / totalA, 1 / totalB];
  const gap = new Gap(edgeOf(0), BIN_MASS);
  let belowA = 0;
  let belowB = 0;
  for (let cell = 0; cell < a.length; cell++) {
    // An empty cell changes nothing.
    if (a[cell] + b[cell] === 0) continue;
    gap.goOn(edgeOf(cell), belowA * perCountA, belowB * perCountB);
    belowA += a[cell];
    belowB += b[cell];
    gap.goOn(edgeOf(cell + 1), belowA * perCountA, belowB * perCountB);
  }
  const { w1, ks, js } = gap.finish();
  return { w1: w1 * width, ks, js };
}

/** Visits the edges of both distributions from left to right, once. */
function walkEdges(a: Cells, b: Cells, ofA: Standardizing, ofB: Standardizing, binMass: number): Gap {
  const { edges: edgesA, cumulative: cumulativeA } = a;
  const { edges: edgesB, cumulative: cumulativeB } = b;
  const [shiftA, shiftB] = [ofA.shift, ofB.shift];
  const [perScaleA, perScaleB] = [1 / ofA.scale, 1 / ofB.scale];
  const [perCountA, perCountB] = [1 / totalOf(a), 1 / totalOf(b)];
  // For each distribution: its next edge, its function at the previous edge, and the rise of the function from there.
  let i = 0;
  let nextA = (edgesA[0] - shiftA) * perScaleA;
  let startA = nextA;
  let belowA = 0;
  let slopeA = 0;
  let j = 0;
  let nextB = (edgesB[0] - shiftB) * perScaleB;
  let startB = nextB;
  let belowB = 0;
  let slopeB = 0;
  const gap = new Gap(Math.min(nextA, nextB), binMass);
  while (i < edgesA.length || j < edgesB.length) {
    // biome-ignore lint/complexity/useMathMinMax: Math.min also compares NaN and the sign of 0, in the hottest loop here
    const x = nextA < nextB ? nextA : nextB;
    let valueA: number;
    if (nextA === x) {
      valueA = cumulativeA[i] * perCountA;
      belowA = valueA;
      startA = x;
      i++;
      const isInside = i < edgesA.length;
      nextA = isInside ? (edgesA[i] - shiftA) * perScaleA : Number.POSITIVE_INFINITY;
      slopeA = isInside ? (cumulativeA[i] * perCountA - valueA) / (nextA - x) : 0;
    } else valueA = belowA + slopeA * (x - startA);
    let valueB: number;
    if (nextB === x) {
      valueB = cumulativeB[j] * perCountB;
      belowB = valueB;
      startB = x;
      j++;
      const isInside = j < edgesB.length;
      nextB = isInside ? (edgesB[j] - shiftB) * perScaleB : Number.POSITIVE_INFINITY;
      slopeB = isInside ? (cumulativeB[j] * perCountB - valueB) / (nextB - x) : 0;
    } else valueB = belowB + slopeB * (x - startB);
    gap.goOn(x, valueA, valueB);
  }
  return gap;
}

/** The area between two distribution functions, from left to right. */
class Gap {
  w1 = 0;
  private ks = 0;
  private js = 0;
  private difference = 0;
  /** Values of the functions at the start of the bin. */
  private binA = 0;
  private binB = 0;

  /** `binMass` is the minimum mass of a bin of the Jensen–Shannon divergence, of both distributions together. */
  constructor(
    private x: number,
    private readonly binMass: number,
  ) {}

  /** Advances to x, where the values of the functions are a and b. They are linear up to x. */
  goOn(x: number, a: number, b: number): void {
    const after = a - b;
    this.w1 += absoluteArea(this.difference, after) * (x - this.x);
    if (Math.abs(after) > this.ks) this.ks = Math.abs(after);
    if (a - this.binA + (b - this.binB) >= this.binMass) {
      this.js += jensenShannonTerm(a - this.binA, b - this.binB);
      this.binA = a;
      this.binB = b;
    }
    this.difference = after;
    this.x = x;
  }

  /** Ends the comparison at the right end. */
  finish(): Distances {
    return { w1: this.w1, ks: this.ks, js: this.js + jensenShannonTerm(1 - this.binA, 1 - this.binB) };
  }
}

/** ∫₀¹ |(1−u)·p + u·q| du. */
function absoluteArea(p: number, q: number): number {
  if (p * q >= 0) return Math.abs(p + q) / 2;
  return (p * p + q * q) / (2 * (Math.abs(p) + Math.abs(q)));
}

/** Returns the contribution of a bin with shares p and q of the two distributions to their divergence. */
export function jensenShannonTerm(p: number, q: number): number {
  const mean = (p + q) / 2;
  return ((p > 0 ? p * Math.log2(p / mean) : 0) + (q > 0 ? q * Math.log2(q / mean) : 0)) / 2;
}

/** Returns E|x − center| of the distribution, with the values of each cell at its middle. */
export function meanAbsoluteDeviation(cells: Cells, center: number): number {
  const { edges, cumulative } = cells;
  let sum = 0;
  for (let i = 1; i < edges.length; i++)
    sum += (cumulative[i] - cumulative[i - 1]) * Math.abs((edges[i - 1] + edges[i]) / 2 - center);
  return sum / totalOf(cells);
}
