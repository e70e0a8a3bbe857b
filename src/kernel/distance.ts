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

/** Walks both distributions' edges from left to right, once. All distances are NaN where one is empty. */
export function distances(a: Cells, b: Cells): Distances {
  if (a.total === 0 || b.total === 0) return { w1: Number.NaN, ks: Number.NaN, js: Number.NaN };
  let w1 = 0;
  let ks = 0;
  let js = 0;
  let binA = 0;
  let binB = 0;
  let difference = 0;
  let i = 0;
  let j = 0;
  let x = Math.min(a.edges[0], b.edges[0]);
  while (i < a.counts.length || j < b.counts.length) {
    const next = Math.min(nextEdge(a, i, x), nextEdge(b, j, x));
    const massA = massBetween(a, i, x, next);
    const massB = massBetween(b, j, x, next);
    const after = difference + massA - massB;
    w1 += absoluteArea(difference, after) * (next - x);
    ks = Math.max(ks, Math.abs(after));
    binA += massA;
    binB += massB;
    if (binA + binB >= 2 / JS_BINS) {
      js += jensenShannonTerm(binA, binB);
      binA = 0;
      binB = 0;
    }
    difference = after;
    x = next;
    if (i < a.counts.length && a.edges[i + 1] <= x) i++;
    if (j < b.counts.length && b.edges[j + 1] <= x) j++;
  }
  return { w1, ks, js: js + jensenShannonTerm(binA, binB) };
}

/** The next edge of cell i to the right of x; +∞ beyond the last. */
function nextEdge(cells: Cells, i: number, x: number): number {
  if (i >= cells.counts.length) return Number.POSITIVE_INFINITY;
  return x < cells.edges[i] ? cells.edges[i] : cells.edges[i + 1];
}

/** Share of the distribution in [from, to), which lies in cell i or outside all cells. */
function massBetween(cells: Cells, i: number, from: number, to: number): number {
  if (i >= cells.counts.length || to <= cells.edges[i] || to <= from) return 0;
  return ((cells.counts[i] / cells.total) * (to - from)) / (cells.edges[i + 1] - cells.edges[i]);
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

/** The cells under x ↦ (x − shift) / scale, scale > 0. */
export function standardized(cells: Cells, shift: number, scale: number): Cells {
  return { ...cells, edges: cells.edges.map((edge) => (edge - shift) / scale) };
}

/** E|x − centre| of the distribution, every cell taken at its middle. */
export function meanAbsoluteDeviation(cells: Cells, centre: number): number {
  let sum = 0;
  for (let i = 0; i < cells.counts.length; i++) {
    sum += cells.counts[i] * Math.abs((cells.edges[i] + cells.edges[i + 1]) / 2 - centre);
  }
  return sum / cells.total;
}
