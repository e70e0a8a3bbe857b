import assert from 'node:assert/strict';
import { readBytes } from '../../../src/io/byteSource';
import { hostFiles } from '../../../src/io/hostFiles';
import { problemError } from '../../../src/model/problem';
import type { FolderEntry } from '../../../src/protocol/kernelApi';

const ROOT = 'vfs://host/root';

/** A provider of zeros: name → bytes. Counts how often each file is read. */
function provider(sizes: Readonly<Record<string, number>>, times: Record<string, number> = {}) {
  const reads: string[] = [];
  const entryOf = (name: string): FolderEntry => ({
    name,
    uri: `${ROOT}/${name}`,
    kind: 'file',
    size: sizes[name],
    ...(name in times && { modified: times[name] }),
  });
  const missing = (uri: string) => problemError('not-found', uri, 'There is no such file.');
  const files = hostFiles({
    readFile: async (uri) => {
      reads.push(uri.slice(ROOT.length + 1));
      const size = sizes[uri.slice(ROOT.length + 1)];
      if (size === undefined) throw missing(uri);
      return new Uint8Array(size);
    },
    statFile: async (uri) => {
      if (uri === ROOT) return { name: 'root', uri, kind: 'folder', size: 0 };
      const name = uri.slice(ROOT.length + 1);
      if (!(name in sizes)) throw missing(uri);
      return entryOf(name);
    },
    listFolder: async (uri) => {
      if (uri !== ROOT) throw missing(uri);
      return Object.keys(sizes).map(entryOf);
    },
  });
  return { files, reads, entryOf };
}

describe('io: files of the host', () => {
  it('a file comes over once for its header and its tensors', async () => {
    const { files, reads } = provider({ a: 10, b: 20 });
    for (const name of ['a', 'b', 'a', 'a']) {
      const source = await files.open(`${ROOT}/${name}`);
      assert.equal((await readBytes(source, 0, source.size)).length, name === 'a' ? 10 : 20);
      await source.close();
    }
    assert.deepEqual(reads, ['a', 'b']);
  });

  it('keeps 64 MiB and drops the least recently used', async () => {
    const { files, reads } = provider({
      a: 30 * 2 ** 20,
      b: 30 * 2 ** 20,
      c: 30 * 2 ** 20,
      huge: 65 * 2 ** 20,
    });
    const open = async (name: string) => (await files.open(`${ROOT}/${name}`)).close();
    for (const name of ['a', 'b', 'a', 'c', 'a', 'b']) await open(name);
    assert.deepEqual(reads, ['a', 'b', 'c', 'b']);
    await open('huge');
    await open('huge');
    await open('a');
    assert.deepEqual(reads, ['a', 'b', 'c', 'b', 'huge', 'a']);
  });

  it('a file that was listed or checked again is transferred again', async () => {
    const { files, reads } = provider({ a: 10, b: 20 });
    const open = async (name: string) => (await files.open(`${ROOT}/${name}`)).close();
    for (const name of ['a', 'b']) await open(name);
    await files.stat(`${ROOT}/a`);
    for (const name of ['a', 'b', 'a']) await open(name);
    assert.deepEqual(reads, ['a', 'b', 'a']);
    await files.list(ROOT);
    for (const name of ['a', 'b', 'a', 'b']) await open(name);
    assert.deepEqual(reads, ['a', 'b', 'a', 'a', 'b']);
  });

  it('a file that is known not to have changed does not come over again', async () => {
    const times: Record<string, number> = { a: 1_700_000_000_123, b: 1_700_000_000_456 };
    const { files, reads } = provider({ a: 10, b: 20 }, times);
    const open = async (name: string) => (await files.open(`${ROOT}/${name}`)).close();
    await files.list(ROOT);
    for (const name of ['a', 'b']) await open(name);
    await files.stat(`${ROOT}/a`);
    await files.list(ROOT);
    for (const name of ['a', 'b']) await open(name);
    assert.deepEqual(reads, ['a', 'b']);
    times['a']++;
    await files.stat(`${ROOT}/a`);
    await open('a');
    times['b']++;
    await files.list(ROOT);
    await open('b');
    assert.deepEqual(reads, ['a', 'b', 'a', 'b']);
  });

  it('a deleted file is not served from the cache', async () => {
    const sizes: Record<string, number> = { a: 10, b: 20 };
    const { files } = provider(sizes, { a: 1_700_000_000_123, b: 1_700_000_000_456 });
    await files.list(ROOT);
    for (const name of ['a', 'b']) await (await files.open(`${ROOT}/${name}`)).close();
    delete sizes['a'];
    delete sizes['b'];
    await assert.rejects(files.stat(`${ROOT}/a`));
    await assert.rejects(files.open(`${ROOT}/a`));
    await files.list(ROOT);
    await assert.rejects(files.open(`${ROOT}/b`));
  });

  it('knows files and folders as the host does', async () => {
    const { files, entryOf } = provider({ 'a.npy': 10 });
    assert.deepEqual(await files.stat(`${ROOT}/a.npy`), entryOf('a.npy'));
    assert.deepEqual(await files.stat(ROOT), { name: 'root', uri: ROOT, kind: 'folder', size: 0 });
    assert.deepEqual(await files.list(ROOT), [entryOf('a.npy')]);
  });

  it('reports missing files', async () => {
    const { files } = provider({});
    const problem = (uri: string) => ({ problem: { code: 'not-found', path: uri } });
    const uri = `${ROOT}/nothing`;
    await assert.rejects(files.open(uri), ({ problem: { code, path } }) => {
      assert.deepEqual({ problem: { code, path } }, problem(uri));
      return true;
    });
    await assert.rejects(files.stat(uri), ({ problem: { code, path } }) => {
      assert.deepEqual({ problem: { code, path } }, problem(uri));
      return true;
    });
  });

  it('a file that could not be read is asked for again', async () => {
    let attempts = 0;
    const files = hostFiles({
      readFile: async (uri) => {
        if (attempts++ === 0) throw problemError('unreadable', uri, 'The connection was lost.');
        return new Uint8Array([7]);
      },
      statFile: async (uri) => ({ name: 'a', uri, kind: 'file', size: 1 }),
      listFolder: async () => [],
    });
    await assert.rejects(files.open(`${ROOT}/a`), { message: 'The connection was lost.' });
    assert.deepEqual(await readBytes(await files.open(`${ROOT}/a`), 0, 1), new Uint8Array([7]));
  });
});
