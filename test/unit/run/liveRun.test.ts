import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LiveCatalog } from '../../../src/model/liveCatalog';
import { seriesOf } from '../../../src/model/series';
import { type LiveRun, type LiveRunSettings, openLiveRun } from '../../../src/run/liveRun';
import { openRun } from '../../../src/run/openRun';
import { type GrowingFiles, growingFiles } from './growingFiles';
import { npy, ROOT, safetensors, text } from './memoryFiles';
import { assertConsistent, said } from './saidCatalog';

const LAYERS = { 'net.fc1': [4, 8], 'net.fc2': [4, 8], 'net.bn': [4, 8] };

let now = 0;
/** Every run is read in whole. */
const WHOLE: LiveRunSettings = {
  appendFrom: Number.POSITIVE_INFINITY,
  sampleFrom: Number.POSITIVE_INFINITY,
  settling: 1000,
  now: () => now,
};
/** Every run is large. */
const APPENDED: LiveRunSettings = { ...WHOLE, appendFrom: 0 };

const step = (at: number) => `step_${String(at).padStart(6, '0')}.safetensors`;
const uri = (path: string) => `${ROOT}/${path}`;

/** A copy of the run that gets only its updates, like those of the host and the panel. */
function follower(run: LiveRun) {
  let live = new LiveCatalog(run.catalog);
  const kinds: string[] = [];
  return {
    kinds,
    catalog: () => live.current,
    update: async (...paths: readonly string[]) => {
      const update = await run.update(paths.length === 0 ? undefined : paths.map(uri));
      kinds.push(update.kind);
      if (update.kind === 'delta') live.apply(update.delta);
      if (update.kind === 'reset') live = new LiveCatalog(update.catalog);
      assertConsistent(live.current);
      assert.deepEqual(said(live.current), said(run.catalog));
      return update;
    },
  };
}

const open = (files: GrowingFiles, settings = WHOLE) => openLiveRun(files.fileSystem, [ROOT], {}, settings);

/** Files of one kind of run, in the order in which they are written. */
const RUNS: Readonly<Record<string, (count: number) => [string, Uint8Array][]>> = {
  'a file a step': (count) => Array.from({ length: count }, (_, i) => [step(100 * i), safetensors(LAYERS)]),
  'a file a step and rank': (count) =>
    Array.from({ length: count }, (_, i) => [
      `step_${String(i >> 1).padStart(6, '0')}_rank${i % 2}.safetensors`,
      safetensors(LAYERS),
    ]),
  'a folder a step': (count) =>
    Array.from({ length: count }, (_, i) => [`step_${i >> 1}/conv${1 + (i % 2)}.npy`, npy([2, 3, 4, 4])]),
  'step in epoch': (count) =>
    Array.from({ length: count }, (_, i) => [
      `epoch_${i >> 1}_step_${i % 2}.safetensors`,
      safetensors(LAYERS),
    ]),
  'bare numbers': (count) =>
    Array.from({ length: count }, (_, i) => [`acts_${i}.safetensors`, safetensors(LAYERS)]),
  'phases, and a layer that comes late': (count) =>
    Array.from({ length: count }, (_, i) => [
      `${i % 3 === 2 ? 'eval' : 'train'}_step_${i}.safetensors`,
      safetensors(i > 4 ? { ...LAYERS, 'net.head': [4, 2] } : LAYERS),
    ]),
  'calls of a shared module': (count) =>
    Array.from({ length: count }, (_, i) => [
      step(i),
      safetensors(i === 0 ? LAYERS : { ...LAYERS, 'net.fc1#1': [4, 8] }),
    ]),
};

describe('run: updates', () => {
  for (const [name, filesOf] of Object.entries(RUNS)) {
    for (const [way, settings] of [
      ['read in whole', WHOLE],
      ['appended', APPENDED],
    ] as const) {
      it(`${name}, in any split, ${way}: the same as opened at once`, async () => {
        await fc.assert(
          fc.asyncProperty(
            fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 }),
            fc.boolean(),
            async (portions, hinted) => {
              const all = filesOf(portions.reduce((a, b) => a + b, 0));
              const files = growingFiles(Object.fromEntries(all.slice(0, portions[0])));
              const view = follower(await open(files, settings));
              let at = portions[0];
              for (const portion of portions.slice(1)) {
                const more = all.slice(at, at + portion);
                at += portion;
                files.write(Object.fromEntries(more));
                await view.update(...(hinted ? more.map(([path]) => path) : []));
              }
              // A complete listing settles what was read early.
              await view.update();
              assert.deepEqual(said(view.catalog()), said(await openRun(files.fileSystem, [ROOT])));
            },
          ),
          { numRuns: 40 },
        );
      });
    }
  }

  it('existing ids stay; new records come after them', async () => {
    const files = growingFiles({ [step(0)]: safetensors(LAYERS), [step(100)]: safetensors(LAYERS) });
    const run = await open(files);
    const before = run.catalog;
    files.write({ [step(200)]: safetensors(LAYERS) });
    const update = await run.update([uri(step(200))]);
    assert.ok(update.kind === 'delta');
    assert.deepEqual(
      update.delta.added.map(({ id, step: at }) => [id, at]),
      [
        [6, 200],
        [7, 200],
        [8, 200],
      ],
    );
    assert.deepEqual(run.catalog.records.slice(0, 6), before.records);
    assert.deepEqual(run.catalog.layers[0].steps, [0, 100, 200]);
    assert.deepEqual(run.catalog.steps, [0, 100, 200]);
  });

  it('opens only the files that are new', async () => {
    const files = growingFiles(Object.fromEntries(RUNS['a file a step'](20)));
    for (const hinted of [true, false]) {
      const run = await open(files, APPENDED);
      const opened = files.opened();
      const name = step(hinted ? 5000 : 6000);
      files.write({ [name]: safetensors(LAYERS) });
      await run.update(hinted ? [uri(name)] : undefined);
      assert.equal(files.opened(), opened + 1);
    }
  });

  it('a run that is read in a hurry says the same, update for update', async () => {
    const files = growingFiles(Object.fromEntries(RUNS['a file a step'](3)));
    const [whole, hurried] = [await open(files), await open(files, APPENDED)];
    for (let i = 3; i < 8; i++) {
      files.write({ [step(100 * i)]: safetensors(LAYERS) });
      for (const run of [whole, hurried])
        assert.equal((await run.update([uri(step(100 * i))])).kind, 'delta');
      assert.deepEqual(hurried.catalog, whole.catalog);
    }
  });

  it('no change is reported if nothing is new', async () => {
    const files = growingFiles(Object.fromEntries(RUNS['a file a step'](3)));
    const run = await open(files);
    assert.deepEqual(await run.update(), { kind: 'same', waiting: [] });
    files.write({ '.step_000300.safetensors.tmp-1': text('half'), 'train.log': text('loss 3') });
    for (const hints of [undefined, [uri('.step_000300.safetensors.tmp-1'), uri('train.log')]])
      assert.deepEqual(await run.update(hints), { kind: 'same', waiting: [] });
  });

  it('a run that is still empty, then has its first step', async () => {
    const files = growingFiles({ 'train.log': text('') });
    const view = follower(await open(files));
    assert.deepEqual(view.catalog().layers, []);
    files.write({ [step(0)]: safetensors(LAYERS) });
    await view.update(step(0));
    assert.equal(view.catalog().records.length, 3);
    assert.deepEqual(view.catalog().problems, []);
  });

  it('a folder that is deleted and made again', async () => {
    const files = growingFiles({ 'runs/a/step_1.npy': npy([2, 3]), 'other.npy': npy([2, 3]) });
    const run = await openLiveRun(files.fileSystem, [uri('runs/a')], {}, WHOLE);
    files.remove('runs/a/step_1.npy');
    // Folders in memory are there as long as something is in them.
    const gone = await run.update();
    assert.ok(gone.kind === 'reset');
    assert.deepEqual(gone.catalog.records, []);
    files.write({ 'runs/a/step_1.npy': npy([2, 3]), 'runs/a/step_2.npy': npy([2, 3]) });
    const back = await run.update([uri('runs/a/step_2.npy')]);
    assert.ok(back.kind === 'reset');
    assert.deepEqual(back.catalog.steps, [1, 2]);
  });

  it('a ring of steps: the oldest goes as a new one comes', async () => {
    const files = growingFiles(Object.fromEntries(RUNS['a file a step'](4)));
    const view = follower(await open(files));
    for (let i = 4; i < 12; i++) {
      files.write({ [step(100 * i)]: safetensors(LAYERS) });
      files.remove(step(100 * (i - 4)));
      await view.update(step(100 * i), step(100 * (i - 4)));
    }
    assert.ok(view.kinds.every((kind) => kind === 'delta'));
    assert.deepEqual(view.catalog().steps, [800, 900, 1000, 1100]);
    assert.deepEqual(
      seriesOf(view.catalog(), 0, 0).map(({ step: at }) => at),
      [800, 900, 1000, 1100],
    );
  });

  it('a rewritten file keeps its records, which are reported as changed', async () => {
    const files = growingFiles(Object.fromEntries(RUNS['a file a step'](3)));
    const run = await open(files);
    files.write({ [step(100)]: safetensors(LAYERS) });
    const update = await run.update([uri(step(100))]);
    assert.ok(update.kind === 'delta');
    const { added, changed, removed } = update.delta;
    assert.deepEqual([added, removed], [[], []]);
    assert.deepEqual(
      changed.map((record) => record.step),
      [100, 100, 100],
    );
  });

  it('if a new name changes how others are interpreted, the catalog is replaced', async () => {
    const files = growingFiles({ 'conv1_train.npy': npy([2, 3]), 'conv2_train.npy': npy([2, 3]) });
    const view = follower(await open(files));
    files.write({ 'conv1_val.npy': npy([2, 3]), 'conv2_val.npy': npy([2, 3]) });
    assert.equal((await view.update()).kind, 'reset');
    assert.deepEqual(view.catalog().variants, [{ phase: 'train' }, { phase: 'val' }]);
  });

  it('a sidecar that is added later applies', async () => {
    const files = growingFiles({ [step(0)]: safetensors(LAYERS) });
    const view = follower(await open(files));
    files.write({ 'normscope.json': text('{"schema": "normscope-run/1", "name": "mine"}') });
    await view.update('normscope.json');
    assert.equal(view.catalog().name, 'mine');
  });
});

describe('run: files that are still being written', () => {
  const half = () => safetensors(LAYERS).slice(0, 300);

  it('are retried silently', async () => {
    const files = growingFiles(Object.fromEntries(RUNS['a file a step'](2)));
    const view = follower(await open(files));
    files.write({ [step(200)]: half() });
    assert.deepEqual(await view.update(step(200)), { kind: 'same', waiting: [uri(step(200))] });
    files.write({ [step(200)]: safetensors(LAYERS) });
    const { kind, waiting } = await view.update(step(200));
    assert.deepEqual([kind, waiting], ['delta', []]);
    assert.deepEqual(view.catalog().problems, []);
    assert.equal(view.catalog().records.length, 9);
  });

  it('are a problem once they stay as they are', async () => {
    const files = growingFiles(Object.fromEntries(RUNS['a file a step'](2)));
    const view = follower(await open(files));
    files.write({ [step(200)]: half() });
    await view.update(step(200));
    now += 999;
    assert.equal((await view.update()).kind, 'same');
    now += 1;
    const { kind, waiting } = await view.update();
    assert.deepEqual([kind, waiting], ['delta', []]);
    assert.deepEqual(new Set(view.catalog().problems.map(({ path }) => path)), new Set([uri(step(200))]));
    assert.equal((await view.update()).kind, 'same');
    files.write({ [step(200)]: safetensors(LAYERS) });
    await view.update();
    assert.deepEqual(view.catalog().problems, []);
  });

  it('while one is rewritten, its records are those of before', async () => {
    const files = growingFiles(Object.fromEntries(RUNS['a file a step'](3)));
    const view = follower(await open(files));
    files.write({ [step(100)]: half() });
    const update = await view.update(step(100));
    assert.deepEqual([update.kind, update.waiting], ['same', [uri(step(100))]]);
    assert.deepEqual(view.catalog().steps, [0, 100, 200]);
    now += 1000;
    await view.update(step(100));
    assert.deepEqual(view.catalog().steps, [0, 200]);
    assert.ok(view.catalog().problems.length > 0);
  });

  it('may vanish', async () => {
    const files = growingFiles(Object.fromEntries(RUNS['a file a step'](2)));
    const view = follower(await open(files));
    files.write({ [step(200)]: half() });
    await view.update(step(200));
    files.remove(step(200));
    assert.deepEqual(await view.update(step(200)), { kind: 'same', waiting: [] });
  });
});
