import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { DUMP_SUFFIXES, dumpSuffix } from '../../../src/formats/dumpSuffixes';
import { openTensorFile } from '../../../src/formats/open';
import { rejectsWithProblem } from '../../contract/problems';
import { memoryFiles, ROOT, text } from '../run/memoryFiles';
import { fixturePath } from './expected';

const NPY = readFileSync(fixturePath('npy/version1.npy'));

describe('formats: opening by suffix', () => {
  it('knows its suffixes in any case', () => {
    for (const name of [
      ...DUMP_SUFFIXES,
      'a.npy',
      'A.NPY',
      'a.b.npz',
      'model-00001-of-00002.safetensors',
      '.npy',
      'events.out.tfevents.1700.host.v2',
    ])
      assert.notEqual(dumpSuffix(name), undefined, name);
    for (const name of ['npy', 'a.npy.txt', 'a.npyz', 'a.npy~', 'anpy', 'atfevents', 'tfevents1', ''])
      assert.equal(dumpSuffix(name), undefined, name);
  });

  it('opens a name with an encoded or upper-case suffix', async () => {
    const files = memoryFiles({ 'a b.NPY': NPY });
    const file = await openTensorFile(files, `${ROOT}/a%20b.NPY`);
    assert.deepEqual(file.tensors[0].shape, [3, 4]);
    await file.close();
    assert.equal(files.opened(), 0);
  });

  const WRONG: readonly [name: string, content: Uint8Array, code: string][] = [
    ['a.npy', text('not an array, but long enough'), 'malformed'],
    ['a.npy', new Uint8Array(0), 'truncated'],
    ['a.npz', NPY, 'truncated'],
    ['a.npz', new Uint8Array(0), 'truncated'],
    ['a.safetensors', NPY, 'malformed'],
    ['a.safetensors', new Uint8Array(0), 'truncated'],
    ['a.bin', NPY, 'unrecognized'],
    ['events.out.tfevents.1', NPY, 'malformed'],
    ['a.h5', NPY, 'malformed'],
    ['a.HDF5', new Uint8Array(0), 'malformed'],
    ['a.txt', NPY, 'unsupported'],
  ];
  for (const [name, content, code] of WRONG) {
    it(`${name} of ${content.length} wrong bytes is refused and closed again`, async () => {
      const files = memoryFiles({ [name]: content });
      await rejectsWithProblem(openTensorFile(files, `${ROOT}/${name}`), `${ROOT}/${name}`, code);
      assert.equal(files.opened(), 0);
    });
  }

  it('a tensor that the file does not have', async () => {
    for (const path of ['npz/zip64.npz', 'safetensors/shapes.safetensors', 'hdf5/links.h5']) {
      const name = path.split('/')[1];
      const file = await openTensorFile(
        memoryFiles({ [name]: readFileSync(fixturePath(path)) }),
        `${ROOT}/${name}`,
      );
      for (const tensor of ['nothing', '', 'toString', 'conv1.npy'])
        await rejectsWithProblem(file.openTensor(tensor), `${ROOT}/${name}`, 'not-found');
      await file.close();
    }
  });
});
