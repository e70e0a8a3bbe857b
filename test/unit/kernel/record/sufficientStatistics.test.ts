import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { LayerParameters } from '../../../../src/kernel/methods/layerParameters';
import type { RecordOptions } from '../../../../src/kernel/methods/recordOptions';
import { deriveSketch } from '../../../../src/kernel/record/deriveSketch';
import { KEPT_LIMIT, measureRecord } from '../../../../src/kernel/record/measureRecord';
import type { RecordSketch } from '../../../../src/kernel/record/recordSketch';
import {
  mergeStatistics,
  ownedStatistics,
  type SufficientStatistics,
  statisticsBytes,
  transferables,
} from '../../../../src/kernel/record/sufficientStatistics';
import { acquireArena } from '../../../../src/kernel/simd/wasmArena';
import { percentilesOf } from '../../../../src/kernel/statistics/percentile';
import type { Sketch } from '../../../../src/kernel/statistics/sketch';
import { layoutAxes, sampleRange } from '../../../../src/kernel/tensor/layoutAxes';
import { METHODS } from '../../../../src/model/analysis';
import { cStrides, defined, normalValues, streamInArena, streamOf } from '../arrays';

interface Case {
  readonly layout: string;
  readonly shape: readonly number[];
}

/** Large enough for histograms of blocks, in two parts too. */
const BLOCKS: Case = { layout: 'NCHW', shape: [17, 64, 48, 48] };
const SMALLER_BLOCKS: Case = { layout: 'NCHW', shape: [8, 64, 48, 48] };
const VALUES: readonly Case[] = [
  { layout: 'NCHW', shape: [7, 12, 5, 5] },
  { layout: 'NC', shape: [37, 24] },
  { layout: 'NLC', shape: [5, 9, 16] },
];

function optionsOf({ layout }: Case, groups = 4, epsilon = 1e-5): RecordOptions {
  return { layout, epsilon, groups, layerScope: layout === 'NLC' ? 'position' : 'example' };
}

function axesOf({ layout, shape }: Case) {
  return layoutAxes(shape, cStrides(shape), layout, 'memory:', '');
}

/** The statistics of samples [from, to). */
async function measured(
  each: Case,
  values: Float32Array,
  from = 0,
  to = each.shape[0],
  chunk = 77_777,
): Promise<SufficientStatistics> {
  const range = sampleRange(axesOf(each), from, to);
  assert.ok(range !== undefined);
  const arena = acquireArena();
  assert.ok(arena !== undefined);
  const part = values.slice(range.start, range.start + range.axes.size);
  const statistics = await measureRecord(
    range.axes,
    streamInArena(part, arena, chunk),
    optionsOf(each).layerScope,
  );
  arena.release();
  assert.ok(statistics !== undefined);
  return statistics;
}

function close(actual: number, expected: number, relative: number, what: string): void {
  const error = Math.abs(actual - expected);
  assert.ok(
    error <= relative * Math.max(1, Math.abs(expected)) || Object.is(actual, expected),
    `${what}: ${actual}, not ${expected}`,
  );
}

function assertAlike(a: RecordSketch<Sketch>, b: RecordSketch<Sketch>, relative = 1e-12): void {
  assert.deepEqual(a.counts, b.counts);
  assert.deepEqual(a.firstNonFinite, b.firstNonFinite);
  for (const method of METHODS) {
    if ('reason' in b.methods[method]) continue;
    const [x, y] = [defined(a, method), defined(b, method)];
    assert.equal(x.sketch.count, y.sketch.count, method);
    close(x.mean, y.mean, relative, `${method} mean`);
    close(x.variance, y.variance, relative, `${method} variance`);
    for (const [unit, variance] of (y.units?.variance ?? []).entries())
      close(x.units?.variance?.[unit] ?? Number.NaN, variance, relative, `${method} variance of ${unit}`);
    for (const [c, mean] of y.channelMean.entries())
      close(x.channelMean[c], mean, 1e-11, `${method} channel ${c}`);
    const levels = [5, 50, 95];
    const [p, q] = [percentilesOf(x.sketch, levels), percentilesOf(y.sketch, levels)];
    for (const [i, level] of levels.entries())
      assert.ok(Math.abs(p[i] - q[i]) <= 2 * y.sketch.width, `${method} p${level}: ${p[i]}, not ${q[i]}`);
    if (x.halves !== undefined && y.halves !== undefined)
      close(x.halves.w1, y.halves.w1, 1e-3, `${method} halves`);
  }
}

describe('statistics of a record', () => {
  const large = Float32Array.from(normalValues(17 * 64 * 48 * 48, 3), (x, i) =>
    i === 1_500_007 ? Number.NaN : i % 3 === 0 ? Math.max(0, x) : x + (i % 64),
  );

  for (const each of VALUES) {
    it(`may borrow their values, and own a copy later: ${each.layout}`, async () => {
      const values = Float32Array.from(normalValues(axesOf(each).size));
      const arena = acquireArena();
      assert.ok(arena !== undefined);
      const recordOptions = optionsOf(each);
      const stream = streamInArena(values, arena, values.length);
      const borrowed = await measureRecord(axesOf(each), stream, recordOptions.layerScope, KEPT_LIMIT, true);
      assert.ok(borrowed !== undefined);
      const expected = deriveSketch(await measured(each, values), recordOptions, { withUnits: true });
      assert.deepEqual(deriveSketch(borrowed, recordOptions, { withUnits: true }, arena), expected);
      const own = ownedStatistics(borrowed);
      assert.ok(statisticsBytes(own) - statisticsBytes(borrowed) === values.byteLength);
      arena.values(values.length).fill(Number.NaN);
      arena.release();
      assert.deepEqual(deriveSketch(own, recordOptions, { withUnits: true }), expected);
    });
  }

  it('give one method alone as they give it with the others', async () => {
    for (const each of [BLOCKS, ...VALUES]) {
      const size = each.shape.reduce((a, b) => a * b, 1);
      const statistics = await measured(
        each,
        each === BLOCKS ? large : Float32Array.from(normalValues(size)),
      );
      const { methods } = deriveSketch(statistics, optionsOf(each));
      for (const only of METHODS)
        assert.deepEqual(deriveSketch(statistics, optionsOf(each), { only }).methods, {
          [only]: methods[only],
        });
    }
  });

  it('of parts, merged, are those of the whole: blocks', async () => {
    const whole = await measured(BLOCKS, large);
    const parts = [await measured(BLOCKS, large, 0, 9), await measured(BLOCKS, large, 9, 17, 50_000)];
    assert.deepEqual(
      [...parts, whole].map((each) => each.parts[0].contents.kind),
      ['blocks', 'blocks', 'blocks'],
    );
    const recordOptions = optionsOf(BLOCKS, 8);
    const a = deriveSketch(mergeStatistics(parts), recordOptions, { withUnits: true });
    assertAlike(a, deriveSketch(whole, recordOptions, { withUnits: true }));
    assert.ok(statisticsBytes(whole) < large.byteLength / 4);
  });

  it('of parts, merged, are those of the whole: values', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...VALUES), fc.nat(), fc.nat(), async (each, cut, seed) => {
        const size = each.shape.reduce((a, b) => a * b, 1);
        const values = Float32Array.from(normalValues(size, 1 + seed), (x, i) =>
          i % 91 === 13 ? Number.NaN : x,
        );
        const at = 1 + (cut % (each.shape[0] - 1));
        const parts = [await measured(each, values, 0, at), await measured(each, values, at)];
        const recordOptions = optionsOf(each);
        assertAlike(
          deriveSketch(mergeStatistics(parts), recordOptions, { withUnits: true }),
          deriveSketch(await measured(each, values), recordOptions, { withUnits: true }),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('of blocks do not depend on the chunks', async () => {
    const first = await measured(BLOCKS, large, 0, 17, 131_072);
    for (const chunk of [1000, 99_991]) assert.deepEqual(await measured(BLOCKS, large, 0, 17, chunk), first);
  });

  it('can be cloned and transferred', async () => {
    for (const each of [BLOCKS, ...VALUES]) {
      const size = each.shape.reduce((a, b) => a * b, 1);
      const statistics = await measured(
        each,
        each === BLOCKS ? large : Float32Array.from(normalValues(size)),
      );
      const expected = deriveSketch(statistics, optionsOf(each));
      const moved = structuredClone(statistics, { transfer: transferables(statistics) });
      assert.deepEqual(deriveSketch(moved, optionsOf(each)), expected);
    }
  });

  it('refuse to merge what does not belong together', async () => {
    const [a, b] = [VALUES[1], { layout: 'NC', shape: [37, 12] }];
    const one = await measured(a, Float32Array.from(normalValues(37 * 24)));
    const other = await measured(b, Float32Array.from(normalValues(37 * 12)));
    assert.throws(() => mergeStatistics([one, other]), /same channels/);
    assert.throws(
      () => deriveSketch(one, { ...optionsOf(a), layerScope: 'position' }),
      /Measured per example/,
    );
  });

  for (const each of [SMALLER_BLOCKS, ...VALUES]) {
    it(`with learned scale and shift: ${each.layout} [${each.shape.join(', ')}]`, async () => {
      const size = each.shape.reduce((a, b) => a * b, 1);
      const values =
        each === SMALLER_BLOCKS
          ? large.slice(0, size)
          : Float32Array.from(normalValues(size, 9), (x) => 2 * x + 1);
      const { channels } = axesOf(each);
      const draw = normalValues(4 * channels, 5);
      const parameters: LayerParameters = {
        // One channel is switched off, some are turned around.
        gamma: Float64Array.from({ length: channels }, (_, c) => (c === 1 ? 0 : draw[c])),
        beta: draw.slice(channels, 2 * channels),
        mean: draw.slice(2 * channels, 3 * channels),
        variance: draw.slice(3 * channels).map((x) => x * x),
      };
      const recordOptions = optionsOf(each);
      const found = deriveSketch(await measured(each, values), recordOptions, { parameters });
      for (const method of METHODS) {
        if ('reason' in found.methods[method]) continue;
        const expected = afterwards(each, values, method, recordOptions, parameters);
        const own = defined(found, method);
        const { mean, variance } = momentsOf(expected);
        close(own.mean, mean, 1e-9, `${method} mean`);
        close(own.variance, variance, 1e-9, `${method} variance`);
        const sorted = expected.sort();
        assert.equal(own.sketch.count, sorted.length);
        close(own.sketch.min, sorted[0], 1e-9, `${method} min`);
        close(own.sketch.max, sorted[sorted.length - 1], 1e-9, `${method} max`);
        const at = (level: number) => sorted[Math.round((level / 100) * (sorted.length - 1))];
        const levels = [5, 15, 50, 85, 95];
        const percentiles = percentilesOf(own.sketch, levels);
        for (const [i, level] of levels.entries()) {
          const error = Math.abs(percentiles[i] - at(level));
          const between = each === SMALLER_BLOCKS ? 0 : neighbours(sorted, level);
          assert.ok(error <= 0.005 * (at(85) - at(15)) + between, `${method} p${level}: off by ${error}`);
        }
      }
    });
  }

  it('of values that are not float32 are kept as they are', async () => {
    const each = VALUES[1];
    const values = normalValues(37 * 24).map((x) => 1e12 + x);
    const statistics = await measureRecord(axesOf(each), streamOf(values), 'example');
    assert.ok(statistics !== undefined);
    const own = defined(deriveSketch(statistics, optionsOf(each)), 'none');
    assert.equal(
      own.sketch.min,
      values.reduce((a, b) => Math.min(a, b)),
    );
  });
});

function neighbours(sorted: Float64Array, level: number): number {
  const rank = Math.round((level / 100) * (sorted.length - 1));
  return sorted[Math.min(rank + 1, sorted.length - 1)] - sorted[Math.max(rank - 1, 0)];
}

function momentsOf(values: Float64Array): { mean: number; variance: number } {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return { mean, variance: values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length };
}

/** (x − µ)/√(σ² + ε)·γ + β of every finite value, by the definition. */
function afterwards(
  { layout, shape }: Case,
  values: Float32Array,
  method: (typeof METHODS)[number],
  { groups, epsilon }: RecordOptions,
  { gamma, beta, mean, variance }: LayerParameters,
): Float64Array {
  const channels = shape[layout.indexOf('C')];
  const perSample = values.length / shape[0];
  const isLast = layout === 'NLC' || layout === 'NC';
  const channelOf = (i: number) =>
    isLast ? i % channels : Math.floor((i % perSample) / (perSample / channels));
  const unitOf = (i: number): number => {
    const [n, c] = [Math.floor(i / perSample), channelOf(i)];
    if (method === 'batch') return c;
    if (method === 'instance') return n * channels + c;
    if (method === 'group') return n * groups + Math.floor((c * groups) / channels);
    return layout === 'NLC' ? Math.floor(i / channels) : n;
  };
  const size = values.length;
  const own = new Int32Array(size);
  for (let i = 0; i < size; i++) own[i] = method === 'none' ? 0 : unitOf(i);
  const units = 1 + own.reduce((a, b) => Math.max(a, b));
  const [count, centre, spread] = [0, 1, 2].map(() => new Float64Array(units));
  const isUsed = (i: number) => values[i] - values[i] === 0;
  for (let i = 0; i < size; i++) if (isUsed(i)) count[own[i]]++;
  for (let i = 0; i < size; i++) if (isUsed(i)) centre[own[i]] += values[i] / count[own[i]];
  if (method === 'rms') centre.fill(0);
  for (let i = 0; i < size; i++)
    if (isUsed(i)) spread[own[i]] += (values[i] - centre[own[i]]) ** 2 / count[own[i]];
  if (method === 'batch' && mean !== undefined && variance !== undefined) {
    centre.set(Array.from(mean));
    spread.set(Array.from(variance));
  }
  const result = new Float64Array(size);
  let finite = 0;
  for (let i = 0; i < size; i++) {
    if (!isUsed(i)) continue;
    const c = channelOf(i);
    const normal = (values[i] - centre[own[i]]) / Math.sqrt(spread[own[i]] + epsilon);
    result[finite++] = method === 'none' ? values[i] : normal * (gamma?.[c] ?? 1) + (beta?.[c] ?? 0);
  }
  return result.subarray(0, finite);
}
