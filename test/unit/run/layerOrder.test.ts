import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { localFiles } from '../../../src/io/localFiles';
import type { RunCatalog } from '../../../src/model/catalog';
import { keepsOrder } from '../../../src/run/layerOrder';
import { openRun } from '../../../src/run/openRun';
import { type Files, memoryFiles, npy, ROOT, safetensors, text } from './memoryFiles';
import { tensor } from './trees';

const inWords = ({ order, layers }: RunCatalog) => `${order}: ${layers.map(({ name }) => name).join(', ')}`;
const ofFiles = async (files: Files) => inWords(await openRun(memoryFiles(files), [ROOT]));
const ofFixture = async (path: string) =>
  inWords(await openRun(localFiles(), [pathToFileURL(resolve('test/fixtures', path)).href]));

const keys = (...names: string[]) => safetensors(Object.fromEntries(names.map((name) => [name, [2, 3]])));

describe('run: the order of layers', () => {
  it('is that of the calls where a recorder or a person lists them', async () => {
    const order = { order: ['stem', 'encoder', 'decoder'] };
    const files = { 'step_0.safetensors': keys('decoder', 'encoder', 'stem') };
    assert.equal(
      await ofFiles({ ...files, 'normscope.json': text(JSON.stringify(order)) }),
      'calls: stem, encoder, decoder',
    );
    assert.equal(
      await ofFiles({ ...files, 'normscope.json': text('{ "order": ["stem"] }') }),
      'names: stem, decoder, encoder',
    );
  });

  it('is not known from safetensors, which sorts its keys, nor from a file a layer', async () => {
    assert.equal(
      await ofFiles({ 'step_0.safetensors': keys('decoder', 'encoder', 'stem') }),
      'names: decoder, encoder, stem',
    );
    assert.equal(
      await ofFiles({ 'step_0/encoder.npy': npy([2, 3]), 'step_0/decoder.npy': npy([2, 3]) }),
      'names: decoder, encoder',
    );
  });

  it('is that of numbers where names differ in nothing else', async () => {
    const layers = [10, 2, 1].map((n) => [`step_0/layer_${n}_out.npy`, npy([2, 3])]);
    assert.equal(await ofFiles(Object.fromEntries(layers)), 'numbers: layer_1, layer_2, layer_10');
  });

  it('is that of the file in PyTorch’s and NumPy’s archives', async () => {
    assert.match(await ofFixture('torch/npz'), /^file: conv, /);
  });

  it('is that of the file in HDF5 only where it was asked to keep it', async () => {
    assert.equal(await ofFixture('run/ordered/tracked.h5'), 'file: stem, encoder, decoder');
    assert.equal(await ofFixture('run/ordered/by_name.h5'), 'names: decoder, encoder, stem');
  });

  it('is not that of a file whose writer sorted its keys as text', () => {
    const keeps = (...names: string[]) =>
      keepsOrder({
        ...{ path: 'file:///a.npz', format: 'npz', metadata: new Map(), problems: [] },
        tensors: names.map((name) => tensor(name)),
        openTensor: () => Promise.reject(new Error('Nothing is read.')),
        close: async () => {},
      });
    assert.equal(keeps('conv', 'bn', 'fc'), true);
    assert.equal(keeps('layer1', 'layer2', 'layer10'), true);
    assert.equal(keeps('layer1', 'layer10', 'layer2'), false);
  });
});
