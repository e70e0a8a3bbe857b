import assert from 'node:assert/strict';
import fc from 'fast-check';
import { magnitude } from '../../../../src/kernel/figures/magnitude';
import { countsBelow } from '../../../../src/kernel/figures/shares';
import { methodShift, shiftBetween } from '../../../../src/kernel/figures/shift';
import { summarize } from '../../../../src/kernel/figures/summary';
import {
  ComparedAt,
  Known,
  type RecordLoops,
  recordLoopsIn,
} from '../../../../src/kernel/record/recordLoops';
import type { MethodSketch, RecordSketch } from '../../../../src/kernel/record/recordSketch';
import { comparisonIn } from '../../../../src/kernel/simd/compareSketchesSimd';
import { arenaOf, SIMD_CODES } from '../../../../src/kernel/simd/wasmArena';
import { compareSketches } from '../../../../src/kernel/statistics/compareSketches';
import { percentilesOf } from '../../../../src/kernel/statistics/percentile';
import type { Sketch } from '../../../../src/kernel/statistics/sketch';
import { isDefined, METHODS, type NotApplicable, type ShiftMetrics } from '../../../../src/model/analysis';
import { analyseArray, normalValues } from '../arrays';
import { SKETCHES } from '../statistics/sketches';

const PERCENTILES = [0, 1, 15, 50, 85, 99.5, 100];

/** Layouts where some methods do not apply, or are the same; with an odd number of channels, and one sample. */
const CASES: readonly (readonly [layout: string, shape: readonly number[]])[] = [
  ['NC', [64, 16]],
  ['NCHW', [8, 7, 8, 8]],
  ['NLC', [4, 16, 48]],
  ['CHW', [5, 4, 4]],
];

/** Values of a kind, and others to compare them with. */
const KINDS: Readonly<Record<string, (size: number, seed: number) => Float64Array>> = {
  normal: normalValues,
  rectified: (size, seed) => normalValues(size, seed).map((x) => Math.max(0, x)),
  constant: (size, seed) => new Float64Array(size).fill(seed),
  zero: (size) => new Float64Array(size),
  'not finite': (size) => new Float64Array(size).fill(Number.NaN),
  'partly not finite': (size, seed) =>
    normalValues(size, seed).map((x, i) => [x, Number.NaN, x, Number.POSITIVE_INFINITY, x][i % 5]),
  'partly infinite, and huge': (size, seed) =>
    normalValues(size, seed).map((x, i) => (i % 7 === 0 ? Number.NEGATIVE_INFINITY : x * 1e300)),
  subnormal: (size, seed) => normalValues(size, seed).map((x) => x * 1e-310),
  'far from 0': (size, seed) => normalValues(size, seed).map((x) => 1e4 + 1e-2 * x),
  'with outliers': (size, seed) => normalValues(size, seed).map((x, i) => (i % 97 === 0 ? x * 1e30 : x)),
  bounded: (size, seed) => normalValues(size, seed).map(Math.tanh),
};

const LOOPS = Object.entries(SIMD_CODES).flatMap(([name, code]) => {
  const [arena, other] = [arenaOf(code), arenaOf(code)];
  const loops = arena && recordLoopsIn(arena);
  const compare = other && comparisonIn(other);
  return loops === undefined || compare === undefined ? [] : [{ name, loops, compare }];
});

/** A record with this distribution alone. */
function recordOf(sketch: Sketch): RecordSketch {
  const { count, min, max } = sketch;
  const [channelMean, channelStd] = [Float64Array.of((min + max) / 2), Float64Array.of(max - min)];
  const figures = { mean: channelMean[0], variance: channelStd[0] ** 2, unitCount: 0 };
  return {
    ...{ layout: 'NC', epsilon: 1e-5, groups: 1, layerScope: 'example' as const },
    counts: { count, finite: count, nan: 0, posInf: 0, negInf: 0, zeros: 0 },
    methods: { none: { sketch, ...figures, channelMean, channelStd } } as unknown as RecordSketch['methods'],
  };
}

function assertFigures(loops: RecordLoops, record: RecordSketch): void {
  const found = loops.percentiles(record, PERCENTILES);
  for (const [i, method] of METHODS.entries()) {
    const each: MethodSketch | NotApplicable | undefined = record.methods[method];
    const at = i * (1 + PERCENTILES.length);
    if (found?.[at] !== 1 || each === undefined || !isDefined(each)) continue;
    const percentiles = [...found.subarray(at + 1, at + 1 + PERCENTILES.length)];
    assert.deepEqual(percentiles, percentilesOf(each.sketch, PERCENTILES), method);
  }
  const raw = record.methods.none;
  if (found?.[0] !== 1 || !isDefined(raw)) return;
  const { sketch, mean } = raw;
  const below = countsBelow(sketch);
  const inside = [0.1, 0.5, 0.9].map((part) => sketch.min + part * (sketch.max - sketch.min));
  for (const x of [sketch.min, sketch.max, mean, 0, 1e-300, -1e300, 1e300, ...inside])
    assert.equal(loops.countBelow(x), below(x), `below ${x}`);
  assert.deepEqual(magnitude(record, loops), magnitude(record));
}

/** Whether the loops did it for all methods of both. */
function assertShifts(
  { loops, compare }: (typeof LOOPS)[number],
  reference: RecordSketch,
  record: RecordSketch,
): boolean {
  const compared: Float64Array | undefined = loops.compare(reference, record);
  if (compared === undefined) return false;
  let isAll = true;
  for (const [i, method] of METHODS.entries()) {
    const [s, t] = [reference.methods[method], record.methods[method]];
    const results: Float64Array = compared.subarray(i * ComparedAt.Length, (i + 1) * ComparedAt.Length);
    const known = results[ComparedAt.Known];
    if (s === undefined || t === undefined || !isDefined(s) || !isDefined(t)) {
      assert.equal(known, Known.Absent);
      continue;
    }
    if (known < 0) {
      const same = METHODS[-1 - known];
      assert.deepEqual([reference.methods[same], record.methods[same]], [s, t]);
      continue;
    }
    if (known !== Known.Yes) isAll = false;
    else {
      const ofS = { shift: s.mean, scale: Math.sqrt(s.variance) };
      const expected = compare(s.sketch, t.sketch, ofS, { shift: t.mean, scale: Math.sqrt(t.variance) });
      const { channelFrechet } = methodShift(s, t, compareSketches);
      const { w1, ks, js, shape, deviation } = expected;
      assert.deepEqual([...results.subarray(1)], [w1, ks, js, shape, deviation, channelFrechet], method);
    }
  }
  return isAll;
}

describe('loops over all methods of a record', () => {
  for (const each of LOOPS)
    for (const [layout, shape] of CASES)
      it(`find what the plain loops do: ${layout} (${each.name})`, async () => {
        const size = shape.reduce((a, b) => a * b, 1);
        const records: RecordSketch[] = [];
        for (const values of Object.values(KINDS))
          for (const seed of [1, 2]) records.push(await analyseArray(values(size, seed), shape, layout));
        for (const record of records) assertFigures(each.loops, record);
        for (const reference of records) for (const record of records) assertShifts(each, reference, record);
        assert.ok(assertShifts(each, records[0], records[1]), 'normal values have ranks');
        assert.ok(assertShifts(each, records[0], records[0]), 'a record and itself');
      });

  for (const { name, loops } of LOOPS)
    it(`find what the plain loops do in any distribution (${name})`, () => {
      fc.assert(
        fc.property(SKETCHES, (sketch) => assertFigures(loops, recordOf(sketch))),
        { numRuns: 500 },
      );
    });

  for (const each of LOOPS)
    it(`are right whichever references were before (${each.name})`, async () => {
      const shape = [2, 12000];
      const records: RecordSketch[] = [];
      for (let seed = 0; seed < 12; seed++)
        records.push(await analyseArray(normalValues(24000, seed + 1), shape, 'NC'));
      for (let round = 0; round < 2; round++)
        for (const reference of records) assert.ok(assertShifts(each, reference, records[0]));
    });

  for (const { name, loops } of LOOPS)
    it(`leave what is too large to the plain loops (${name})`, async () => {
      const record = await analyseArray(normalValues(120000, 1), [2, 60000], 'NC');
      assert.equal(loops.percentiles(record, PERCENTILES), undefined);
      assert.equal(loops.compare(record, record), undefined);
      const small = await analyseArray(normalValues(64, 1), [8, 8], 'NC');
      assert.equal(loops.percentiles(small, new Array(65).fill(50)), undefined);
    });

  it('make the shifts and summaries of the plain loops', async () => {
    const [reference, record] = await Promise.all(
      [1, 2].map((seed) => analyseArray(normalValues(4096, seed), [4, 16, 8, 8], 'NCHW')),
    );
    const shifts = shiftBetween(reference, record);
    const { methods } = summarize(0, record, PERCENTILES);
    for (const method of METHODS) {
      const [s, t, summary] = [reference.methods[method], record.methods[method], methods[method]];
      if (!isDefined(s) || !isDefined(t) || !isDefined(summary)) continue;
      assert.deepEqual(summary.percentiles, percentilesOf(t.sketch, PERCENTILES));
      const expected = methodShift(s, t);
      const found = shifts[method];
      assert.deepEqual(found?.noiseFloor, expected.noiseFloor);
      for (const key of Object.keys(expected) as (keyof ShiftMetrics)[]) {
        const [a, b] = [found?.[key], expected[key]];
        if (typeof b !== 'number' || key === 'js') continue;
        assert.ok(
          Math.abs(Number(a) - b) <= 1e-9 * Math.max(1, Math.abs(b)),
          `${method} ${key}: ${a}, not ${b}`,
        );
      }
    }
  });
});
