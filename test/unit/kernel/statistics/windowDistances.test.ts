import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compareSketchesSimd } from '../../../../src/kernel/simd/compareSketchesSimd';
import { arenaOf, SIMD_CODES } from '../../../../src/kernel/simd/wasmArena';
import { compareSketches } from '../../../../src/kernel/statistics/compareSketches';
import {
  distances,
  meanAbsoluteDeviation,
  standardizedW1,
} from '../../../../src/kernel/statistics/distances';
import { cellsOf, comparableCells, type Sketch } from '../../../../src/kernel/statistics/sketch';

/** Counts as {@link Sketch} packs them: a gap is a 0 and its length. */
function packed(counts: readonly number[]): Uint32Array {
  const result: number[] = [];
  let empty = 0;
  for (const count of counts) {
    if (count === 0) {
      empty++;
      continue;
    }
    if (empty > 0) result.push(0, empty);
    empty = 0;
    result.push(count);
  }
  return Uint32Array.from(result);
}

const COUNTS = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 1000 })), {
  minLength: 1,
  maxLength: 300,
});

/** Sketches whose cells are all in their window. */
const SKETCH = fc
  .record({
    counts: COUNTS,
    first: fc.integer({ min: -400, max: 400 }),
    width: fc.constantFrom(0.25, 1, 2, 16),
  })
  .map(({ counts, first, width }): Sketch => {
    const count = counts.reduce((sum, each) => sum + each, 0);
    return {
      ...{ width, first, below: 0, size: counts.length, counts: packed(counts), count },
      ...{ min: first * width, max: (first + counts.length) * width, zeros: 0 },
    };
  });

const SCALING = fc.record({
  shift: fc.double({ min: -5, max: 5, noNaN: true }),
  scale: fc.constantFrom(0.5, 1, 3),
});

/** The plain loops, and the arena's. */
const COMPARISONS = [
  { name: 'plain loops', compare: compareSketches },
  ...Object.entries(SIMD_CODES).flatMap(([name, code]) => {
    const arena = arenaOf(code);
    if (arena === undefined) return [];
    const compare: typeof compareSketches = (...args) => {
      arena.clear();
      return compareSketchesSimd(arena, ...args);
    };
    return [{ name: `${name} SIMD`, compare }];
  }),
];

describe('distances between windows', () => {
  for (const { name: loops, compare } of COMPARISONS) {
    it(`are those between their cells (${loops})`, () => {
      fc.assert(
        fc.property(SKETCH, SKETCH, SCALING, SCALING, (s, t, ofS, ofT) => {
          const found = compare(s, t, ofS, ofT);
          const [cellsS, cellsT] = [cellsOf(s), cellsOf(t)];
          const expected = {
            shape: standardizedW1(cellsS, cellsT, ofS, ofT),
            deviation: meanAbsoluteDeviation(cellsS, ofS.shift),
            ...distances(...comparableCells(s, t)),
          };
          for (const name of ['w1', 'ks', 'shape', 'deviation'] as const) {
            const error = Math.abs(found[name] - expected[name]);
            assert.ok(
              error <= 1e-9 * Math.max(1, Math.abs(expected[name])) || Object.is(found[name], expected[name]),
              `${name}: ${found[name]}, not ${expected[name]}`,
            );
          }
          // A share of a bin's mass may round to either bin.
          assert.ok(Math.abs(found.js - expected.js) <= 0.02 || Object.is(found.js, expected.js));
        }),
        { numRuns: 500 },
      );
    });

    it(`have a shape that is off by what standardizing changes, at most (${loops})`, () => {
      const change = fc.double({ min: -1e-3, max: 1e-3, noNaN: true });
      fc.assert(
        fc.property(SKETCH, SKETCH, SCALING, change, change, (s, other, ofS, shift, scale) => {
          const t = { ...other, width: s.width };
          if (s.count === 0 || t.count === 0) return;
          const ofT = { shift: ofS.shift + shift, scale: ofS.scale + scale };
          const { shape } = compare(s, t, ofS, ofT);
          const exact = standardizedW1(cellsOf(s), cellsOf(t), ofS, ofT);
          const size = meanAbsoluteDeviation(cellsOf(t), ofT.shift) / ofT.scale;
          const bound = (Math.abs(shift) + Math.abs(scale) * size) / ofS.scale;
          assert.ok(Math.abs(shape - exact) <= bound + 1e-9, `${shape}, not ${exact}`);
        }),
        { numRuns: 500 },
      );
    });

    it(`of a distribution from itself are 0 (${loops})`, () => {
      fc.assert(
        fc.property(SKETCH, SCALING, (sketch, scaling) => {
          if (sketch.count === 0) return;
          const { w1, ks, js, shape } = compare(sketch, sketch, scaling, scaling);
          assert.deepEqual([w1, ks, js, shape], [0, 0, 0, 0]);
        }),
      );
    });
  }

  it('are those between their cells where values are in the tails', () => {
    const width = 1;
    const tails: Sketch = {
      ...{ width, first: 0, below: 1, size: 4, counts: Uint32Array.of(1, 2, 3, 4, 5, 6), count: 21 },
      ...{ min: -1, max: 5, zeros: 0 },
    };
    const inside = { ...tails, below: 0, size: 6, min: 0, max: 6 };
    const scaling = { shift: 1, scale: 2 };
    for (const { name, compare } of COMPARISONS)
      for (const [s, t] of [
        [tails, inside],
        [inside, tails],
      ]) {
        const { w1 } = compare(s, t, scaling, scaling);
        assert.ok(Math.abs(w1 - distances(...comparableCells(s, t)).w1) < 1e-12, name);
      }
  });
});
