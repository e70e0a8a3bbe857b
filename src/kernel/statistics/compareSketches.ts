import {
  type Distances,
  distances,
  meanAbsoluteDeviation,
  type Standardizing,
  shapeFrom,
  standardizedW1,
} from './distances';
import { cellsOf, comparableCells, type ExplicitHistogram, type Sketch } from './sketch';
import {
  newRoom,
  standardizedWindowW1,
  type WindowShares,
  windowDeviation,
  windowDistances,
  windowShares,
} from './windowDistances';

/** How a distribution differs from a reference. */
export interface Comparison extends Distances {
  /** Wasserstein-1 after standardizing both; NaN if a distribution is constant or too wide. */
  readonly shape: number;
  /** E|x − µ| of the reference. */
  readonly deviation: number;
}

const [roomS, roomT, coarseRoom, roomOfBoth] = [newRoom(), newRoom(), newRoom(), newRoom()];

/** The shares of a reference, and E|x − center| of it. */
interface ReferenceShares {
  readonly own: WindowShares;
  readonly center: number;
  readonly deviation: number;
}

/** References that were compared recently, because each is compared with every step of its layer; the latest is last. */
const recent = new Map<Sketch, ReferenceShares>();
/** Enough for those of some dozen layers. */
const MAX_RECENT_BYTES = 1 << 23;
let recentBytes = 0;

/** Undefined for a sketch with values outside its window. */
function referenceShares(sketch: Sketch, center: number): ReferenceShares | undefined {
  const known = recent.get(sketch);
  if (known?.center === center) {
    recent.delete(sketch);
    recent.set(sketch, known);
    return known;
  }
  const found = known?.own ?? windowShares(sketch, sketch.width, roomS);
  if (found === undefined) return undefined;
  const own = known?.own ?? { ...found, shares: found.shares.slice() };
  const reference = { own, center, deviation: windowDeviation(own, center) };
  if (known === undefined) recentBytes += own.shares.byteLength;
  recent.set(sketch, reference);
  for (const [oldest, dropped] of recent) {
    if (recentBytes <= MAX_RECENT_BYTES || recent.size === 1) break;
    recent.delete(oldest);
    recentBytes -= dropped.own.shares.byteLength;
  }
  return reference;
}

/**
 * Compares a distribution t with a reference s. `ofS` and `ofT` standardize them: `shift` is the mean, and `scale` the
 * standard deviation, which must be above 0 in `ofS`.
 */
export function compareSketches(
  s: Sketch | ExplicitHistogram,
  t: Sketch | ExplicitHistogram,
  ofS: Standardizing,
  ofT: Standardizing,
): Comparison {
  return inWindows(s, t, ofS, ofT) ?? inCells(s, t, ofS, ofT);
}

/** Fast path, without lists of cells, for two sketches that are empty outside their windows, as nearly all are. */
function inWindows(
  s: Sketch | ExplicitHistogram,
  t: Sketch | ExplicitHistogram,
  ofS: Standardizing,
  ofT: Standardizing,
): Comparison | undefined {
  if ('cells' in s || 'cells' in t) return undefined;
  const reference = referenceShares(s, ofS.shift);
  const ownT = windowShares(t, t.width, roomT);
  if (reference === undefined || ownT === undefined) return undefined;
  const { own: ownS, deviation } = reference;
  const width = Math.max(s.width, t.width);
  // Each edge of the wider cells is also an edge of the narrower cells.
  const alignedS = s.width === width ? ownS : windowShares(s, width, coarseRoom);
  const alignedT = t.width === width ? ownT : windowShares(t, width, coarseRoom);
  const found = alignedS && alignedT && windowDistances(alignedS, alignedT, roomOfBoth);
  if (found === undefined) return undefined;
  const inOwnCells = s.width === t.width ? found.w1 : Number.NaN;
  const shape = shapeFrom(inOwnCells, ofS, ofT, () => standardizedWindowW1(ownS, ownT, ofS, ofT));
  return { ...found, shape, deviation };
}

function inCells(
  s: Sketch | ExplicitHistogram,
  t: Sketch | ExplicitHistogram,
  ofS: Standardizing,
  ofT: Standardizing,
): Comparison {
  const found = distances(...comparableCells(s, t));
  // One may be 1e20 times as wide as the other, whose shape is visible only in its own cells.
  const [cellsS, cellsT] = [cellsOf(s), cellsOf(t)];
  const shape = ofT.scale > 0 ? standardizedW1(cellsS, cellsT, ofS, ofT) : Number.NaN;
  return { ...found, shape, deviation: meanAbsoluteDeviation(cellsS, ofS.shift) };
}
