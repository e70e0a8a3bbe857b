import assert from 'node:assert/strict';
import fc from 'fast-check';
import { countsBelow } from '../../../../src/kernel/figures/shares';
import { cellStart, cellsOf, type Sketch } from '../../../../src/kernel/statistics/sketch';

/** Sketches with values in the window, and in its tails; a cell begins at 0, and may have zeros. */
const sketches = fc
  .record({
    width: fc.integer({ min: -60, max: 60 }).map((exponent) => 2 ** exponent),
    first: fc.integer({ min: -40, max: 40 }),
    below: fc.constantFrom(0, 3, 300),
    size: fc.integer({ min: 1, max: 80 }),
    runs: fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.array(fc.integer({ min: 1, max: 9 }))), {
      minLength: 1,
      maxLength: 12,
    }),
    within: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ width, first, below, size, runs, within }): Sketch => {
    const cells = runs.flatMap(([empty, counts]) => [...new Array<number>(empty).fill(0), ...counts]);
    cells.push(1);
    const counts: number[] = [];
    for (let i = 0; i < cells.length; i++) {
      if (cells[i] > 0) counts.push(cells[i]);
      else if (i > 0 && cells[i - 1] === 0) counts[counts.length - 1]++;
      else counts.push(0, 1);
    }
    const sketch = { width, first, below, size, counts: Uint32Array.from(counts) };
    const count = cells.reduce((a, b) => a + b, 0);
    const start = (i: number) => cellStart({ ...sketch, count, min: 0, max: 0, zeros: 0 }, i);
    const lowest = cells.findIndex((each) => each > 0);
    const [low, lowEnd] = [start(lowest), start(lowest + 1)];
    const [high, highEnd] = [start(cells.length - 1), start(cells.length)];
    const zero = cells.findIndex((each, i) => each > 0 && start(i) === 0);
    return {
      ...sketch,
      count,
      min: low + (within / 2) * (lowEnd - low),
      max: high + ((1 + within) / 2) * (highEnd - high),
      zeros: zero < 0 ? 0 : Math.floor(within * cells[zero]),
    };
  });

describe('kernel: counts of values below a limit', () => {
  it('are those of the explicit cells, at edges and between them', () => {
    fc.assert(
      fc.property(sketches, fc.array(fc.double({ min: -0.1, max: 1.1, noNaN: true })), (sketch, places) => {
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
    const [a, b] = fc.sample(sketches, 2);
    const [ofA, ofB] = [countsBelow(a)(a.max), countsBelow(b)(b.max)];
    assert.equal(countsBelow(a)(a.max), ofA);
    assert.equal(countsBelow(b)(b.max), ofB);
  });
});
