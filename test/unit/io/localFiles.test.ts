import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { readBytes } from '../../../src/io/byteSource';
import { localFiles } from '../../../src/io/localFiles';
import { childUri } from '../../../src/io/uri';
import { rejectsWithProblem } from '../../contract/problems';

const files = localFiles();

describe('io: local files', () => {
  let folder = '';
  let root = '';
  const uriOf = (name: string) => childUri(root, name);

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'normscope-test-'));
    root = pathToFileURL(folder).href;
    await writeFile(join(folder, 'a.npy'), 'abc');
    await writeFile(join(folder, 'größe #1 100%?.npy'), 'de');
    await mkdir(join(folder, 'inner'));
    await symlink('a.npy', join(folder, 'link'));
    await symlink('inner', join(folder, 'folder link'));
    await symlink('nowhere', join(folder, 'broken'));
    await symlink('circle', join(folder, 'circle'));
    execFileSync('mkfifo', [join(folder, 'pipe')]);
  });
  after(() => rm(folder, { recursive: true }));

  it('lists entries, and links as their targets', async () => {
    const entries = await files.list(root);
    assert.deepEqual(Object.fromEntries(entries.map(({ name, kind, size }) => [name, `${kind} ${size}`])), {
      'a.npy': 'file 3',
      'größe #1 100%?.npy': 'file 2',
      inner: 'folder 0',
      link: 'file 3',
      'folder link': 'folder 0',
      broken: 'other 0',
      circle: 'other 0',
      pipe: 'other 0',
    });
    for (const entry of entries) {
      assert.equal(entry.uri, uriOf(entry.name));
      const { leadsTo, ...stated } = entry;
      if (entry.kind !== 'other') assert.deepEqual(await files.stat(entry.uri), stated);
      const target = { link: 'a.npy', 'folder link': 'inner' }[entry.name];
      assert.equal(leadsTo, target === undefined ? undefined : await files.real?.(uriOf(target)));
    }
    assert.deepEqual(await files.list(`${root}/`), entries);
  });

  it('opens files of any name', async () => {
    for (const [name, content] of [
      ['a.npy', 'abc'],
      ['größe #1 100%?.npy', 'de'],
      ['link', 'abc'],
    ]) {
      const source = await files.open(uriOf(name));
      assert.equal(source.path, uriOf(name));
      assert.equal(Buffer.from(await readBytes(source, 0, source.size)).toString(), content);
      await source.close();
    }
  });

  it('reports missing files', async () => {
    for (const uri of [uriOf('nothing'), uriOf('broken'), `${uriOf('a.npy')}/b`]) {
      await rejectsWithProblem(files.stat(uri), uri, 'not-found');
      await rejectsWithProblem(files.list(uri), uri, 'not-found');
      await rejectsWithProblem(files.open(uri), uri, 'not-found');
    }
    await rejectsWithProblem(files.list(uriOf('a.npy')), uriOf('a.npy'), 'not-found');
    await rejectsWithProblem(files.open(uriOf('circle')), uriOf('circle'), 'unreadable');
  });

  it('refuses anything but a file, immediately', async () => {
    for (const name of ['inner', 'folder link', 'pipe'])
      await rejectsWithProblem(files.open(uriOf(name)), uriOf(name), 'unsupported');
  });

  it('finds the paths of URIs as Node does', async () => {
    const around = uriOf('a.npy').slice(0, -'a.npy'.length);
    const spellings = [
      'a.npy',
      'inner/../a.npy',
      './a.npy',
      '%61.npy',
      '/a.npy',
      'a.npy?x',
      'a.npy#x',
      '..',
      '.',
    ];
    const cut = ['?/a.npy', '#/a.npy', 'a.npy?/b', 'inner?/a.npy', 'inner', 'inner/', 'a.npy/'];
    for (const each of [...spellings, ...cut]) {
      const uri = `${around}${each}`;
      const expected = await stat(fileURLToPath(uri)).catch(() => undefined);
      const found = await files.stat(uri).catch(() => undefined);
      assert.equal(found && found.kind === 'file', expected?.isFile(), uri);
      if (expected?.isFile()) assert.equal(found?.size, expected.size, uri);
    }
    await rejectsWithProblem(files.stat('file://a'), 'file://a', 'unreadable', 'not-found');
  });

  it('URIs that no path on this machine corresponds to', async () => {
    for (const uri of ['file:///a%2Fb', 'file:///a%00b', 'file:///%FF', 'https://example.com/a', 'a.npy']) {
      await rejectsWithProblem(files.stat(uri), uri, 'unreadable', 'not-found');
      await rejectsWithProblem(files.list(uri), uri, 'unreadable', 'not-found');
      await rejectsWithProblem(files.open(uri), uri, 'unreadable', 'not-found');
    }
  });
});
