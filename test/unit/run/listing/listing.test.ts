import assert from 'node:assert/strict';
import { problemError } from '../../../../src/model/problem';
import { abortError } from '../../../../src/rpc/abort';
import { WALK_LIMITS } from '../../../../src/run/listing/folderWalk';
import { listRun } from '../../../../src/run/listing/listing';
import { growingFiles } from '../growingFiles';
import { memoryFiles, ROOT, text } from '../memoryFiles';

const bytes = new Uint8Array(8);
const names = (files: readonly { folders: readonly string[]; name: string }[]) =>
  files.map(({ folders, name }) => [...folders, name].join('/'));

describe('run: listing', () => {
  it('finds dumps in natural order, whatever their case', async () => {
    const files = memoryFiles({ 'step_10/a.npy': bytes, 'step_9/b.NPZ': bytes, 'c.safetensors': bytes });
    const listing = await listRun(files, [ROOT]);
    assert.deepEqual(names(listing.dumps), ['c.safetensors', 'step_9/b.NPZ', 'step_10/a.npy']);
    assert.deepEqual(listing.problems, []);
  });

  it('ignores files that are clearly not dumps, and gives a reason for the others', async () => {
    const files = memoryFiles({
      'train.py': bytes,
      README: bytes,
      'train.log': bytes,
      '.DS_Store': bytes,
      '.git/a.npy': bytes,
      'node_modules/x/a.npy': bytes,
      'acts.ckpt': bytes,
      'acts.MAT': bytes,
      'acts.n5/0.0': bytes,
      conv1: bytes,
      'queue.npy': 'pipe',
    });
    const listing = await listRun(files, [ROOT]);
    assert.deepEqual(names(listing.dumps), ['acts.ckpt', 'conv1'], 'their content says what they are');
    assert.equal(listing.ignored, 4);
    assert.deepEqual(
      listing.unrecognized.map(({ path, reason }) => [
        path.slice(ROOT.length + 1),
        reason.split('. Normscope')[0],
      ]),
      [
        ['acts.MAT', '.mat files are not supported'],
        ['acts.n5', '.n5 files are not supported'],
        ['queue.npy', 'Not a file or folder: a pipe, a device, or a broken link.'],
      ],
    );
  });

  it('gives a reason for a chosen file that is not read', async () => {
    const listing = await listRun(memoryFiles({ 'train.py': bytes }), [`${ROOT}/train.py`]);
    assert.equal(listing.unrecognized.length, 1);
  });

  it('leaves links that lead back, once', async () => {
    const files = memoryFiles({
      'step_1/a.npy': bytes,
      'step_2/a.npy': bytes,
      'notes.md': bytes,
      again: { link: '/' },
      'step_2/up': { link: '/' },
    });
    const listing = await listRun(files, [ROOT]);
    assert.deepEqual(names(listing.dumps), ['step_1/a.npy', 'step_2/a.npy']);
    assert.deepEqual(
      listing.unrecognized.map(({ path }) => path),
      [`${ROOT}/again`, `${ROOT}/step_2/up`],
    );
  });

  it('does not mistake folders with the same content as their parent for links', async () => {
    const files = memoryFiles({
      '0/0/a.npy': bytes,
      '0/1/a.npy': bytes,
      '1/0/a.npy': bytes,
      '1/1/a.npy': bytes,
      'a/a/a/x.npy': bytes,
    });
    assert.equal((await listRun(files, [ROOT])).dumps.length, 5);
  });

  it('ends if links form an infinite tree', async () => {
    const files = memoryFiles({
      'x/a.npy': bytes,
      'x/one': { link: '/y' },
      'y/b.npy': bytes,
      'y/two': { link: '/x' },
      'y/three': { link: '/x' },
    });
    const limits = { ...WALK_LIMITS, folders: 500 };
    const listing = await listRun(files, [ROOT], { limits });
    assert.ok(listing.dumps.length < 500);
    assert.ok(names(listing.dumps).includes('x/a.npy') && names(listing.dumps).includes('y/b.npy'));
  });

  it('visits eight levels of folders, and reports deeper ones', async () => {
    const deep = (depth: number) => `${Array.from({ length: depth }, (_, i) => `d${i}`).join('/')}/a.npy`;
    const listing = await listRun(memoryFiles({ [deep(8)]: bytes, [deep(12)]: bytes }), [ROOT]);
    assert.deepEqual(names(listing.dumps), [deep(8)]);
    assert.match(listing.unrecognized[0].reason, /more than 8 levels deep/);
  });

  it('stops at its limits and says so', async () => {
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`a${i}.npy`, bytes]));
    const few = await listRun(memoryFiles(many), [ROOT], { limits: { ...WALK_LIMITS, files: 20 } });
    assert.equal(few.dumps.length, 20);
    assert.match(few.problems[0].message, /more than 20 files/);
    const folders = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`step_${i}/a.npy`, bytes]));
    const some = await listRun(memoryFiles(folders), [ROOT], { limits: { ...WALK_LIMITS, folders: 11 } });
    assert.equal(some.dumps.length, 10);
    assert.equal(some.problems.length, 1);
  });

  it('names paths relative to the common folder of several roots', async () => {
    const files = memoryFiles({ 'runs/a/step_1/x.npy': bytes, 'runs/b/step_2/y.npy': bytes, 'z.npy': bytes });
    const folders = await listRun(files, [`${ROOT}/runs/a`, `${ROOT}/runs/b`]);
    assert.deepEqual(names(folders.dumps), ['a/step_1/x.npy', 'b/step_2/y.npy']);
    const single = await listRun(files, [`${ROOT}/runs/a/step_1/x.npy`, `${ROOT}/runs/b/step_2/y.npy`]);
    assert.deepEqual(names(single.dumps), ['a/step_1/x.npy', 'b/step_2/y.npy']);
    const one = await listRun(files, [`${ROOT}/runs/a/step_1/x.npy`]);
    assert.deepEqual(names(one.dumps), ['x.npy']);
    const twice = await listRun(files, [`${ROOT}/runs`, `${ROOT}/runs/a`, `${ROOT}/runs`]);
    assert.equal(twice.dumps.length, 2);
  });

  it('finds sidecars in folders and next to single files, the outer ones first', async () => {
    const files = memoryFiles({
      'normscope.json': text('{}'),
      'deep/er/normscope.json': text('{}'),
      'deep/er/a.npy': bytes,
    });
    assert.deepEqual(names((await listRun(files, [ROOT])).sidecars), [
      'normscope.json',
      'deep/er/normscope.json',
    ]);
    const single = await listRun(files, [`${ROOT}/deep/er/a.npy`]);
    assert.deepEqual(names(single.sidecars), ['normscope.json']);
    assert.equal(single.sidecars[0].uri, `${ROOT}/deep/er/normscope.json`);
  });

  it('continues if a root or a folder cannot be listed', async () => {
    const files = memoryFiles({ 'good/a.npy': bytes, 'bad/b.npy': bytes });
    const broken = {
      ...files,
      list: async (uri: string) => {
        if (uri.endsWith('bad')) throw new Error('EACCES');
        return files.list(uri);
      },
    };
    const listing = await listRun(broken, [`${ROOT}/good`, `${ROOT}/bad`, `${ROOT}/gone`]);
    assert.deepEqual(names(listing.dumps), ['good/a.npy']);
    assert.deepEqual(listing.problems.map(({ code, path }) => [code, path]).sort(), [
      ['internal', `${ROOT}/bad`],
      ['not-found', `${ROOT}/gone`],
    ]);
  });

  it('ignores files that are deleted while it lists', async () => {
    const { fileSystem, remove, write } = growingFiles({ 'step_0/a.npy': bytes, 'step_1/a.npy': bytes });
    const deleting = {
      ...fileSystem,
      list: async (uri: string) => {
        if (uri.endsWith('step_1')) remove('step_1/a.npy');
        return fileSystem.list(uri);
      },
    };
    const listing = await listRun(deleting, [ROOT]);
    assert.deepEqual(names(listing.dumps), ['step_0/a.npy']);
    assert.deepEqual([listing.problems, listing.unrecognized], [[], []]);

    // A file that is renamed after its name was read and before it is checked is then not listed as a file.
    write({ 'step_0/b.npy.tmp': 'pipe', 'step_0/pipe.npy': 'pipe' });
    const renaming = {
      ...fileSystem,
      list: async (uri: string) => {
        const entries = await fileSystem.list(uri);
        if (uri.endsWith('step_0')) remove('step_0/b.npy.tmp');
        return entries;
      },
    };
    assert.deepEqual(
      (await listRun(renaming, [ROOT])).unrecognized.map(({ path }) => path),
      [`${ROOT}/step_0/pipe.npy`],
    );
  });

  it('names a folder that is listed, and yet cannot be found', async () => {
    const files = memoryFiles({ 'good/a.npy': bytes, 'b\u{fffd}d/b.npy': bytes });
    const strange = {
      ...files,
      list: async (uri: string) => {
        if (uri.endsWith(encodeURIComponent('b\u{fffd}d')))
          throw problemError('not-found', uri, 'No such folder.');
        return files.list(uri);
      },
    };
    const { dumps, problems } = await listRun(strange, [ROOT]);
    assert.deepEqual(names(dumps), ['good/a.npy']);
    assert.deepEqual(
      problems.map(({ code, path }) => [code, path]),
      [['not-found', `${ROOT}/b%EF%BF%BDd`]],
    );
  });

  it('rejects when aborted, and lists no more', async () => {
    const files = memoryFiles(
      Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`s${i}/a.npy`, bytes])),
    );
    const abort = new AbortController();
    let listed = 0;
    const counting = {
      ...files,
      list: async (uri: string) => {
        if (++listed === 5) abort.abort();
        return files.list(uri);
      },
    };
    await assert.rejects(listRun(counting, [ROOT], { signal: abort.signal }), { name: abortError().name });
    assert.ok(listed < 30, `${listed} folders`);
  });
});
