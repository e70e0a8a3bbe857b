import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type Distances,
  distances,
  distancesInCells,
  standardizedW1,
} from '../../../../src/kernel/statistics/distances';

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
          cumulative: Float64Array.of(
            0,
            ...counts.map((_, i) => counts.slice(0, i + 1).reduce((sum, count) => sum + count)),
          ),
        });
        const expected = distances(cellsOf(a), cellsOf(b));
        const found = distancesInCells(a, b, (i) => edges[i], 1);
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

  it('have no shape if a mean or a deviation, which a file may declare as null, is not finite', () => {
    const cells = { edges: Float64Array.of(-1, 0, 1), cumulative: Float64Array.of(0, 2, 3) };
    for (const shift of [0, 1e308, Infinity, -Infinity, NaN])
      for (const scale of [1, 1e-320, Infinity, NaN]) {
        const found = standardizedW1(cells, cells, { shift, scale }, { shift: 0, scale: 1 });
        const isMeasurable = Number.isFinite(shift) && scale !== 1e-320 && !Number.isNaN(scale);
        assert.equal(Number.isFinite(found), isMeasurable, `${shift}, ${scale}: ${found}`);
      }
    assert.equal(standardizedW1(cells, cells, { shift: 3, scale: 2 }, { shift: 3, scale: 2 }), 0);
  });
});
