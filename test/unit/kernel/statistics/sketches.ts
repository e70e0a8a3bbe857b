import fc from 'fast-check';
import { cellStart, type Sketch } from '../../../../src/kernel/statistics/sketch';

/** Sketches with values in the window, and in its tails; a cell begins at 0, and may have zeros. */
export const SKETCHES = fc
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
