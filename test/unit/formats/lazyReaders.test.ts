import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { provideAssets, readAsset } from '../../../src/formats/assets.web';
import { loadReader } from '../../../src/formats/lazyReaders.web';
import { bufferSource } from '../../../src/io/bufferSource';
import { fixturePath } from './expected';
import { tensorValues } from './tensorValues';

const DIST = resolve('out/test/dist');
/** Words that are in the bundle of each reader and nowhere else. */
const LAZY: readonly [bundle: string, words: readonly string[]][] = [
  ['hdf5.js', ['H5Fopen', 'insert_plugin_search_path']],
  ['zarr.js', ['CodecPipelineError', 'blosc_codec_default']],
];

describe('formats: readers that are loaded when they are needed', () => {
  it('are in separate bundles, not in the kernel', () => {
    const kernel = readFileSync(`${DIST}/kernel.js`, 'utf8');
    for (const [bundle, words] of LAZY) {
      const lazy = readFileSync(`${DIST}/${bundle}`, 'utf8');
      for (const word of words) assert.ok(lazy.includes(word), `${word} in ${bundle}`);
      assert.ok(!kernel.includes(words[0]), `${words[0]} in kernel.js`);
    }
  });

  const OPENED: readonly [file: string, loaded: readonly string[]][] = [
    ['npy/version1.npy', []],
    ['samples/torch/mixed.pt', []],
    ['hdf5/small.h5', ['hdf5.js']],
    ['zarr/single.zarr', ['zarr.js']],
  ];
  for (const [file, loaded] of OPENED) {
    it(`${file} loads ${loaded.join() || 'none of them'}`, () => {
      // A separate process, which lists its loaded modules when the report is done.
      const script = `
        process.argv = ['node', 'report', ${JSON.stringify(fixturePath(file))}];
        process.on('exit', () => console.error(Object.keys(require.cache).map((path) => require('path').basename(path)).join()));
        require(${JSON.stringify(`${DIST}/report.js`)});`;
      const { stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
      const modules = stderr.trim().split('\n').at(-1)?.split(',') ?? [];
      assert.ok(modules.includes('report.js'));
      assert.deepEqual(
        modules.filter((name) => LAZY.some(([bundle]) => bundle === name)),
        loaded,
      );
    });
  }

  it('are evaluated from their text without files', async () => {
    const asked: string[] = [];
    provideAssets((name) => {
      asked.push(name);
      return readFile(`${DIST}/${name}`);
    });
    const { openHdf5 } = await loadReader('hdf5');
    assert.equal((await loadReader('hdf5')).openHdf5, openHdf5);
    const bytes = Uint8Array.from(readFileSync(fixturePath('samples/hdf5/pytables_blosc_zstd.h5')));
    const file = await openHdf5(bufferSource('memory:///a.h5', bytes), {}, readAsset);
    assert.equal((await tensorValues(file, file.tensors[0])).length, 64 * 32);
    await file.close();
    assert.deepEqual(asked, ['hdf5.js', 'hdf5.wasm', 'hdf5-blosc.so']);
  });

  it('can be requested again after the host failed', async () => {
    provideAssets(async () => {
      throw new Error('No connection.');
    });
    await assert.rejects(readAsset('hdf5.js'), /No connection/);
  });
});
