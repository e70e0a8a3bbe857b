import assert from 'node:assert/strict';
import fc from 'fast-check';
import { shiftBetween } from '../../../src/kernel/figures/shift';
import { METHODS } from '../../../src/model/analysis';
import { analyseArray, cStrides, defined, normalValues } from './arrays';

const shapes = fc.record({
  n: fc.integer({ min: 1, max: 5 }),
  c: fc.constantFrom(1, 2, 3, 4, 6, 8),
  h: fc.integer({ min: 1, max: 4 }),
  w: fc.integer({ min: 2, max: 5 }),
  seed: fc.integer({ min: 1, max: 1 << 30 }),
});

function close(actual: number, expected: number, relative = 1e-12, absolute = 1e-12): void {
  if (Number.isNaN(expected) && Number.isNaN(actual)) return;
  const error = Math.abs(actual - expected);
  assert.ok(
    error <= absolute + relative * Math.abs(expected),
    `${actual} is not ${expected} (off by ${error})`,
  );
}

function closeArrays(actual: ArrayLike<number>, expected: ArrayLike<number>, relative?: number): void {
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < actual.length; i++) close(actual[i], expected[i], relative);
}

describe('kernel algebra', () => {
  it('group normalization with G = 1 is layer normalization of the example', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async ({ n, c, h, w, seed }) => {
        const record = await analyseArray(normalValues(n * c * h * w, seed), [n, c, h, w], 'NCHW', {
          groups: 1,
          layerScope: 'example',
        });
        const [group, layer] = [defined(record, 'group'), defined(record, 'layer')];
        closeArrays(group.units!.mean!, layer.units!.mean!);
        closeArrays(group.units!.variance!, layer.units!.variance!);
        close(group.variance, layer.variance);
        assert.deepEqual(group.sketch, layer.sketch);
      }),
      { numRuns: 60 },
    );
  });

  it('group normalization with G = C is instance normalization', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async ({ n, c, h, w, seed }) => {
        const record = await analyseArray(normalValues(n * c * h * w, seed), [n, c, h, w], 'NCHW', {
          groups: c,
        });
        const [group, instance] = [defined(record, 'group'), defined(record, 'instance')];
        closeArrays(group.units!.mean!, instance.units!.mean!);
        closeArrays(group.units!.variance!, instance.units!.variance!);
        assert.deepEqual(group.sketch, instance.sketch);
      }),
      { numRuns: 60 },
    );
  });

  it('chunking changes no count, and a moment by at most 1e-12', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, fc.integer({ min: 1, max: 50 }), async ({ n, c, h, w, seed }, chunk) => {
        const values = normalValues(n * c * h * w, seed);
        for (const layout of ['NCHW', 'NHWC']) {
          const shape = layout === 'NCHW' ? [n, c, h, w] : [n, h, w, c];
          const whole = await analyseArray(values, shape, layout);
          const chunked = await analyseArray(values, shape, layout, {}, { chunk });
          for (const method of METHODS) {
            const [a, b] = [whole.methods[method], chunked.methods[method]];
            assert.equal('reason' in a, 'reason' in b);
            if ('reason' in a || 'reason' in b) continue;
            assert.equal(a.sketch.count, b.sketch.count);
            close(b.mean, a.mean);
            close(b.variance, a.variance);
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it('a layout describes what axes mean, not where they are in memory: NHWC equals its NCHW transpose', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async ({ n, c, h, w, seed }) => {
        const channelsFirst = normalValues(n * c * h * w, seed);
        const channelsLast = new Float64Array(channelsFirst.length);
        const at = (i: number, j: number, k: number, l: number) => ((i * c + j) * h + k) * w + l;
        let out = 0;
        for (let i = 0; i < n; i++)
          for (let k = 0; k < h; k++)
            for (let l = 0; l < w; l++)
              for (let j = 0; j < c; j++) channelsLast[out++] = channelsFirst[at(i, j, k, l)];
        const a = await analyseArray(channelsFirst, [n, c, h, w], 'NCHW', { layerScope: 'position' });
        const b = await analyseArray(channelsLast, [n, h, w, c], 'NHWC', { layerScope: 'position' });
        for (const method of METHODS) {
          const [x, y] = [a.methods[method], b.methods[method]];
          if ('reason' in x || 'reason' in y) continue;
          for (const key of ['mean', 'variance', 'meanSquare'] as const) {
            if (x.units?.[key] !== undefined) closeArrays(y.units![key]!, x.units[key], 1e-11);
          }
          closeArrays(y.channelMean, x.channelMean, 1e-11);
          closeArrays(y.channelStd, x.channelStd, 1e-11);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('Fortran order is the same tensor', async () => {
    const shape = [3, 4, 5, 2];
    const values = normalValues(120);
    const fortran = new Float64Array(120);
    const strides = [1, 3, 12, 60];
    const c = cStrides(shape);
    for (let place = 0; place < 120; place++) {
      const index = shape.map((length, axis) => Math.floor(place / c[axis]) % length);
      fortran[index.reduce((sum, i, axis) => sum + i * strides[axis], 0)] = values[place];
    }
    const a = await analyseArray(values, shape, 'NCHW');
    const b = await analyseArray(fortran, shape, 'NCHW', {}, { strides, chunk: 7 });
    for (const method of METHODS) {
      const [x, y] = [defined(a, method), defined(b, method)];
      close(y.variance, x.variance);
      if (x.units?.variance !== undefined) closeArrays(y.units!.variance!, x.units.variance);
      close(y.halves!.ks, x.halves!.ks);
    }
  });

  it('the shift of a record from itself is zero in every metric', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async ({ n, c, h, w, seed }) => {
        const record = await analyseArray(normalValues(n * c * h * w, seed), [n, c, h, w], 'NCHW');
        for (const [method, metrics] of Object.entries(shiftBetween(record, record))) {
          const { noiseFloor: _, ...values } = metrics;
          for (const [name, value] of Object.entries(values)) assert.equal(value, 0, `${method}.${name}`);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('a location shift is all location, a rescaling all scale', async () => {
    const values = normalValues(4000);
    const base = await analyseArray(values, [40, 100], 'NC');
    const moved = shiftBetween(
      base,
      await analyseArray(
        values.map((x) => x + 3),
        [40, 100],
        'NC',
      ),
    ).none!;
    close(moved.w1, moved.w1Location, 1e-3);
    close(moved.w1Location, 3, 0.05);
    assert.ok(moved.w1Scale < 1e-12 && moved.w1Shape < 1e-2);
    // A run that diverges is 1e20 times as wide as it was.
    for (const factor of [2, 1e20, 1e-20]) {
      const scaled = shiftBetween(
        base,
        await analyseArray(
          values.map((x) => x * factor),
          [40, 100],
          'NC',
        ),
      ).none!;
      close(scaled.w1, scaled.w1Scale, 0.05);
      close(scaled.w1Scale, Math.abs(factor - 1) * Math.sqrt(2 / Math.PI), 0.05);
      close(scaled.logStdRatio, Math.log(factor), 1e-12);
      assert.ok(scaled.w1Shape < 1e-2, `${scaled.w1Shape}`);
    }
  });
});
