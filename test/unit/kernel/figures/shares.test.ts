import assert from 'node:assert/strict';
import fc from 'fast-check';
import { countsBelow } from '../../../../src/kernel/figures/shares';
import { cellsOf } from '../../../../src/kernel/statistics/sketch';
import { SKETCHES } from '../statistics/sketches';

describe('kernel: counts of values below a limit', () => {
  it('are those of the explicit cells, at edges and between them', () => {
    fc.assert(
      fc.property(SKETCHES, fc.array(fc.double({ min: -0.1, max: 1.1, noNaN: true })), (sketch, places) => {
        const { edges, cumulative } = cellsOf(sketch);
        const cells = { edges: edges.slice(), cumulative: cumulative.slice() };
        const { count, min, max, zeros } = sketch;
        const expected = countsBelow({ cells, count, min, max, zeros });
        const found = countsBelow(sketch);
        const limits = [
          0,
          Number.MIN_VALUE,
          min,
          max,
          ...edges,
          ...places.map((at) => min + at * (max - min)),
        ];
        for (const x of limits)
          assert.ok(Math.abs(found(x) - expected(x)) <= 1e-9 * count, `${x}: ${found(x)}, ${expected(x)}`);
      }),
    );
  });

  it('of one sketch are not those of the one before', () => {
    const [a, b] = fc.sample(SKETCHES, 2);
    const [ofA, ofB] = [countsBelow(a)(a.max), countsBelow(b)(b.max)];
    assert.equal(countsBelow(a)(a.max), ofA);
    assert.equal(countsBelow(b)(b.max), ofB);
  });
});
