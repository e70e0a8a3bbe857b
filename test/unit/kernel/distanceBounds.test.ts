import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { methodShift } from '../../../src/kernel/figures/shift';
import type { MethodSketch } from '../../../src/kernel/record/recordSketch';
import { acquireArena } from '../../../src/kernel/simd/wasmArena';
import { type Cells, cellsOf, comparableCells, type Sketch } from '../../../src/kernel/statistics/sketch';
import { analyseArray, defined } from './arrays';

interface Pair {
  readonly w1: number;
  readonly ks: number;
}

/** By SciPy, from the values: test/fixtures/distances/make.py, whose formulas these are. */
const EXPECTED: Readonly<
  Record<string, Readonly<Record<'none' | 'batch' | 'layer', { readonly shift: Pair; readonly noise: Pair }>>>
> = JSON.parse(readFileSync('test/fixtures/distances/expected.json', 'utf8'));
const SHAPE = [16, 32, 6, 8];
const SIZE = 16 * 32 * 6 * 8;

type Formula = (x: number, i: number) => number;

/** A reference, and a record that has moved. */
const FORMULAS: Readonly<Record<string, readonly [Formula, Formula]>> = {
  'the same': [(x) => x, (x) => x],
  'other values': [(x) => x, (y) => y],
  shifted: [(x) => x, (y) => y + 0.1],
  scaled: [(x) => x, (y) => 1.5 * y],
  narrow: [(x) => x, (y) => 0.01 * y],
  'of one sign': [(x) => Math.abs(x), (y) => Math.abs(y) * 1.1],
  rectified: [(x) => Math.max(x, 0), (y) => Math.max(y - 0.1, 0)],
  'mostly zeros': [(x) => Math.max(x - 0.8, 0), (y) => Math.max(y - 0.7, 0)],
  clipped: [(x) => Math.min(0.5, Math.max(-0.5, x)), (y) => Math.min(0.5, Math.max(-0.5, 1.2 * y))],
  integers: [(x) => Math.floor(3 * x + 0.5), (y) => Math.floor(3.4 * y + 0.5)],
  'atoms less than a cell apart': [(x) => Math.floor(2 * x + 0.5), (y) => Math.floor(2 * y + 0.5) + 1e-4],
  bfloat16: [(x) => bfloat16(3 + x), (y) => bfloat16(3.05 + y)],
  'far from 0': [(x) => 1e4 + x, (y) => 1e4 + y + 0.05],
  'heavy tails': [(x) => Math.tan(1.57 * x), (y) => 1.2 * Math.tan(1.57 * y)],
  outliers: [(x, i) => x + (i % 997 === 5 ? 1e6 : 0), (y) => y + 0.1],
};

function bfloat16(x: number): number {
  const bits = new Uint32Array(Float32Array.of(x).buffer);
  bits[0] = (bits[0] + 0x8000) & 0xffff0000;
  return new Float32Array(bits.buffer)[0];
}

function valuesOf(formula: Formula, from: number): Float32Array {
  return Float32Array.from({ length: SIZE }, (_, k) => {
    const i = from + k;
    return formula(Math.sin(i * i * 0.7 + i), k);
  });
}

/** Mean width of the cells that values are in, and the largest share of values in one cell. */
function spreadOf({ edges, cumulative }: Cells): { readonly width: number; readonly share: number } {
  const total = cumulative[cumulative.length - 1];
  let [width, share] = [0, 0];
  for (let i = 1; i < edges.length; i++) {
    const own = (cumulative[i] - cumulative[i - 1]) / total;
    width += own * (edges[i] - edges[i - 1]);
    share = Math.max(share, own);
  }
  return { width, share };
}

/** What the fast loops' rounding moves an edge by, in cells. */
const EDGE = 5 / 1024;

/** Values may lie anywhere in their cell, so a distance may be off by as much as a cell holds, or is wide. */
function check(what: string, found: Pair, expected: Pair, a: Cells, b: Cells): void {
  const [ofA, ofB] = [spreadOf(a), spreadOf(b)];
  const width = ((ofA.width + ofB.width) / 2) * (1 + 2 * EDGE);
  const w1 = Math.abs(found.w1 - expected.w1);
  assert.ok(
    w1 <= width + 1e-12 * Math.abs(expected.w1),
    `${what}: W1 ${found.w1}, not ${expected.w1}: off by ${w1}, with cells of ${width}`,
  );
  const share = Math.max(ofA.share, ofB.share);
  const ks = Math.abs(found.ks - expected.ks);
  assert.ok(ks <= share + 1e-12, `${what}: KS ${found.ks}, not ${expected.ks}; a cell holds ${share}`);
}

describe('distances of histograms, against SciPy on the values', () => {
  for (const isFast of [true, false])
    for (const [kind, expected] of Object.entries(EXPECTED)) {
      it(`are within a cell for values that are ${kind}${isFast ? '' : ' (plain loops)'}`, async () => {
        const [ofS, ofT] = FORMULAS[kind];
        const arena = isFast ? acquireArena() : undefined;
        const options = { chunk: 50_000, ...(arena === undefined ? {} : { arena }) };
        const s = await analyseArray(valuesOf(ofS, 0), SHAPE, 'NCHW', {}, options);
        const t = await analyseArray(
          valuesOf(ofT, kind === 'the same' ? 0 : SIZE),
          SHAPE,
          'NCHW',
          {},
          options,
        );
        arena?.release();
        for (const method of ['none', 'batch', 'layer'] as const) {
          const [a, b] = [defined(s, method), defined(t, method)];
          const { shift, noise } = expected[method];
          const sigma = Math.sqrt(a.variance);
          const { w1, ks } = methodShift(a, b);
          const cells = comparableCells(a.sketch, b.sketch).map(copied);
          check(`${kind}, ${method}`, { w1: w1 * sigma, ks }, shift, cells[0], cells[1]);
          const own = copied(cellsOf(b.sketch));
          check(`${kind}, noise, ${method}`, halvesOf(b), noise, own, own);
        }
      });
    }
});

function copied({ edges, cumulative }: Cells): Cells {
  return { edges: edges.slice(), cumulative: cumulative.slice() };
}

function halvesOf({ halves }: MethodSketch<Sketch>): Pair {
  assert.ok(halves !== undefined);
  return halves;
}
