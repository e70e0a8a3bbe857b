import assert from 'node:assert/strict';
import fc from 'fast-check';
import { gridCountsSimd } from '../../../../src/kernel/simd/gridCountsSimd';
import { acquireArena, type WasmArena } from '../../../../src/kernel/simd/wasmArena';
import { type Grid, gridCounts } from '../../../../src/kernel/statistics/grid';

/** The number of tail cells on either side. */
const TAIL = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 70 }));

/** A grid whose cells have counts that are drawn, in stretches that are full, sparse, or empty. */
const GRIDS = fc
  .record({
    below: TAIL,
    above: TAIL,
    stretches: fc.array(
      fc.record({
        length: fc.integer({ min: 1, max: 30 }),
        share: fc.constantFrom(0, 0.1, 0.5, 1),
        most: fc.constantFrom(1, 3, 1e6, 2 ** 31),
      }),
      { maxLength: 12 },
    ),
    odd: fc.constantFrom('the rest', 'as many', 'none'),
    seed: fc.integer(),
  })
  .map(({ below, above, stretches, odd, seed }): Grid => {
    let state = seed;
    const uniform = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
    const drawn = stretches.flatMap(({ length, share, most }) =>
      Array.from({ length }, () => (uniform() < share ? 1 + Math.floor(uniform() * most) : 0)),
    );
    const size = Math.max(0, drawn.length - below - above);
    const counts = Uint32Array.from({ length: below + size + above }, (_, i) => drawn[i] ?? 0);
    const even = odd === 'none' ? counts : counts.map((count) => Math.floor(count * uniform()));
    const rest = counts.map((count, i) => count - even[i]);
    return {
      width: 0.25,
      first: -3,
      below,
      size,
      above,
      halves: [even, odd === 'as many' ? even.slice().reverse() : rest],
    };
  });

describe('the walk over a filled grid', () => {
  let arena: WasmArena;

  before(() => {
    const found = acquireArena();
    assert.ok(found !== undefined);
    arena = found;
  });

  afterEach(() => arena.clear());

  after(() => arena.release());

  it('finds what the plain loop finds', () => {
    fc.assert(
      fc.property(GRIDS, (grid) => {
        arena.clear();
        const [fast, plain] = [gridCountsSimd(arena, grid), gridCounts(grid)];
        assert.deepEqual(fast.counts, plain.counts);
        assert.equal(fast.count, plain.count);
        close(fast.halfWidth, plain.halfWidth);
        for (const distance of ['w1', 'ks', 'js'] as const)
          close(fast.halves[distance], plain.halves[distance]);
      }),
      { numRuns: 1000 },
    );
  });
});

function close(actual: number, expected: number): void {
  const isClose = Math.abs(actual - expected) <= 1e-9 * Math.max(1, Math.abs(expected));
  assert.ok(isClose || Object.is(actual, expected), `${actual} is not ${expected}`);
}
