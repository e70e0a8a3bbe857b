import assert from 'node:assert/strict';
import fc from 'fast-check';
import { comparisonIn } from '../../../../src/kernel/simd/compareSketchesSimd';
import { arenaOf, SIMD_CODES } from '../../../../src/kernel/simd/wasmArena';
import { type Comparison, compareSketches } from '../../../../src/kernel/statistics/compareSketches';
import {
  distances,
  meanAbsoluteDeviation,
  type Standardizing,
  standardizedW1,
} from '../../../../src/kernel/statistics/distances';
import { cellsOf, comparableCells, type Sketch } from '../../../../src/kernel/statistics/sketch';
import { normalValues } from '../arrays';

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
  .map(({ counts, first, width }) => sketchOf(counts, first, width));

/** Sketches of as many values: the same counts in another order. */
const EQUAL_SKETCHES = fc
  .tuple(COUNTS, fc.integer({ min: -50, max: 50 }), fc.constantFrom(0.25, 1, 2))
  .chain(([counts, first, width]) =>
    fc
      .shuffledSubarray(counts, { minLength: counts.length })
      .map((other): [Sketch, Sketch] => [sketchOf(counts, 0, 1), sketchOf(other, first, width)]),
  );

function sketchOf(counts: readonly number[], first: number, width: number): Sketch {
  const count = counts.reduce((sum, each) => sum + each, 0);
  return {
    ...{ width, first, below: 0, size: counts.length, counts: packed(counts), count },
    ...{ min: first * width, max: (first + counts.length) * width, zeros: 0 },
  };
}

/** A sketch of normal values in thousands of cells, with sparse tails. */
function normalSketch(values: number, cells: number, width: number, seed: number): Sketch {
  const counts: number[] = new Array(cells).fill(0);
  for (const normal of normalValues(values, seed))
    counts[Math.max(0, Math.min(cells - 1, Math.floor(cells * (0.5 + normal / 9))))]++;
  return sketchOf(counts, -cells / 2, width);
}

const SCALING = fc.record({
  shift: fc.double({ min: -5, max: 5, noNaN: true }),
  scale: fc.constantFrom(0.5, 1, 3),
});

/** The plain loops, and the arena's. */
const COMPARISONS = [
  { name: 'plain loops', compare: compareSketches },
  ...Object.entries(SIMD_CODES).flatMap(([name, code]) => {
    const arena = arenaOf(code);
    const compare = arena && comparisonIn(arena);
    return compare === undefined ? [] : [{ name: `${name} SIMD`, compare }];
  }),
];

/** The same from lists of cells. */
function fromCells(s: Sketch, t: Sketch, ofS: Standardizing, ofT: Standardizing): Comparison {
  const [cellsS, cellsT] = [cellsOf(s), cellsOf(t)];
  const shape = standardizedW1(cellsS, cellsT, ofS, ofT);
  const deviation = meanAbsoluteDeviation(cellsS, ofS.shift);
  return { shape, deviation, ...distances(...comparableCells(s, t)) };
}

function assertAlike(found: Comparison, expected: Comparison): void {
  for (const name of ['w1', 'ks', 'shape', 'deviation'] as const) {
    const error = Math.abs(found[name] - expected[name]);
    assert.ok(
      error <= 1e-9 * Math.max(1, Math.abs(expected[name])) || Object.is(found[name], expected[name]),
      `${name}: ${found[name]}, not ${expected[name]}`,
    );
  }
  // A share of a bin's mass may round to either bin.
  assert.ok(Math.abs(found.js - expected.js) <= 0.02 || Object.is(found.js, expected.js));
}

describe('distances between windows', () => {
  for (const { name: loops, compare } of COMPARISONS) {
    it(`are those between their cells (${loops})`, () => {
      fc.assert(
        fc.property(SKETCH, SKETCH, SCALING, SCALING, (s, t, ofS, ofT) => {
          assertAlike(compare(s, t, ofS, ofT), fromCells(s, t, ofS, ofT));
        }),
        { numRuns: 500 },
      );
    });

    it(`are those of the plain loops between as many values (${loops})`, () => {
      fc.assert(
        fc.property(EQUAL_SKETCHES, SCALING, SCALING, ([s, t], ofS, ofT) => {
          assertAlike(compare(s, t, ofS, ofT), compareSketches(s, t, ofS, ofT));
        }),
        { numRuns: 500 },
      );
    });

    it(`are those between thousands of cells (${loops})`, () => {
      for (const [values, cells, width] of [
        [1000, 700, 1],
        [20000, 2500, 1],
        [20000, 2600, 1],
        [20000, 4096, 0.5],
        [16384, 2048, 2],
        [50000, 9000, 1],
        [8192, 16384, 1],
      ]) {
        const s = normalSketch(20000, 2500, 1, 1);
        const t = normalSketch(values, cells, width, 2);
        for (const shift of [0, 0.5, 300])
          for (const scale of [250, 255, 600])
            for (const [a, b] of [
              [s, t],
              [t, s],
            ]) {
              const [ofA, ofB] = [
                { shift: 0, scale: 250 },
                { shift, scale },
              ];
              assertAlike(compare(a, b, ofA, ofB), fromCells(a, b, ofA, ofB));
            }
      }
    });

    it(`are right whichever references were before (${loops})`, () => {
      const references = Array.from({ length: 90 }, (_, i) => normalSketch(500, 16384, 1, i + 1));
      const t = normalSketch(500, 16384, 1, 100);
      for (let round = 0; round < 2; round++)
        for (const s of references) {
          const of = { shift: round, scale: 1000 };
          assertAlike(compare(s, t, of, of), fromCells(s, t, of, of));
        }
    });

    it(`are those of the plain loops where numbers of values are huge (${loops})`, () => {
      const scaling = { shift: 0, scale: 1 };
      for (const most of [2 ** 28, 2 ** 29, 2 ** 31]) {
        const [s, t] = [
          [1, 0, 0, most, 5],
          [most, 3, 3, 0, 0, 0, 0, 0, 0],
        ].map((counts) => sketchOf(counts, 0, 1));
        for (const other of [s, t])
          assertAlike(compare(s, other, scaling, scaling), compareSketches(s, other, scaling, scaling));
      }
    });

    it(`are unknown of no values (${loops})`, () => {
      const scaling = { shift: 0, scale: 1 };
      const [some, none] = [sketchOf([1, 2], 0, 1), sketchOf([0, 0], 0, 1)];
      for (const [s, t] of [
        [some, none],
        [none, some],
        [none, none],
      ]) {
        const { w1, ks, js, shape } = compare(s, t, scaling, scaling);
        assert.deepEqual([w1, ks, js, shape], [Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
      }
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
