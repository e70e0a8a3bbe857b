import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { residualFigures } from '../../../../src/kernel/figures/residualFigures';
import { residuals } from '../../../../src/kernel/run/residuals';
import { DEFAULT_OPTIONS } from '../../../../src/model/analysis';
import { openRun } from '../../../../src/run/openRun';
import { npyBytes, npyHeader } from '../../../contract/dumpBytes';
import { memoryFiles, ROOT } from '../../run/memoryFiles';

/** By NumPy: test/fixtures/residuals/make.py, whose formulas the values below follow. */
const EXPECTED: readonly { share: number; angle: number; cosine: number }[] = JSON.parse(
  readFileSync('test/fixtures/residuals/residuals.json', 'utf8'),
);
const SHAPE = [3, 10, 16];
const SIZE = 480;
const FACTORS = [1e-4, 0.3, -0.9, 50];

function streams(): readonly Float32Array[] {
  const noise = (seed: number, i: number) => Math.sin((i + 7919 * seed) ** 2 * 0.7 + i + seed);
  let x = Float64Array.from({ length: SIZE }, (_, i) => 2 * noise(1, i) + 1);
  const all = [Float32Array.from(x)];
  FACTORS.forEach((factor, k) => {
    x = x.map((value, i) => value + factor * (noise(k + 2, i) + 0.2 * value));
    all.push(Float32Array.from(x));
  });
  all[2][5] = Number.NaN;
  all[3][7] = Number.POSITIVE_INFINITY;
  return all;
}

/** A run of one step, with a layer for each stream. */
async function runOf(tensors: readonly { values: Float32Array; shape: readonly number[] }[]) {
  const names = tensors.map((_, i) => [`step_0/blocks.${i}.npy`, i] as const);
  const files = memoryFiles(
    Object.fromEntries(
      names.map(([name, i]) => {
        const { values, shape } = tensors[i];
        return [name, npyBytes(npyHeader(`(${shape.join(', ')})`), new Uint8Array(values.buffer))];
      }),
    ),
  );
  const catalog = await openRun(files, [ROOT]);
  const idOf = (i: number) => {
    const layer = catalog.layers.find(({ name, fullName }) => `${fullName} ${name}`.includes(String(i)));
    return catalog.records.find((record) => record.layer === layer?.id)?.id ?? -1;
  };
  const measure = (pairs: readonly (readonly [number, number])[], signal = new AbortController().signal) =>
    residuals(
      files,
      { catalog, options: DEFAULT_OPTIONS },
      pairs.map(([a, b]) => [idOf(a), idOf(b)] as const),
      signal,
    );
  return { files, measure };
}

const memoryPair = (x: readonly number[], y: readonly number[]) => ({
  size: x.length,
  forEach: async (_: number, visit: (x: Float64Array, y: Float64Array, from: number) => void) =>
    visit(Float64Array.from(x), Float64Array.from(y), 0),
});

describe('branches of a residual stream', () => {
  it('have the share and the angle that NumPy finds, without values that are not finite', async () => {
    const { files, measure } = await runOf(streams().map((values) => ({ values, shape: SHAPE })));
    const found = await measure(FACTORS.map((_, i) => [i, i + 1] as const));
    assert.equal(files.opened(), 0);
    assert.equal(found.length, EXPECTED.length);
    found.forEach(({ share, angle }, i) => {
      const expected = EXPECTED[i];
      assert.ok(Math.abs(share - expected.share) < 1e-6 * expected.share, `share ${i}: ${share}`);
      assert.ok(Math.abs(angle - expected.angle) < 1e-6 * expected.angle, `angle ${i}: ${angle}`);
      const cosine = Math.cos((angle * Math.PI) / 180);
      assert.ok(Math.abs(cosine - expected.cosine) < 1e-6, `cosine ${i}: ${cosine}`);
    });
  });

  it('are unknown between streams of different shapes, and the others are measured', async () => {
    const [x, y] = streams();
    const { measure } = await runOf([
      { values: x, shape: SHAPE },
      { values: y, shape: [10, 3, 16] },
      { values: y, shape: SHAPE },
    ]);
    const [other, same] = await measure([
      [0, 1],
      [0, 2],
    ]);
    assert.ok(Number.isNaN(other.share) && Number.isNaN(other.angle));
    assert.ok(Math.abs(same.share - EXPECTED[0].share) < 1e-6 * EXPECTED[0].share);
  });

  it('are not measured any longer once the call is canceled', async () => {
    const { measure } = await runOf(streams().map((values) => ({ values, shape: SHAPE })));
    const controller = new AbortController();
    controller.abort();
    await assert.rejects(measure([[0, 1]], controller.signal), { name: 'AbortError' });
  });

  it('are unknown where the stream is 0', async () => {
    assert.deepEqual(await residualFigures(memoryPair([0, 0], [1, 2])), {
      share: Number.NaN,
      angle: Number.NaN,
    });
  });

  it('have a share and an angle that do not depend on the unit, and 0 for a branch that adds nothing', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: -50, max: 50 })), {
          minLength: 1,
          maxLength: 30,
        }),
        fc.integer({ min: -8, max: 8 }),
        async (values, exponent) => {
          const [x, y] = [values.map(([a]) => a), values.map(([, b]) => b)];
          if (x.every((value) => value === 0)) return;
          const unit = 2 ** exponent;
          const scaled = memoryPair(
            x.map((value) => unit * value),
            y.map((value) => unit * value),
          );
          assert.deepEqual(await residualFigures(scaled), await residualFigures(memoryPair(x, y)));
          assert.deepEqual(await residualFigures(memoryPair(x, x)), { share: 0, angle: 0 });
          const opposite = await residualFigures(
            memoryPair(
              x,
              x.map((value) => -value),
            ),
          );
          assert.deepEqual(opposite, { share: 2, angle: 180 });
        },
      ),
    ));
});
