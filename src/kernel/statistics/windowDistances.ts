import { BIN_MASS, type Distances, jensenShannonTerm, type Standardizing } from './distances';
import type { Sketch } from './sketch';

/**
 * A distribution on a regular grid: the share `shares[i]` of its values is below `(first + i) · width`. The first share
 * is 0 and the last is 1. It is a view of memory that the next call with the same `room` overwrites.
 */
export interface WindowShares {
  readonly width: number;
  readonly first: number;
  readonly shares: Float64Array;
}

/**
 * Maximum number of edges that two distributions on one grid may span. The time to compare them is proportional to it.
 */
const MAX_EDGES = 1 << 16;

/** Memory for {@link windowShares}, kept because fresh memory costs more than the work. */
export interface Room {
  values: Float64Array;
}

export const newRoom = (): Room => ({ values: new Float64Array(1 << 12) });

function take(room: Room, length: number): Float64Array {
  if (room.values.length < length) room.values = new Float64Array(2 * length);
  return room.values;
}

/**
 * Returns the shares of a sketch with no values outside its window, in cells `width` wide, a power-of-two multiple of
 * its own width. Returns undefined for other sketches and for empty ones.
 */
export function windowShares(sketch: Sketch, width: number, room: Room): WindowShares | undefined {
  const { below, size, counts, count, first, width: own } = sketch;
  if (count === 0) return undefined;
  let index = counts[0] === 0 ? counts[1] : 0;
  if (index < below) return undefined;
  const factor = own / width;
  const start = Math.floor((first + index - below) * factor);
  const perCount = 1 / count;
  const shares = take(room, size + 2);
  shares[0] = 0;
  let edge = 0;
  let total = 0;
  for (let at = index === 0 ? 0 : 2; at < counts.length; at++) {
    const inCell = counts[at];
    if (inCell === 0) {
      index += counts[++at];
      continue;
    }
    const end =
      factor === 1
        ? first + index - below - start + 1
        : Math.floor((first + index - below) * factor) - start + 1;
    index++;
    // The cells since the last one are empty.
    const share = total * perCount;
    while (edge < end - 1) shares[++edge] = share;
    total += inCell;
    edge = end;
    shares[edge] = total * perCount;
  }
  if (index > below + size) return undefined;
  shares[edge] = 1;
  return { width, first: start, shares: shares.subarray(0, edge + 1) };
}

/** Distances between two distributions on the same grid; undefined if they are too far apart for one span of edges. */
export function windowDistances(a: WindowShares, b: WindowShares, room: Room): Distances | undefined {
  const first = Math.min(a.first, b.first);
  const edges = Math.max(a.first + a.shares.length, b.first + b.shares.length) - first;
  if (edges > MAX_EDGES) return undefined;
  const both = take(room, 2 * edges);
  spread(a, first, both.subarray(0, edges));
  spread(b, first, both.subarray(edges, 2 * edges));
  const { w1, ks, js } = distancesAtEdges(both, both, edges, edges);
  return { w1: w1 * a.width, ks, js };
}

/** Extends the shares to more edges: 0 before the distribution's own, 1 after them. */
function spread({ first, shares }: WindowShares, from: number, target: Float64Array): void {
  target.fill(0, 0, first - from);
  target.set(shares, first - from);
  target.fill(1, first - from + shares.length);
}

/**
 * Computes the distances between two distributions from their shares below the edges of cells of width 1. There are
 * `edges` shares, from `a[0]` and from `b[startOfB]` onward.
 */
export function distancesAtEdges(
  a: Float64Array,
  b: Float64Array,
  startOfB: number,
  edges: number,
): Distances {
  let doubleW1 = 0;
  let ks = 0;
  let js = 0;
  let difference = 0;
  let binA = 0;
  let binB = 0;
  for (let i = 0; i < edges; i++) {
    const shareA = a[i];
    const shareB = b[startOfB + i];
    const next = shareA - shareB;
    const [size, before] = [Math.abs(next), Math.abs(difference)];
    // Between two edges, both functions are linear: |p + q|/2, or two triangles if they cross.
    doubleW1 += difference * next >= 0 ? size + before : (size * size + before * before) / (size + before);
    if (size > ks) ks = size;
    if (shareA - binA + (shareB - binB) >= BIN_MASS) {
      js += jensenShannonTerm(shareA - binA, shareB - binB);
      binA = shareA;
      binB = shareB;
    }
    difference = next;
  }
  return { w1: doubleW1 / 2, ks, js: js + jensenShannonTerm(1 - binA, 1 - binB) };
}

/**
 * Computes Wasserstein-1 after standardizing both, which moves them off their grid; NaN if one is too wide to
 * standardize.
 */
export function standardizedWindowW1(
  a: WindowShares,
  b: WindowShares,
  ofA: Standardizing,
  ofB: Standardizing,
): number {
  const [sharesA, sharesB] = [a.shares, b.shares];
  const [lastA, lastB] = [sharesA.length - 1, sharesB.length - 1];
  const [stepA, stepB] = [a.width / ofA.scale, b.width / ofB.scale];
  const [fromA, fromB] = [
    (a.first * a.width - ofA.shift) / ofA.scale,
    (b.first * b.width - ofB.shift) / ofB.scale,
  ];
  if (!Number.isFinite(fromA + lastA * stepA) || !Number.isFinite(fromB + lastB * stepB)) return Number.NaN;
  const [perStepA, perStepB] = [1 / stepA, 1 / stepB];
  let i = 0;
  let j = 0;
  let nextA = fromA;
  let nextB = fromB;
  let x = Math.min(nextA, nextB);
  let difference = 0;
  let doubleW1 = 0;
  while (i <= lastA || j <= lastB) {
    const to = Math.min(nextA, nextB);
    let shareA: number;
    if (nextA === to) {
      shareA = sharesA[i];
      i++;
      nextA = i <= lastA ? fromA + i * stepA : Number.POSITIVE_INFINITY;
    } else if (i === 0) shareA = 0;
    else if (i > lastA) shareA = 1;
    else shareA = sharesA[i] - (nextA - to) * perStepA * (sharesA[i] - sharesA[i - 1]);
    let shareB: number;
    if (nextB === to) {
      shareB = sharesB[j];
      j++;
      nextB = j <= lastB ? fromB + j * stepB : Number.POSITIVE_INFINITY;
    } else if (j === 0) shareB = 0;
    else if (j > lastB) shareB = 1;
    else shareB = sharesB[j] - (nextB - to) * perStepB * (sharesB[j] - sharesB[j - 1]);
    const next = shareA - shareB;
    const [size, before] = [Math.abs(next), Math.abs(difference)];
    const area = difference * next >= 0 ? size + before : (size * size + before * before) / (size + before);
    doubleW1 += area * (to - x);
    difference = next;
    x = to;
  }
  return doubleW1 / 2;
}

/** Returns E|x − center| of a distribution, with the values of each cell at its middle. */
export function windowDeviation({ width, first, shares }: WindowShares, center: number): number {
  let sum = 0;
  for (let i = 1; i < shares.length; i++)
    sum += (shares[i] - shares[i - 1]) * Math.abs((first + i - 0.5) * width - center);
  return sum;
}
