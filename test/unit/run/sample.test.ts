import assert from 'node:assert/strict';
import type { RunCatalog } from '../../../src/model/catalog';
import { openLiveRun } from '../../../src/run/liveRun';
import { openRun } from '../../../src/run/openRun';
import { type Files, memoryFiles, npy, ROOT, safetensors } from './memoryFiles';
import { assertConsistent, said } from './saidCatalog';

const TENSOR = npy([4, 8]);

/** A folder for each step, and a file for each of its layers. */
function stepFolders(steps: number, layersAt: (step: number) => readonly string[]): Files {
  return Object.fromEntries(
    Array.from({ length: steps }, (_, step) =>
      layersAt(step).map((layer) => [`step_${step}/${layer}.npy`, TENSOR] as const),
    ).flat(),
  );
}

const LAYERS = Array.from({ length: 20 }, (_, i) => `block${i >> 1}.${i % 2 === 0 ? 'conv' : 'norm'}`);

/** Opens a run in memory. */
async function opened(files: Files) {
  const fileSystem = memoryFiles(files);
  const samples: { readonly catalog: RunCatalog; readonly filesOpened: number }[] = [];
  const run = await openLiveRun(
    fileSystem,
    [ROOT],
    { onSample: (catalog) => samples.push({ catalog, filesOpened: fileSystem.opened() }) },
    { appendFrom: 2000, sampleFrom: 1500, settling: 1000, now: () => 0 },
  );
  assert.ok(samples.length <= 1);
  const whole = await openRun(memoryFiles(files), [ROOT]);
  return { run, whole, sample: samples[0] };
}

describe('run: the sample of a large run', () => {
  it('is there before most of the files are opened, and shows the extent of the run', async () => {
    const { sample, whole } = await opened(stepFolders(120, () => LAYERS));
    assert.ok(sample.filesOpened < 2400 / 3, `${sample.filesOpened} files opened`);
    const { layers, steps, records } = sample.catalog;
    assert.deepEqual(
      layers.map(({ fullName }) => fullName),
      whole.layers.map(({ fullName }) => fullName),
    );
    assert.deepEqual([steps[0], steps.at(-1)], [0, 119]);
    assert.ok(records.length >= 500);
  });

  it('begins the whole catalog, which says the same as one that is read at once', async () => {
    const { run, sample, whole } = await opened(stepFolders(120, () => LAYERS));
    assert.equal(run.extendsSample, true);
    assert.deepEqual(run.catalog.records.slice(0, sample.catalog.records.length), sample.catalog.records);
    assert.deepEqual(said(run.catalog), said(whole));
    assertConsistent(run.catalog);
    assert.deepEqual(await run.update(), { kind: 'same', waiting: [] });
  });

  it('adds layers and phases that only other files have', async () => {
    const files = {
      ...stepFolders(120, (step) => (step % 7 === 5 ? [...LAYERS, 'late'] : LAYERS)),
      'step_31/eval/block0.conv.npy': TENSOR,
    };
    const { run, whole } = await opened(files);
    assert.deepEqual(said(run.catalog), said(whole));
    assertConsistent(run.catalog);
  });

  it('is dropped where the other files change how names are read', async () => {
    // A layer between the others: they are numbered, so that their order is known.
    const numbered = (step: number) =>
      Array.from({ length: 20 }, (_, i) => `layer_${2 * i}`).concat(step === 13 ? ['layer_1'] : []);
    const { run, sample, whole } = await opened(stepFolders(120, numbered));
    assert.notEqual(sample, undefined);
    assert.equal(run.extendsSample, false);
    assert.deepEqual(run.catalog, whole);
  });

  it('has the first and the last tensors of one large file', async () => {
    const names = Array.from({ length: 6000 }, (_, i) => `step_${Math.floor(i / 20)}/layer${i % 20}`);
    const file = safetensors(Object.fromEntries(names.map((name) => [name, [2, 4]])));
    const { run, sample, whole } = await opened({ 'run.safetensors': file });
    const { steps } = sample.catalog;
    assert.deepEqual([steps[0], steps.at(-1), run.extendsSample], [0, 299, true]);
    assert.deepEqual(said(run.catalog), said(whole));
  });

  it('is not made of a run that is listed in no time', async () => {
    const { run, sample, whole } = await opened(stepFolders(10, () => LAYERS));
    assert.equal(sample, undefined);
    assert.deepEqual(run.catalog, whole);
    assert.equal(run.extendsSample, false);
  });
});
