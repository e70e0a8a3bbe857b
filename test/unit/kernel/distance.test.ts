import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Distances, distances, distancesInCells } from '../../../src/kernel/distance';

const COUNT = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 1000 }));
const CELL = fc.record({ width: fc.constantFrom(0.25, 1, 64), a: COUNT, b: COUNT });

describe('distances between distributions', () => {
  it('of the same cells are those that any cells have', () => {
    fc.assert(
      fc.property(fc.array(CELL, { minLength: 1, maxLength: 400 }), (cells) => {
        const edges = Float64Array.of(0, ...cells.map(({ width }) => width));
        for (let i = 1; i < edges.length; i++) edges[i] += edges[i - 1];
        const [a, b] = (['a', 'b'] as const).map((name) => cells.map((cell) => cell[name]));
        const cellsOf = (counts: readonly number[]) => ({
          edges,
          counts: Float64Array.from(counts),
          total: counts.reduce((sum, count) => sum + count, 0),
        });
        const expected = distances(cellsOf(a), cellsOf(b));
        const filled = cells.flatMap((cell, i) => (cell.a + cell.b > 0 ? [i] : []));
        const found = distancesInCells(a, b, filled, (i) => edges[i], 1);
        for (const name of Object.keys(expected) as (keyof Distances)[]) {
          const error = Math.abs(found[name] - expected[name]);
          assert.ok(
            error <= 1e-9 * Math.max(1, expected[name]) || Object.is(found[name], expected[name]),
            `${name}: ${found[name]}, not ${expected[name]}`,
          );
        }
      }),
    );
  });
});
