import assert from 'node:assert/strict';
import { DEFAULT_OPTIONS, describeTensor } from '../../../src/model/analysis';
import { openRun } from '../../../src/run/openRun';
import { npyBytes, npyHeader } from '../../contract/dumpBytes';
import { memoryFiles, ROOT } from './memoryFiles';

/** What the panel says of the tensors of these layers, each of [2, 3, 4]. */
async function describedOf(names: readonly string[], layers: object): Promise<Record<string, string>> {
  const tensor = npyBytes(npyHeader('(2, 3, 4)'), new Uint8Array(96));
  const sidecar = new TextEncoder().encode(JSON.stringify({ layers }));
  const files = Object.fromEntries(names.map((name) => [`step_0/${name}.npy`, tensor]));
  const { layers: found } = await openRun(memoryFiles({ ...files, 'normscope.json': sidecar }), [ROOT]);
  return Object.fromEntries(found.map((layer) => [layer.name, describeTensor(layer, DEFAULT_OPTIONS)]));
}

describe('the layout of what a normalization layer reads', () => {
  const names = ['ln.input', 'ln', 'other'];

  it('is certain if the layer normalizes the last axis', async () => {
    const norm = { module: 'torch.nn.LayerNorm', normalizedShape: [4] };
    assert.deepEqual(await describedOf(names, { ln: norm }), {
      'ln.input': '[2, 3, 4] NLC float32',
      ln: '[2, 3, 4] NLC float32',
      other: '[2, 3, 4] NLC? float32',
    });
  });

  it('is a guess if the layer normalizes several axes, or does not say which', async () => {
    for (const norm of [{ module: 'torch.nn.LayerNorm', normalizedShape: [3, 4] }, {}])
      assert.equal((await describedOf(names, { ln: norm }))['ln.input'], '[2, 3, 4] NLC? float32');
  });
});
