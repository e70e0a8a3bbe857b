import { acquireCounts } from '../statistics/bufferPool';
import { BIN_MASS, NOWHERE } from '../statistics/distances';
import { type Grid, type GridCounts, gridCounts } from '../statistics/grid';
import type { WasmArena } from './wasmArena';

/** Number of float64 results of `walkCounts` in src/kernel/simd/assembly/counts.ts. */
const RESULTS = 6;

/** Addresses of memory for a walk over cells. */
export interface WalkRoom {
  readonly packed: number;
  readonly room: number;
  readonly result: number;
}

/** Memory for walks over at most `cells` cells, one after the other; undefined if the arena has none. */
export function walkRoom(arena: WasmArena, cells: number): WalkRoom | undefined {
  // Before each cell with values, there may be a gap, which takes two entries; the loop writes some past the last one.
  const packed = arena.room(12 * cells + 64);
  const room = arena.room(24 * cells + 256);
  const result = arena.room(8 * RESULTS);
  return packed === undefined || room === undefined || result === undefined
    ? undefined
    : { packed, room, result };
}

/** {@link gridCounts} with the arena's loop. */
export function gridCountsSimd(arena: WasmArena, grid: Grid): GridCounts {
  const { below, size, above, halves } = grid;
  const cells = below + size + above;
  const fields = arena.room(12);
  // Three zeros follow.
  const [evenAt, oddAt] = [arena.allocate(4 * cells + 12), arena.allocate(4 * cells + 12)];
  const walk = walkRoom(arena, cells);
  if (fields === undefined || evenAt === undefined || oddAt === undefined || walk === undefined)
    return gridCounts(grid);
  arena.int32(fields, 3).set([below, size, above]);
  arena.uint32(evenAt, cells).set(halves[0]);
  arena.uint32(oddAt, cells).set(halves[1]);
  const { packed, room, result } = walk;
  const length = arena.code.walkCounts(fields, evenAt, oddAt, packed, room, BIN_MASS, result);
  return countsIn(arena, walk, length, grid.width);
}

/** The same for a histogram in the arena's memory, at the address of its `Fill`, whose tables this ends. */
export function tableCountsSimd(arena: WasmArena, walk: WalkRoom, fill: number, width: number): GridCounts {
  const length = arena.code.walkTables(fill, walk.packed, walk.room, BIN_MASS, walk.result);
  return countsIn(arena, walk, length, width);
}

function countsIn(arena: WasmArena, { packed, result }: WalkRoom, length: number, width: number): GridCounts {
  const results = arena.float64(result, RESULTS);
  const even = results[0];
  const odd = results[1];
  const counts = acquireCounts(length);
  counts.set(arena.uint32(packed, length));
  return {
    counts,
    count: even + odd,
    halves: even === 0 || odd === 0 ? NOWHERE : { w1: results[2] * width, ks: results[3], js: results[4] },
    halfWidth: results[5],
  };
}
