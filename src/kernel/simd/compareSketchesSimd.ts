import { type Comparison, compareSketches } from '../statistics/compareSketches';
import { BIN_MASS, SHAPE_ERROR, type Standardizing } from '../statistics/distances';
import { MAX_WINDOW } from '../statistics/grid';
import type { ExplicitHistogram, Sketch } from '../statistics/sketch';
import { newArena, type WasmArena } from './wasmArena';

/** Maximum number of packed counts: twice those of a window whose every second cell is empty. */
const MAX_PACKED = 3 * MAX_WINDOW;
/** Bytes of the ranks of a distribution, and of the room to compare two: see src/kernel/simd/assembly/ranked.ts. */
export const RANKS_BYTES = 4 * MAX_WINDOW + 4096;
export const COMPARING_BYTES = 24 * 65536 + 128;
/** Places of the float64 numbers of a distribution there, and their number. */
enum RankedAt {
  Ranks,
  First,
  Width,
  Shift,
  Scale,
  Deviation,
  Length,
}
/** Number of float64 results of `compareRanked` there. */
const RESULTS = 5;

type Compare = typeof compareSketches;
let fastest: Compare | undefined;

/** {@link compareSketches} with the loops of an arena of its own, if there is WebAssembly SIMD. */
export function fastestComparison(): Compare {
  if (fastest === undefined) {
    const arena = newArena();
    fastest = (arena && comparisonIn(arena)) ?? compareSketches;
  }
  return fastest;
}

/** {@link compareSketches} with the loops of an arena, which it keeps; undefined if the arena has no room. */
export function comparisonIn(arena: WasmArena): Compare | undefined {
  const room = arena.room(COMPARING_BYTES);
  const result = arena.room(8 * RESULTS);
  const inS = placeIn(arena);
  const inT = placeIn(arena);
  if (room === undefined || result === undefined || inS === undefined || inT === undefined) return undefined;
  return comparison(arena, { room, result, inS, inT });
}

function comparison(arena: WasmArena, { room, result, inS, inT }: Room): Compare {
  const results = arena.float64(result, RESULTS);

  /** Undefined for sketches that the loops do not apply to. */
  function compare(
    s: Sketch | ExplicitHistogram,
    t: Sketch | ExplicitHistogram,
    ofS: Standardizing,
    ofT: Standardizing,
  ): Comparison | undefined {
    if ('cells' in s || 'cells' in t || !rank(s, ofS, inS) || !rank(t, ofT, inT)) return undefined;
    if (arena.code.compareRanked(inS.ranked, inT.ranked, room, BIN_MASS, SHAPE_ERROR, result) === 0)
      return undefined;
    const [w1, ks, js, shape, deviation] = results;
    return { w1, ks, js, shape, deviation };
  }

  /** False for a sketch that has no ranks. */
  function rank({ below, size, counts, count, first, width }: Sketch, of: Standardizing, to: Place): boolean {
    if (counts.length > MAX_PACKED) return false;
    const { ranked, packed, ranks } = to;
    arena.uint32(packed, counts.length).set(counts);
    const numbers = arena.float64(ranked, RankedAt.Length);
    numbers[RankedAt.Width] = width;
    numbers[RankedAt.Shift] = of.shift;
    numbers[RankedAt.Scale] = of.scale;
    numbers[RankedAt.Deviation] = Number.NaN;
    return arena.code.rankCounts(ranked, packed, counts.length, first, below, size, count, ranks) > ranks;
  }

  return (s, t, ofS, ofT) => compare(s, t, ofS, ofT) ?? compareSketches(s, t, ofS, ofT);
}

/** Addresses of a distribution's numbers, its counts, and its ranks. */
interface Place {
  readonly ranked: number;
  readonly packed: number;
  readonly ranks: number;
}

/** Addresses of memory to compare two distributions, for the results, and for both. */
interface Room {
  readonly room: number;
  readonly result: number;
  readonly inS: Place;
  readonly inT: Place;
}

function placeIn(arena: WasmArena): Place | undefined {
  const ranked = arena.room(8 * RankedAt.Length);
  const packed = arena.room(4 * MAX_PACKED);
  const ranks = arena.room(RANKS_BYTES);
  return ranked === undefined || packed === undefined || ranks === undefined
    ? undefined
    : { ranked, packed, ranks };
}
