import assert from 'node:assert/strict';
import { cacheFiles } from '../../../../src/host/kernel/cacheFiles';
import { hostFileProviders } from '../../../../src/host/kernel/hostFileProviders';
import { hostStore } from '../../../../src/io/hostStore';
import { provided } from '../../../contract/vscodeStub';

const FOLDER = 'vscode-userdata:///storage/sketches';
const CONTEXT = { signal: new AbortController().signal, progress: () => {}, transfer: () => {} };

/** The cache store of the kernel, connected to the host's side. */
function store(folder: string | undefined = FOLDER) {
  const own = cacheFiles(folder);
  return hostStore(
    {
      readFile: async (uri) => hostFileProviders.readFile({ uri }, CONTEXT),
      statFile: async (uri) => hostFileProviders.statFile({ uri }, CONTEXT),
      listFolder: async (uri) => hostFileProviders.listFolder({ uri }, CONTEXT),
      writeCached: async (name, bytes) => own.writeCached({ name, bytes }, CONTEXT),
      removeCached: async (name) => own.removeCached({ name }, CONTEXT),
    },
    FOLDER,
  );
}

describe('host: cache files', () => {
  afterEach(() => provided.clear());

  it('are written, listed, read by range and removed in the storage folder', async () => {
    const files = store();
    assert.deepEqual(await files.list(), []);
    await files.write('a-1.sketches', Uint8Array.of(1, 2, 3, 4));
    assert.deepEqual([...provided.keys()], [`${FOLDER}/a-1.sketches`]);
    assert.deepEqual(await files.list(), [{ name: 'a-1.sketches', size: 1, used: 5 }]);
    assert.deepEqual(await files.read('a-1.sketches', 1, 2), Uint8Array.of(2, 3));
    assert.deepEqual(await files.read('a-1.sketches', 3, 9), Uint8Array.of(4));
    await files.write('a-1.sketches', Uint8Array.of(9));
    assert.deepEqual(await files.read('a-1.sketches', 0, 9), Uint8Array.of(9));
    await files.remove('a-1.sketches');
    await assert.rejects(files.read('a-1.sketches', 0, 1));
    assert.deepEqual(await files.list(), []);
  });

  it('cannot be outside the folder, and need one', async () => {
    for (const name of ['../a.sketches', 'b/a.sketches', 'a', '..', 'a.sketches/../b.c', '%2e%2e.a/'])
      for (const folder of [FOLDER, undefined]) {
        await assert.rejects(store(folder).write(name, Uint8Array.of(1)), /is not a file of the cache/, name);
        await assert.rejects(store(folder).remove(name), /is not a file of the cache/, name);
      }
    await assert.rejects(async () => cacheFiles(undefined).removeCached({ name: 'a.b' }, CONTEXT));
    assert.equal(provided.size, 0);
  });
});
