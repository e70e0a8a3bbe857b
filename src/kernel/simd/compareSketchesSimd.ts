import { type Comparison, compareSketches } from '../statistics/compareSketches';
import { BIN_MASS, type Standardizing, shapeFrom } from '../statistics/distances';
import type { ExplicitHistogram, Sketch } from '../statistics/sketch';
import type { WasmArena } from './wasmArena';

/** Maximum number of edges to visit, and of fine edges per coarse one. Plain loops compare other sketches. */
const MAX_EDGES = 1 << 16;
const MAX_FACTOR = 1 << 14;

/** Shares of a distribution below the edges of its cells, in the arena's memory; `last` is the number of the last edge. */
interface Shares {
  readonly address: number;
  readonly last: number;
  /** Number of the first cell with values. */
  readonly first: number;
  readonly width: number;
}

/** {@link compareSketches} with the arena's loops. */
export function compareSketchesSimd(
  arena: WasmArena,
  s: Sketch | ExplicitHistogram,
  t: Sketch | ExplicitHistogram,
  ofS: Standardizing,
  ofT: Standardizing,
): Comparison {
  return inArena(arena, s, t, ofS, ofT) ?? compareSketches(s, t, ofS, ofT);
}

function inArena(
  arena: WasmArena,
  s: Sketch | ExplicitHistogram,
  t: Sketch | ExplicitHistogram,
  ofS: Standardizing,
  ofT: Standardizing,
): Comparison | undefined {
  if ('cells' in s || 'cells' in t) return undefined;
  const sharesS = unpack(arena, s);
  const sharesT = unpack(arena, t);
  if (sharesS === undefined || sharesT === undefined) return undefined;
  const found = distancesOf(arena, sharesS, sharesT);
  if (found === undefined) return undefined;
  const inOwnCells = s.width === t.width ? found.w1 : Number.NaN;
  const shape = shapeFrom(inOwnCells, ofS, ofT, () => shapeOf(arena, sharesS, sharesT, ofS, ofT));
  if (shape === undefined) return undefined;
  const { address, last, first, width } = sharesS;
  const deviation = width * arena.code.shareDeviation(address, last, ofS.shift / width - first);
  return { ...found, shape, deviation };
}

/** Undefined for an empty sketch, and for one with values outside its window. */
function unpack(arena: WasmArena, { below, size, counts, count, first, width }: Sketch): Shares | undefined {
  if (count === 0) return undefined;
  const [index, from] = counts[0] === 0 ? [counts[1], 2] : [0, 0];
  if (index < below) return undefined;
  const limit = below + size - index;
  const length = counts.length - from;
  const packedAt = arena.room(4 * counts.length);
  const room = arena.room(8 * (limit + 4));
  if (limit <= 0 || packedAt === undefined || room === undefined) return undefined;
  arena.uint32(packedAt, counts.length).set(counts);
  const address = room + 8;
  const last = arena.code.unpackShares(packedAt + 4 * from, length, limit, 1 / count, address);
  return last === 0 ? undefined : { address, last, first: first + index - below, width };
}

function distancesOf(
  arena: WasmArena,
  s: Shares,
  t: Shares,
): Pick<Comparison, 'w1' | 'ks' | 'js'> | undefined {
  // Each edge of the wider cells is also an edge of the narrower cells.
  const width = Math.max(s.width, t.width);
  const [stepS, stepT] = [width / s.width, width / t.width];
  const begin = Math.floor(Math.min(s.first / stepS, t.first / stepT));
  const end = Math.ceil(Math.max((s.first + s.last) / stepS, (t.first + t.last) / stepT));
  const edges = end - begin + 1;
  if (!(edges <= MAX_EDGES && stepS <= MAX_FACTOR && stepT <= MAX_FACTOR)) return undefined;
  const pairsAt = arena.room(16 * (edges + 1));
  const resultAt = arena.room(24);
  if (pairsAt === undefined || resultAt === undefined) return undefined;
  const [startS, startT] = [begin * stepS - s.first, begin * stepT - t.first];
  arena.code.compareShares(
    ...([s.address, s.last, startS, stepS] as const),
    ...([t.address, t.last, startT, stepT] as const),
    ...([edges, pairsAt, BIN_MASS, resultAt] as const),
  );
  const [w1, ks, js] = arena.float64(resultAt, 3);
  return { w1: w1 * width, ks, js };
}

/** Wasserstein-1 after standardizing both; NaN if one is too wide to standardize, undefined if the loop does not apply. */
function shapeOf(
  arena: WasmArena,
  s: Shares,
  t: Shares,
  ofS: Standardizing,
  ofT: Standardizing,
): number | undefined {
  const [a, b] = [standardized(s, ofS), standardized(t, ofT)];
  if (!Number.isFinite(a.end) || !Number.isFinite(b.end)) return Number.NaN;
  const [fine, coarse] = a.step <= b.step ? [a, b] : [b, a];
  const ratio = fine.step / coarse.step;
  const from = (fine.start - coarse.start) / coarse.step;
  const begin = Math.min(0, Math.floor(-from / ratio));
  const end = Math.max(fine.shares.last, Math.ceil((coarse.shares.last - from) / ratio));
  if (!(end - begin <= MAX_EDGES)) return undefined;
  const { address, last } = fine.shares;
  return (
    fine.step *
    arena.code.offsetW1(address, last, coarse.shares.address, coarse.shares.last, from, ratio, begin, end)
  );
}

interface StandardizedShares {
  readonly shares: Shares;
  /** Width of a cell, and the first and the last edge. */
  readonly step: number;
  readonly start: number;
  readonly end: number;
}

function standardized(shares: Shares, { shift, scale }: Standardizing): StandardizedShares {
  const step = shares.width / scale;
  const start = (shares.first * shares.width - shift) / scale;
  return { shares, step, start, end: start + shares.last * step };
}
