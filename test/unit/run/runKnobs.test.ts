import assert from 'node:assert/strict';
import { openLiveRun } from '../../../src/run/liveRun';
import { openRun } from '../../../src/run/openRun';
import { type Files, memoryFiles, npy, ROOT, safetensors, text } from './memoryFiles';

const DUMPS: Files = { 'step_0/fc.npy': npy([2, 3]), 'step_1/fc.npy': npy([2, 3]) };
const sidecar = (knobs: object) => text(JSON.stringify({ knobs }));

/** The knobs of a run in this folder of the root. */
async function knobsAt(folder: string, files: Files, roots = [folder]) {
  const within = Object.fromEntries(
    Object.entries(files).map(([path, content]) => [`${folder}/${path}`, content]),
  );
  const uris = roots.map((path) => `${ROOT}/${path.split('/').map(encodeURIComponent).join('/')}`);
  return (await openRun(memoryFiles(within), uris)).knobs;
}

describe('run: knobs', () => {
  it('are those in the names of the folder and of those around it', async () => {
    assert.deepEqual(await knobsAt('lr=0.1_seed3', DUMPS), { lr: 0.1, seed: 3 });
    assert.deepEqual(await knobsAt('lr=0.1/seed=3/dumps', DUMPS), { lr: 0.1, seed: 3 });
    assert.equal(await knobsAt('baseline', DUMPS), undefined);
  });

  it('of files are those of the folder around them, and not of the files', async () => {
    const files = { 'lr=5.npz.npy': npy([2, 3]), 'seed7.npy': npy([2, 3]) };
    assert.deepEqual(await knobsAt('width=64', files, ['width=64/seed7.npy']), { width: 64 });
    assert.deepEqual(await knobsAt('width=64', files, ['width=64/seed7.npy', 'width=64/lr=5.npz.npy']), {
      width: 64,
    });
  });

  it('are what normscope.json states, before the names', async () => {
    const files = { ...DUMPS, 'normscope.json': sidecar({ lr: 0.5, method: 'batch' }) };
    assert.deepEqual(await knobsAt('lr=0.1_seed3', files), { lr: 0.5, seed: 3, method: 'batch' });
  });

  it('are read from the metadata of files', async () => {
    const metadata = { normscope: JSON.stringify({ step: 3, knobs: { width: 8 } }) };
    assert.deepEqual(await knobsAt('run', { 'a.safetensors': safetensors({ fc: [2, 3] }, metadata) }), {
      width: 8,
    });
  });

  it('of a run that is open change with its normscope.json', async () => {
    const files: Record<string, Files[string]> = { ...DUMPS, 'normscope.json': sidecar({ lr: 1 }) };
    const changing = { now: memoryFiles(files) };
    const fileSystem = {
      stat: (uri: string) => changing.now.stat(uri),
      list: (uri: string) => changing.now.list(uri),
      open: (uri: string) => changing.now.open(uri),
    };
    const live = await openLiveRun(fileSystem, [ROOT]);
    assert.deepEqual(live.catalog.knobs, { lr: 1 });
    changing.now = memoryFiles({ ...files, 'normscope.json': sidecar({ lr: 0.25 }) });
    const update = await live.update();
    assert.ok(update.kind === 'reset');
    assert.deepEqual(update.catalog.knobs, { lr: 0.25 });
  });
});
