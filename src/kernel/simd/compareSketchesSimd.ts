import { type Comparison, compareSketches } from '../statistics/compareSketches';
import { BIN_MASS, type Standardizing, shapeFrom } from '../statistics/distances';
import { MAX_WINDOW } from '../statistics/grid';
import type { ExplicitHistogram, Sketch } from '../statistics/sketch';
import { newArena, type WasmArena } from './wasmArena';

/** Maximum number of edges to visit, and of fine edges per coarse one. Plain loops compare other sketches. */
const MAX_EDGES = 1 << 16;
const MAX_FACTOR = 1 << 14;
/** Two numbers of values can be added as int32. Plain loops compare larger sketches. */
const MAX_COUNT = 2 ** 30 - 1;
/** Maximum number of packed counts: twice those of a window whose every second cell is empty. */
const MAX_PACKED = 3 * MAX_WINDOW;
/** Bytes for references, because each is compared with every step of its layer: those of several dozen layers. */
const REFERENCE_BYTES = 1 << 22;
/** Edges before the first and after the last one of a distribution that comparing it with others may take too. */
const SPARE = 256;
/** Bytes before the ranks of a distribution, and after the last. */
const MARGIN = 4 * SPARE + 64;
const RANKS_BYTES = 4 * MAX_WINDOW + 2 * MARGIN;
/** Number of float64 results of `compareRanks` in src/kernel/simd/assembly/compare.ts, and bytes of its room for an edge. */
const RESULTS = 3;
const EDGE_BYTES = 24;

/** Numbers of values below the edges of a sketch's cells, in the arena's memory; `last` is the number of the last edge. */
interface Ranks {
  readonly address: number;
  readonly last: number;
  /** Number of the first cell with values. */
  readonly first: number;
  readonly width: number;
}

/** The ranks of a reference, and E|x − center| of it. */
interface Reference {
  readonly ranks: Ranks;
  readonly center: number;
  readonly deviation: number;
  /** The ranks are overwritten after this time. */
  readonly time: number;
}

/** Addresses of memory for counts as a sketch has them, for ranks, for what the loops need, and for their results. */
interface Room {
  readonly packed: number;
  readonly target: number;
  readonly references: number;
  readonly edges: number;
  readonly result: number;
}

function takeRoom(arena: WasmArena): Room | undefined {
  const packed = arena.room(4 * MAX_PACKED);
  const target = arena.room(RANKS_BYTES);
  const references = arena.room(REFERENCE_BYTES);
  const edges = arena.room(EDGE_BYTES * MAX_EDGES + 128);
  const result = arena.room(8 * RESULTS);
  if (packed === undefined || target === undefined || references === undefined) return undefined;
  return edges === undefined || result === undefined
    ? undefined
    : { packed, target, references, edges, result };
}

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
  const room = takeRoom(arena);
  return room && comparison(arena, room);
}

function comparison(arena: WasmArena, room: Room): Compare {
  const { code } = arena;
  const packed = arena.uint32(room.packed, MAX_PACKED);
  const result = arena.float64(room.result, RESULTS);
  const kept = new WeakMap<Sketch, Reference>();
  let next = room.references;
  let time = 0;

  return (s, t, ofS, ofT) => inArena(s, t, ofS, ofT) ?? compareSketches(s, t, ofS, ofT);

  function inArena(
    s: Sketch | ExplicitHistogram,
    t: Sketch | ExplicitHistogram,
    ofS: Standardizing,
    ofT: Standardizing,
  ): Comparison | undefined {
    if ('cells' in s || 'cells' in t) return undefined;
    const reference = referenceOf(s, ofS.shift);
    const target = reference && (s === t ? reference.ranks : unpack(t, room.target));
    if (reference === undefined || target === undefined || !measure(reference.ranks, target))
      return undefined;
    const w1 = result[0] * Math.max(s.width, t.width);
    const ks = result[1];
    const js = result[2];
    const inOwnCells = s.width === t.width ? w1 : Number.NaN;
    const shape = shapeFrom(inOwnCells, ofS, ofT, () => shapeOf(reference.ranks, target, ofS, ofT));
    return shape === undefined ? undefined : { w1, ks, js, shape, deviation: reference.deviation };
  }

  function referenceOf(sketch: Sketch, center: number): Reference | undefined {
    const known = kept.get(sketch);
    if (known?.time === time && known.center === center) return known;
    if (next + RANKS_BYTES > room.references + REFERENCE_BYTES) {
      next = room.references;
      time++;
    }
    const ranks = unpack(sketch, next);
    if (ranks === undefined) return undefined;
    next = ranks.address + 4 * ranks.last + MARGIN;
    const { address, last, first, width } = ranks;
    const deviation = width * code.rankDeviation(address, last, center / width - first);
    const reference = { ranks, center, deviation, time };
    kept.set(sketch, reference);
    return reference;
  }

  /** Undefined for an empty sketch, one with values outside its window, and one that is too large. */
  function unpack({ below, size, counts, count, first, width }: Sketch, at: number): Ranks | undefined {
    if (count === 0 || count > MAX_COUNT || counts.length > MAX_PACKED || size > MAX_WINDOW) return undefined;
    const from = counts[0] === 0 ? 2 : 0;
    const index = from === 0 ? 0 : counts[1];
    const limit = below + size - index;
    if (index < below || limit <= 0) return undefined;
    packed.set(counts);
    const address = at + MARGIN;
    const last = code.unpackRanks(room.packed + 4 * from, counts.length - from, limit, SPARE, address);
    return last === 0 ? undefined : { address, last, first: first + index - below, width };
  }

  /** Writes the distances to `result`, Wasserstein-1 in cells of the wider one; false if they are too far apart. */
  function measure(s: Ranks, t: Ranks): boolean {
    // Each edge of the wider cells is also an edge of the narrower cells.
    const width = Math.max(s.width, t.width);
    const stepS = width / s.width;
    const stepT = width / t.width;
    const begin = Math.floor(Math.min(s.first / stepS, t.first / stepT));
    const end = Math.ceil(Math.max((s.first + s.last) / stepS, (t.first + t.last) / stepT));
    const edges = end - begin + 1;
    if (!(edges <= MAX_EDGES && stepS <= MAX_FACTOR && stepT <= MAX_FACTOR)) return false;
    code.compareRanks(
      s.address,
      s.last,
      begin * stepS - s.first,
      stepS,
      t.address,
      t.last,
      begin * stepT - t.first,
      stepT,
      SPARE,
      edges,
      room.edges,
      BIN_MASS,
      room.result,
    );
    return true;
  }

  /** Wasserstein-1 after standardizing both; NaN if one is too wide to standardize, undefined if the loop does not apply. */
  function shapeOf(s: Ranks, t: Ranks, ofS: Standardizing, ofT: Standardizing): number | undefined {
    const a = standardized(s, ofS);
    const b = standardized(t, ofT);
    if (!Number.isFinite(a.end) || !Number.isFinite(b.end)) return Number.NaN;
    const [fine, coarse] = a.step <= b.step ? [a, b] : [b, a];
    const ratio = fine.step / coarse.step;
    const from = (fine.start - coarse.start) / coarse.step;
    const begin = Math.min(0, Math.floor(-from / ratio));
    const end = Math.max(fine.ranks.last, Math.ceil((coarse.ranks.last - from) / ratio));
    if (!(end - begin <= MAX_EDGES)) return undefined;
    const { address, last } = fine.ranks;
    return (
      fine.step *
      code.offsetW1(address, last, coarse.ranks.address, coarse.ranks.last, from, ratio, begin, end)
    );
  }
}

interface StandardizedRanks {
  readonly ranks: Ranks;
  /** Width of a cell, and the first and the last edge. */
  readonly step: number;
  readonly start: number;
  readonly end: number;
}

function standardized(ranks: Ranks, { shift, scale }: Standardizing): StandardizedRanks {
  const step = ranks.width / scale;
  const start = (ranks.first * ranks.width - shift) / scale;
  return { ranks, step, start, end: start + ranks.last * step };
}
