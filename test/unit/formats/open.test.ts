import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { DUMP_SUFFIXES, dumpSuffix } from '../../../src/formats/dumpSuffixes';
import { openTensorFile } from '../../../src/formats/open';
import { rejectsWithProblem } from '../../contract/problems';
import { memoryFiles, ROOT, text } from '../run/memoryFiles';
import { fixturePath } from './expected';

const NPY = readFileSync(fixturePath('npy/version1.npy'));

/** The first header of a tar archive. */
function tar(): Uint8Array {
  const bytes = new Uint8Array(512);
  bytes.set(text('acts/conv1.npy'));
  bytes.set(text('ustar'), 257);
  return bytes;
}

describe('formats: opening by suffix and content', () => {
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
    ['a.npz', new Uint8Array(0), 'truncated'],
    ['a.safetensors', new Uint8Array(0), 'truncated'],
    ['a.bin', text('anything else'), 'unrecognized'],
    ['events.out.tfevents.1', text('not an event, but long enough'), 'malformed'],
    ['a.h5', text('not a superblock'), 'malformed'],
    ['a.HDF5', new Uint8Array(0), 'malformed'],
    ['a.ckpt', text('not a checkpoint'), 'unrecognized'],
    ['a', new Uint8Array(0), 'unrecognized'],
    ['a.tar', tar(), 'unsupported'],
    ['a.npy', Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3), 'unsupported'],
    ['a.pkl', text('\u0000GGUF'), 'unrecognized'],
  ];
  for (const [name, content, code] of WRONG) {
    it(`${name} of ${content.length} wrong bytes is refused and closed again`, async () => {
      const files = memoryFiles({ [name]: content });
      await rejectsWithProblem(openTensorFile(files, `${ROOT}/${name}`), `${ROOT}/${name}`, code);
      assert.equal(files.opened(), 0);
    });
  }

  for (const name of [
    'a.npz',
    'a.safetensors',
    'a.bin',
    'events.out.tfevents.1',
    'a.h5',
    'a.pt',
    'a.ckpt',
    'a',
  ])
    it(`${name} that is an .npy file is read as one`, async () => {
      const files = memoryFiles({ [name]: NPY });
      const file = await openTensorFile(files, `${ROOT}/${name}`);
      assert.deepEqual([file.format, file.tensors[0].shape], ['npy', [3, 4]]);
      await file.close();
      assert.equal(files.opened(), 0);
    });

  for (const [path, format] of [
    ['npz/deflated.npz', 'npz'],
    ['safetensors/shapes.safetensors', 'safetensors'],
    ['hdf5/small.h5', 'hdf5'],
    ['samples/torch/mixed.pt', 'torch'],
    ['samples/torch/mixed_legacy.pt', 'torch'],
    ['../tensorboard/torch/events.out.tfevents.1700000000.node-7.4242.0', 'tensorboard'],
  ])
    it(`${path} is known without its suffix`, async () => {
      const files = memoryFiles({ 'step_1.dump': readFileSync(fixturePath(path)) });
      const file = await openTensorFile(files, `${ROOT}/step_1.dump`);
      assert.equal(file.format, format);
      await file.close();
      assert.equal(files.opened(), 0);
    });

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
