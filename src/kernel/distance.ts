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

/** Cells are looked at under x ↦ (x − shift) / scale, scale > 0. */
export interface Standardizing {
  readonly shift: number;
  readonly scale: number;
}

const AS_IT_IS: Standardizing = { shift: 0, scale: 1 };

/**
 * Walks both distributions' edges from left to right, once, a stretch at a time in which both are even. All distances
 * are NaN where one is empty.
 */
export function distances(a: Cells, b: Cells, ofA = AS_IT_IS, ofB = AS_IT_IS): Distances {
  if (a.total === 0 || b.total === 0) return { w1: Number.NaN, ks: Number.NaN, js: Number.NaN };
  const { edges: edgesA, counts: countsA, total: totalA } = a;
  const { edges: edgesB, counts: countsB, total: totalB } = b;
  const startA = (edgesA[0] - ofA.shift) / ofA.scale;
  const startB = (edgesB[0] - ofB.shift) / ofB.scale;
  let w1 = 0;
  let ks = 0;
  let js = 0;
  let binA = 0;
  let binB = 0;
  let difference = 0;
  let x = Math.min(startA, startB);
  // The cell that x is in, −1 before the first: its end, its mass to the right of x, and its mass per unit of x.
  let i = -1;
  let endA = startA;
  let leftA = 0;
  let densityA = 0;
  let j = -1;
  let endB = startB;
  let leftB = 0;
  let densityB = 0;
  while (i < countsA.length || j < countsB.length) {
    const end = Math.min(endA, endB);
    // A cell's last stretch has all that is left of it, also where standardizing made it no wider than 0.
    const massA = end === endA ? leftA : densityA * (end - x);
    const massB = end === endB ? leftB : densityB * (end - x);
    leftA -= massA;
    leftB -= massB;
    const after = difference + massA - massB;
    w1 += absoluteArea(difference, after) * (end - x);
    if (Math.abs(after) > ks) ks = Math.abs(after);
    binA += massA;
    binB += massB;
    if (binA + binB >= 2 / JS_BINS) {
      js += jensenShannonTerm(binA, binB);
      binA = 0;
      binB = 0;
    }
    difference = after;
    x = end;
    if (end === endA) {
      i++;
      const isInside = i < countsA.length;
      endA = isInside ? (edgesA[i + 1] - ofA.shift) / ofA.scale : Number.POSITIVE_INFINITY;
      leftA = isInside ? countsA[i] / totalA : 0;
      densityA = leftA / (endA - x);
    }
    if (end === endB) {
      j++;
      const isInside = j < countsB.length;
      endB = isInside ? (edgesB[j + 1] - ofB.shift) / ofB.scale : Number.POSITIVE_INFINITY;
      leftB = isInside ? countsB[j] / totalB : 0;
      densityB = leftB / (endB - x);
    }
  }
  return { w1, ks, js: js + jensenShannonTerm(binA, binB) };
}

/** As {@link distances}, of counts in the same cells; `widthOf` tells how wide cell i is. */
export function distancesInCells(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  widthOf: (i: number) => number,
): Distances {
  let totalA = 0;
  let totalB = 0;
  let end = 0;
  for (let i = 0; i < a.length; i++) {
    totalA += a[i];
    totalB += b[i];
    if (a[i] + b[i] > 0) end = i + 1;
  }
  if (totalA === 0 || totalB === 0) return { w1: Number.NaN, ks: Number.NaN, js: Number.NaN };
  let w1 = 0;
  let ks = 0;
  let js = 0;
  let binA = 0;
  let binB = 0;
  let difference = 0;
  for (let i = 0; i < end; i++) {
    if (a[i] + b[i] === 0) {
      // A tail's cells may be wider than any number.
      if (difference !== 0) w1 += Math.abs(difference) * widthOf(i);
      continue;
    }
    const massA = a[i] / totalA;
    const massB = b[i] / totalB;
    const after = difference + massA - massB;
    w1 += absoluteArea(difference, after) * widthOf(i);
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
