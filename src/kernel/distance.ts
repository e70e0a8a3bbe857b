import type { Cells } from './sketch';

/** Distances between two distributions that are piecewise uniform over their cells. */
export interface Distances {
  /** Wasserstein-1: ∫ |F_a(x) − F_b(x)| dx, in the unit of x. */
  readonly w1: number;
  /** Kolmogorov–Smirnov: max |F_a − F_b| over the cells' edges. */
  readonly ks: number;
  /** Jensen–Shannon divergence in bits, over {@link JS_BINS} bins of about equal pooled mass. */
  readonly js: number;
}

/**
 * Bins of the Jensen–Shannon divergence. Bins of equal mass (of the two together) need no range, so that an
 * outlier does not blur the rest; 128 keep its sampling bias, about bins/(4 ln 2 · n), small.
 */
export const JS_BINS = 128;

/** x ↦ (x − shift) / scale, scale > 0. */
export interface Standardizing {
  readonly shift: number;
  readonly scale: number;
}

const AS_IT_IS: Standardizing = { shift: 0, scale: 1 };
const NOWHERE: Distances = { w1: Number.NaN, ks: Number.NaN, js: Number.NaN };

/** All are NaN where one distribution is empty. */
export function distances(a: Cells, b: Cells): Distances {
  return a.total === 0 || b.total === 0 ? NOWHERE : overStretches(listStretches(a, b, AS_IT_IS, AS_IT_IS));
}

/** Wasserstein-1 after both distributions were standardized. */
export function standardizedW1(a: Cells, b: Cells, ofA: Standardizing, ofB: Standardizing): number {
  return a.total === 0 || b.total === 0 ? Number.NaN : areaOver(listStretches(a, b, ofA, ofB));
}

/**
 * As {@link distances}, of counts in the same cells. `filled`: those that hold something, ascending; `edgeOf` tells where
 * a cell begins, in units of `width`.
 */
export function distancesInCells(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  filled: ArrayLike<number>,
  edgeOf: (cell: number) => number,
  width: number,
): Distances {
  let totalA = 0;
  let totalB = 0;
  for (let k = 0; k < filled.length; k++) {
    totalA += a[filled[k]];
    totalB += b[filled[k]];
  }
  if (totalA === 0 || totalB === 0) return NOWHERE;
  makeRoom(2 * filled.length);
  let stretches = 0;
  let end = edgeOf(filled[0]);
  for (let k = 0; k < filled.length; k++) {
    const cell = filled[k];
    const start = edgeOf(cell);
    if (start > end) stretches = addStretch(stretches, 0, 0, start - end);
    end = edgeOf(cell + 1);
    stretches = addStretch(stretches, a[cell] / totalA, b[cell] / totalB, end - start);
  }
  const { w1, ks, js } = overStretches(stretches);
  return { w1: w1 * width, ks, js };
}

/** Stretches from left to right, in each of which both distributions are even: the mass of both, and the width. */
const COLUMNS = 3;
let listed = new Float64Array(1 << 12);

function makeRoom(stretches: number): void {
  if (listed.length < COLUMNS * stretches) listed = new Float64Array(2 * COLUMNS * stretches);
}

function addStretch(stretches: number, massA: number, massB: number, width: number): number {
  const at = COLUMNS * stretches;
  listed[at] = massA;
  listed[at + 1] = massB;
  listed[at + 2] = width;
  return stretches + 1;
}

/** Walks both distributions' edges from left to right, once, and lists the stretches between them; their number. */
function listStretches(a: Cells, b: Cells, ofA: Standardizing, ofB: Standardizing): number {
  const { edges: edgesA, counts: countsA } = a;
  const { edges: edgesB, counts: countsB } = b;
  makeRoom(countsA.length + countsB.length + 2);
  const [shiftA, shiftB] = [ofA.shift, ofB.shift];
  const [perScaleA, perScaleB] = [1 / ofA.scale, 1 / ofB.scale];
  const [perCountA, perCountB] = [1 / a.total, 1 / b.total];
  // The cell that x is in, −1 before the first: its end, and its mass to the right of x.
  let i = -1;
  let endA = (edgesA[0] - shiftA) * perScaleA;
  let leftA = 0;
  let j = -1;
  let endB = (edgesB[0] - shiftB) * perScaleB;
  let leftB = 0;
  let x = Math.min(endA, endB);
  let stretches = 0;
  while (i < countsA.length || j < countsB.length) {
    const end = endA < endB ? endA : endB;
    const width = end - x;
    // A cell's last stretch has all that is left of it, also where standardizing made it no wider than 0.
    const massA = end === endA ? leftA : (leftA * width) / (endA - x);
    const massB = end === endB ? leftB : (leftB * width) / (endB - x);
    stretches = addStretch(stretches, massA, massB, width);
    x = end;
    if (end === endA) {
      i++;
      const isInside = i < countsA.length;
      endA = isInside ? (edgesA[i + 1] - shiftA) * perScaleA : Number.POSITIVE_INFINITY;
      leftA = isInside ? countsA[i] * perCountA : 0;
    } else leftA -= massA;
    if (end === endB) {
      j++;
      const isInside = j < countsB.length;
      endB = isInside ? (edgesB[j + 1] - shiftB) * perScaleB : Number.POSITIVE_INFINITY;
      leftB = isInside ? countsB[j] * perCountB : 0;
    } else leftB -= massB;
  }
  return stretches;
}

function overStretches(stretches: number): Distances {
  let w1 = 0;
  let ks = 0;
  let js = 0;
  let binA = 0;
  let binB = 0;
  let difference = 0;
  for (let at = 0; at < COLUMNS * stretches; at += COLUMNS) {
    const massA = listed[at];
    const massB = listed[at + 1];
    const after = difference + massA - massB;
    w1 += absoluteArea(difference, after) * listed[at + 2];
    if (Math.abs(after) > ks) ks = Math.abs(after);
    binA += massA;
    binB += massB;
    if (binA + binB >= 2 / JS_BINS) {
      js += jensenShannonTerm(binA, binB);
      binA = 0;
      binB = 0;
    }
    difference = after;
  }
  return { w1, ks, js: js + jensenShannonTerm(binA, binB) };
}

function areaOver(stretches: number): number {
  let area = 0;
  let difference = 0;
  for (let at = 0; at < COLUMNS * stretches; at += COLUMNS) {
    const after = difference + listed[at] - listed[at + 1];
    area += absoluteArea(difference, after) * listed[at + 2];
    difference = after;
  }
  return area;
}

/** ∫₀¹ |(1−u)·p + u·q| du. */
function absoluteArea(p: number, q: number): number {
  if (p * q >= 0) return Math.abs(p + q) / 2;
  return (p * p + q * q) / (2 * (Math.abs(p) + Math.abs(q)));
}

function jensenShannonTerm(p: number, q: number): number {
  const mean = (p + q) / 2;
  return ((p > 0 ? p * Math.log2(p / mean) : 0) + (q > 0 ? q * Math.log2(q / mean) : 0)) / 2;
}

/** E|x − centre| of the distribution, every cell taken at its middle. */
export function meanAbsoluteDeviation(cells: Cells, centre: number): number {
  let sum = 0;
  for (let i = 0; i < cells.counts.length; i++) {
    sum += cells.counts[i] * Math.abs((cells.edges[i] + cells.edges[i + 1]) / 2 - centre);
  }
  return sum / cells.total;
}
