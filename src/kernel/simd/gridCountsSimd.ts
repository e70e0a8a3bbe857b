import { BIN_MASS, NOWHERE } from '../statistics/distances';
import { type Grid, type GridCounts, gridCounts } from '../statistics/grid';
import type { WasmArena } from './wasmArena';

/** Number of float64 results of `walkCounts` in src/kernel/simd/assembly/counts.ts. */
const RESULTS = 6;

/** {@link gridCounts} with the arena's loop. */
export function gridCountsSimd(arena: WasmArena, grid: Grid): GridCounts {
  const { width, below, size, above, halves } = grid;
  const cells = below + size + above;
  const fields = arena.room(12);
  const [evenAt, oddAt] = [arena.room(4 * cells), arena.room(4 * cells)];
  // Before each cell with values, there may be a gap, which takes two entries.
  const packedAt = arena.room(12 * cells);
  const pairsAt = arena.room(16 * (cells + 2));
  const resultAt = arena.room(8 * RESULTS);
  if (
    fields === undefined ||
    evenAt === undefined ||
    oddAt === undefined ||
    packedAt === undefined ||
    pairsAt === undefined ||
    resultAt === undefined
  )
    return gridCounts(grid);
  arena.int32(fields, 3).set([below, size, above]);
  arena.uint32(evenAt, cells).set(halves[0]);
  arena.uint32(oddAt, cells).set(halves[1]);
  const length = arena.code.walkCounts(fields, evenAt, oddAt, packedAt, pairsAt, BIN_MASS, resultAt);
  const [even, odd, w1, ks, js, halfWidth] = arena.float64(resultAt, RESULTS);
  return {
    counts: arena.uint32(packedAt, length).slice(),
    count: even + odd,
    halves: even === 0 || odd === 0 ? NOWHERE : { w1: w1 * width, ks, js },
    halfWidth,
  };
}
