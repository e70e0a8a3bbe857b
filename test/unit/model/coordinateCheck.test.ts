import assert from 'node:assert/strict';
import type { RunCatalog } from '../../../src/model/catalog';
import { layerCoordinates, planLayer, widthsOf } from '../../../src/model/coordinateCheck';
import type { Knobs } from '../../../src/model/knobs';
import { openRun } from '../../../src/run/openRun';
import { memoryFiles, npy, ROOT } from '../run/memoryFiles';

/** A run with these layers, by name the shape of each, at these steps. */
async function run(
  layers: Readonly<Record<string, readonly number[]>>,
  knobs: Knobs | undefined = undefined,
  steps: readonly number[] = [0, 10],
): Promise<RunCatalog> {
  const files = steps.flatMap((step) =>
    Object.entries(layers).map(([name, shape]) => [`step_${step}/${name}.npy`, npy(shape)] as const),
  );
  const document =
    knobs === undefined
      ? []
      : [['normscope.json', new TextEncoder().encode(JSON.stringify({ knobs }))] as const];
  return openRun(memoryFiles(Object.fromEntries([...files, ...document])), [ROOT]);
}

describe('model: widths of runs', () => {
  it('are a knob', async () => {
    const runs = [await run({ fc: [4, 8] }, { width: 32 }), await run({ fc: [4, 8] }, { width: 64 })];
    assert.deepEqual(widthsOf(runs), { from: 'knob', widths: [32, 64] });
  });

  it('else the channels of the first layer whose shapes differ in these alone', async () => {
    const runs = [
      await run({ a: [4, 8], b: [4, 3] }),
      await run({ a: [4, 16], b: [4, 3] }),
      await run({ a: [4, 8], b: [4, 3] }),
    ];
    assert.deepEqual(widthsOf(runs), { from: 'channels', widths: [8, 16, 8] });
    assert.equal(widthsOf([await run({ a: [4, 8] }), await run({ a: [5, 16] })]), undefined);
  });

  it('are unknown for equal runs, for one run, and for none', async () => {
    const one = await run({ fc: [4, 8] }, { width: 32 });
    assert.equal(widthsOf([one, await run({ fc: [4, 8] }, { width: 32 })]), undefined);
    assert.equal(widthsOf([one]), undefined);
    assert.equal(widthsOf([]), undefined);
  });
});

describe('model: a check of coordinates', () => {
  it('reads what all runs have, from the first step that they share', async () => {
    const runs = [
      await run({ fc: [4, 8] }, undefined, [0, 10, 20]),
      await run({ other: [4, 8] }),
      await run({ fc: [4, 16] }, undefined, [10, 20, 30]),
    ];
    const plan = planLayer(runs, 0, 0);
    assert.ok(plan !== undefined);
    assert.deepEqual(plan.steps, [10, 20]);
    assert.deepEqual(
      plan.runs.map(({ run: position, first, records }) => [
        position,
        first.step,
        records.map(({ step }) => step),
      ]),
      [
        [0, 10, [10, 20]],
        [2, 10, [10, 20]],
      ],
    );
    assert.deepEqual(planLayer(runs, 0, 0, (steps) => steps.slice(1))?.runs[1].first.step, 10);
    assert.equal(planLayer([runs[0], runs[1]], 0, 0), undefined);
    assert.equal(planLayer([runs[0]], 0, 0), undefined);
  });

  it('fits a slope at each step, and says what is missing', async () => {
    const runs = [await run({ fc: [4, 8] }), await run({ fc: [4, 16] }), await run({ fc: [4, 32] })];
    const plan = planLayer(runs, 0, 0);
    assert.ok(plan !== undefined);
    const widths = [8, 16, 32];
    const found = plan.runs.map(({ run: position, records }) =>
      records.map(({ id, step }) => ({
        record: id,
        size: Math.sqrt(widths[position]),
        change: step === 0 ? 0 : 5,
        ...(step > 0 && { reason: 'Something differs.' }),
      })),
    );
    const layer = layerCoordinates(plan, widths, [found[0], found[1], []]);
    assert.deepEqual(
      layer.steps.map(({ step }) => step),
      [0, 10],
    );
    assert.equal(layer.steps[1].size?.slope.toFixed(9), '0.500000000');
    assert.deepEqual([layer.steps[0].change, layer.steps[1].change?.slope], [undefined, 0]);
    assert.deepEqual(layer.reasons, ['Something differs.']);
    assert.ok(layer.runs[2].size.every(Number.isNaN));
  });
});
