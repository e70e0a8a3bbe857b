import assert from 'node:assert/strict';
import { optionsFor } from '../../../../src/kernel/methods/recordOptions';
import type { RecordSketch } from '../../../../src/kernel/record/recordSketch';
import { streamRecord } from '../../../../src/kernel/record/streamRecord';
import { areManyRows, streamRows } from '../../../../src/kernel/record/streamRows';
import { acquireArena } from '../../../../src/kernel/simd/wasmArena';
import type { Sketch } from '../../../../src/kernel/statistics/sketch';
import { layoutAxes } from '../../../../src/kernel/tensor/layoutAxes';
import { DEFAULT_OPTIONS, isDefined, METHODS } from '../../../../src/model/analysis';
import { cStrides, streamInArena, streamOf } from '../arrays';

const [ROWS, CHANNELS, GROUPS] = [1001, 48, 16];
/** An even number of rows; the last chunk has an odd one. */
const CHUNK = 96 * CHANNELS;
const SHAPE = [ROWS, CHANNELS];

/** Rows of different scales, some of them constant or not finite. */
function rows(): Float32Array {
  const values = new Float32Array(ROWS * CHANNELS);
  for (let i = 0; i < values.length; i++) {
    const [n, c] = [Math.floor(i / CHANNELS), i % CHANNELS];
    values[i] = n % 97 === 3 ? 2 : (1 + (n % 7)) * Math.sin(12.9898 * (i + 1)) ** 3 + c / 10;
  }
  values[5 * CHANNELS + 7] = Number.NaN;
  values[500 * CHANNELS] = Number.POSITIVE_INFINITY;
  return values;
}

const layer = {
  id: 0,
  name: 'x',
  fullName: 'x',
  layout: 'NC',
  layoutGuessed: true,
  dtype: 'float32',
  shape: SHAPE,
  steps: [0],
} as const;
const axes = layoutAxes(SHAPE, cStrides(SHAPE), 'NC', 'memory:', '');
const options = optionsFor(layer, SHAPE, { ...DEFAULT_OPTIONS, groups: GROUPS });
const affine = {
  gamma: Float64Array.from({ length: CHANNELS }, (_, c) => 0.5 + c / 20),
  beta: Float64Array.from({ length: CHANNELS }, (_, c) => c - 20),
};

describe('kernel: records of many rows', () => {
  it('is for rows of channels whose units would take more memory than the rows at hand', () => {
    const axesOf = (shape: readonly number[], layout: string) =>
      layoutAxes(shape, cStrides(shape), layout, 'memory:', '');
    assert.equal(areManyRows(axesOf([2 ** 21, 1024], 'NC'), { groups: 32 }), true);
    assert.equal(areManyRows(axesOf([2 ** 12, 1024], 'NC'), { groups: 32 }), false);
    assert.equal(areManyRows(axesOf([1024, 2 ** 21], 'CN'), { groups: 32 }), false);
    assert.equal(areManyRows(axesOf([2 ** 21, 8, 128], 'NCL'), { groups: 8 }), false);
  });

  for (const [what, parameters] of [
    ['without γ and β', {}],
    ['with γ and β', affine],
  ] as const) {
    it(`gives the figures and counts of the loops that keep all units, ${what}`, async () => {
      const values = Float64Array.from(rows());
      const stream = streamOf(values, CHUNK);
      const found = await streamRows(axes, stream, options, parameters);
      const expected = await streamRecord(axes, stream, options, { parameters });
      assertSame(found, expected, (count, other) => assert.deepEqual(count, other));
    });

    it(`gives them in an arena, ${what}`, async () => {
      const arena = acquireArena();
      assert.ok(arena !== undefined);
      try {
        const stream = streamInArena(rows(), arena, CHUNK);
        const found = await streamRows(axes, stream, options, parameters);
        arena.clear();
        const expected = await streamRecord(axes, streamOf(rows(), CHUNK), options, { parameters });
        // A value next to an edge may be in the next cell.
        assertSame(found, expected, () => {});
      } finally {
        arena.release();
      }
    });
  }

  it('normalizes each row by its own mean and variance', async () => {
    const values = rows();
    const found = await streamRows(axes, streamOf(values, CHUNK), options);
    const all: number[] = [];
    for (let n = 0; n < ROWS; n++) {
      const row = [...values.subarray(n * CHANNELS, (n + 1) * CHANNELS)].filter(Number.isFinite);
      const mean = row.reduce((sum, x) => sum + x, 0) / row.length;
      const variance = row.reduce((sum, x) => sum + (x - mean) ** 2, 0) / row.length;
      all.push(...row.map((x) => (x - mean) / Math.sqrt(variance + options.epsilon)));
    }
    const { layer: method } = found.methods;
    assert.ok(isDefined(method));
    const mean = all.reduce((sum, y) => sum + y, 0) / all.length;
    assert.equal(method.unitCount, ROWS);
    assert.equal(method.sketch.count, all.length);
    close(method.mean, mean);
    close(method.variance, all.reduce((sum, y) => sum + (y - mean) ** 2, 0) / all.length);
    close(method.sketch.min, Math.min(...all));
    close(method.sketch.max, Math.max(...all));
  });
});

function assertSame(
  found: RecordSketch<Sketch>,
  expected: RecordSketch<Sketch>,
  compareCounts: (found: Uint32Array, expected: Uint32Array) => void,
): void {
  assert.deepEqual(found.counts, expected.counts);
  assert.deepEqual(found.firstNonFinite, expected.firstNonFinite);
  assert.deepEqual(Object.keys(found.methods), Object.keys(expected.methods));
  for (const method of METHODS) {
    const [a, b] = [found.methods[method], expected.methods[method]];
    if (!isDefined(a) || !isDefined(b)) {
      assert.deepEqual(a, b);
      continue;
    }
    const { counts, min, max, ...grid } = a.sketch;
    const { counts: ofB, min: minOfB, max: maxOfB, ...gridOfB } = b.sketch;
    assert.deepEqual(grid, gridOfB);
    compareCounts(counts, ofB);
    for (const [x, y] of [
      [min, minOfB],
      [max, maxOfB],
      [a.mean, b.mean],
      [a.variance, b.variance],
      [a.unitMean?.min, b.unitMean?.min],
      [a.unitMean?.max, b.unitMean?.max],
      [a.unitVariance?.min, b.unitVariance?.min],
      [a.unitVariance?.max, b.unitVariance?.max],
      [a.halves?.w1, b.halves?.w1],
    ])
      close(x, y);
    assert.deepEqual([a.unitCount, a.constantUnits], [b.unitCount, b.constantUnits]);
    for (let c = 0; c < CHANNELS; c++) {
      close(a.channelMean[c], b.channelMean[c]);
      close(a.channelStd[c], b.channelStd[c]);
    }
  }
}

/** Equal up to the rounding of float32 sums. */
function close(found: number | undefined, expected: number | undefined): void {
  if (expected === undefined || found === undefined) assert.equal(found, expected);
  else assert.ok(Math.abs(found - expected) <= 1e-4 * (1 + Math.abs(expected)), `${found} for ${expected}`);
}
