import assert from 'node:assert/strict';
import { extensionFiles } from '../../../../src/host/kernel/extensionFiles';
import { provided, Uri } from '../../../contract/vscodeStub';

const CONTEXT = { signal: new AbortController().signal, progress: () => {}, transfer: () => {} };
// VS Code's Uri has private members; the stub has those that are used.
const { readAsset } = extensionFiles(
  Uri.file('/extension') as unknown as Parameters<typeof extensionFiles>[0],
);

describe('host: extension files', () => {
  afterEach(() => provided.clear());

  it('are read by name', async () => {
    provided.set('file:///extension/dist/hdf5.js', async () => Uint8Array.of(1, 2, 3));
    assert.deepEqual(await readAsset({ name: 'hdf5.js' }, CONTEXT), Uint8Array.of(1, 2, 3));
  });

  it('that are missing are named in the error', async () => {
    await assert.rejects(async () => readAsset({ name: 'hdf5.wasm' }, CONTEXT), {
      name: 'ProblemError',
      message: /^A part of Normscope cannot be loaded: /,
    });
  });
});
