import assert from 'node:assert/strict';
import { hostFileProviders } from '../../../../src/host/kernel/hostFileProviders';
import { type ProblemCode, ProblemError } from '../../../../src/model/problem';
import { FileSystemError, FileType, provided, stats } from '../../../contract/vscodeStub';

const FOLDER = 'memfs:///run';
const FILE = `${FOLDER}/step%201.npy`;
const CONTEXT = { signal: new AbortController().signal, progress: () => {}, transfer: () => {} };

function provide(uri: string, bytes: () => Promise<Uint8Array> = async () => Uint8Array.of(1, 2, 3)) {
  provided.set(uri, bytes);
}

async function assertProblem(call: unknown, uri: string, code: ProblemCode, message: string) {
  await assert.rejects(Promise.resolve(call), (error: unknown) => {
    assert.ok(error instanceof ProblemError);
    assert.deepEqual(error.problem, { code, path: uri, message });
    return true;
  });
}

describe('host: file system providers', () => {
  afterEach(() => {
    provided.clear();
    stats.clear();
  });

  it('read a whole file', async () => {
    provide(FILE);
    assert.deepEqual(await hostFileProviders.readFile({ uri: FILE }, CONTEXT), Uint8Array.of(1, 2, 3));
  });

  it('report a file or folder that does not exist', async () => {
    const message = 'The file or folder does not exist.';
    await assertProblem(hostFileProviders.readFile({ uri: FILE }, CONTEXT), FILE, 'not-found', message);
    await assertProblem(hostFileProviders.listFolder({ uri: FOLDER }, CONTEXT), FOLDER, 'not-found', message);
  });

  const REFUSALS: readonly [what: string, thrown: unknown, why: string][] = [
    ['a provider’s own code', new FileSystemError('NoPermissions'), 'NoPermissions'],
    ['any error', new RangeError('Too large.'), 'Too large.'],
    ['anything else', 'offline', 'offline'],
  ];
  for (const [what, thrown, why] of REFUSALS) {
    it(`report why a file cannot be read: ${what}`, async () => {
      provide(FILE, () => Promise.reject(thrown));
      const message = `The file or folder cannot be read: ${why}`;
      await assertProblem(hostFileProviders.readFile({ uri: FILE }, CONTEXT), FILE, 'unreadable', message);
    });
  }

  const { File, Directory, SymbolicLink, Unknown } = FileType;
  const KINDS: readonly [what: string, type: number | undefined, kind: string, size: number][] = [
    ['a file', File, 'file', 7],
    ['a link to a file', SymbolicLink | File, 'file', 7],
    ['a folder', Directory, 'folder', 0],
    ['a link to a folder', SymbolicLink | Directory, 'folder', 0],
    ['a broken link', SymbolicLink, 'other', 0],
    ['a socket', Unknown, 'other', 0],
    ['what cannot be looked at', undefined, 'other', 0],
  ];
  for (const [what, type, kind, size] of KINDS) {
    it(`list ${what} as ${kind}, with its decoded name`, async () => {
      provide(FILE);
      stats.set(FILE, type === undefined ? undefined : { type, size: 7, mtime: 11 });
      const entry = { name: 'step 1.npy', uri: FILE, kind, size, ...(kind === 'file' && { modified: 11 }) };
      assert.deepEqual(await hostFileProviders.listFolder({ uri: FOLDER }, CONTEXT), [entry]);
      const stat = hostFileProviders.statFile({ uri: FILE }, CONTEXT);
      if (type === undefined)
        await assertProblem(stat, FILE, 'unreadable', 'The file or folder cannot be read: NoPermissions');
      else assert.deepEqual(await stat, entry);
    });
  }
});
