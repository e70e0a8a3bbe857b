import {
  type Distances,
  distances,
  meanAbsoluteDeviation,
  type Standardizing,
  standardizedW1,
} from './distances';
import { cellsOf, comparableCells, type ExplicitHistogram, type Sketch } from './sketch';
import {
  newRoom,
  standardizedWindowW1,
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
  const ownS = windowShares(s, s.width, roomS);
  const ownT = windowShares(t, t.width, roomT);
  if (ownS === undefined || ownT === undefined) return undefined;
  const width = Math.max(s.width, t.width);
  // Each edge of the wider cells is also an edge of the narrower cells.
  const alignedS = s.width === width ? ownS : windowShares(s, width, coarseRoom);
  const alignedT = t.width === width ? ownT : windowShares(t, width, coarseRoom);
  const found = alignedS && alignedT && windowDistances(alignedS, alignedT, roomOfBoth);
  if (found === undefined) return undefined;
  const shape = ofT.scale > 0 ? standardizedWindowW1(ownS, ownT, ofS, ofT) : Number.NaN;
  return { ...found, shape, deviation: windowDeviation(ownS, ofS.shift) };
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
