import assert from 'node:assert/strict';
import { openTensorFile } from '../../../../src/formats/open';
import { localFiles } from '../../../../src/io/localFiles';
import { memoryFiles, ROOT } from '../../run/memoryFiles';
import { fixtureUri } from '../expected';
import { tensorValues } from '../tensorValues';

/** `{'c': three complex64, 'x': 0 to 3}` that PyTorch 1.13 saved with `_use_new_zipfile_serialization=False`. */
const LEGACY_COMPLEX =
  'gAKKCmz8nEb5IGqoUBkugAJN6QMugAJ9cQAoWBAAAABwcm90b2NvbF92ZXJzaW9ucQFN6QNYDQAAAGxpdHRsZV9lbmRpYW5xAohYCgAAAHR5cGVfc2l6ZXNxA31xBChYBQAAAHNob3J0cQVLAlgDAAAAaW50cQZLBFgEAAAAbG9uZ3EHSwR1dS6AAn1xAChYAQAAAGNxAWN0b3JjaC5fdXRpbHMKX3JlYnVpbGRfdGVuc29yX3YyCnECKChYBwAAAHN0b3JhZ2VxA2N0b3JjaApDb21wbGV4RmxvYXRTdG9yYWdlCnEEWAkAAAAyNTMwNTAwOTZxBVgDAAAAY3B1cQZLA050cQdRSwBLA4VxCEsBhXEJiWNjb2xsZWN0aW9ucwpPcmRlcmVkRGljdApxCilScQt0cQxScQ1YAQAAAHhxDmgCKChoA2N0b3JjaApGbG9hdFN0b3JhZ2UKcQ9YCQAAADI1MzA1ODg2NHEQaAZLBE50cRFRSwBLBIVxEksBhXETiWgKKVJxFHRxFVJxFnUugAJdcQAoWAkAAAAyNTMwNTAwOTZxAVgJAAAAMjUzMDU4ODY0cQJlLgMAAAAAAAAAAACAPwAAAAAAAIA/AAAAAAAAgD8AAAAABAAAAAAAAAAAAAAAAACAPwAAAEAAAEBA';

const open = (name: string) => openTensorFile(localFiles(), fixtureUri(`samples/torch/${name}`));

describe('formats: files of torch.save', () => {
  const REFUSED: readonly [name: string, message: RegExp][] = [
    [
      'whole_module.pt',
      /pickled Python object, torch\.nn\.modules\.container\.Sequential.*save module\.state_dict/,
    ],
    ['torchscript.pt', /TorchScript/],
  ];
  for (const [name, message] of REFUSED) {
    it(`${name} is refused`, async () => {
      await assert.rejects(open(name), (error: { problem?: object }) => {
        assert.deepEqual(
          { ...error.problem, message: '' },
          { code: 'unsupported', path: fixtureUri(`samples/torch/${name}`), message: '' },
        );
        assert.match(String(error), message);
        return true;
      });
    });
  }

  it('code that would run is skipped and named; the tensors next to it are read', async () => {
    const file = await open('evil.pt');
    assert.deepEqual(
      file.problems.map(({ code, tensor }) => [code, tensor]),
      [['unsupported', 'evil']],
    );
    assert.match(file.problems[0].message, /posix\.system.*never loads/);
    assert.deepEqual(await tensorValues(file, file.tensors[0]), [...Array(24).keys()]);
    await file.close();
  });

  it('a transposed tensor keeps its strides; views with gaps and repeats are read in C order', async () => {
    const file = await open('mixed.pt');
    const strides = new Map(file.tensors.map((info) => [info.name, info.strides]));
    assert.deepEqual(
      ['nested.a', 'nested.b', 'expanded'].map((name) => strides.get(name)),
      [
        [1, 6],
        [3, 1],
        [3, 1],
      ],
    );
    await file.close();
  });

  it('parts of a view are the same as the whole', async () => {
    const file = await open('mixed.pt');
    const view = await file.openTensor('nested.b');
    const whole = new Uint8Array(view.size);
    await view.read(0, whole);
    for (let from = 0; from < whole.length; from++) {
      for (const length of [0, 1, 3, whole.length - from]) {
        const part = new Uint8Array(Math.min(length, whole.length - from));
        await view.read(from, part);
        assert.deepEqual(part, whole.subarray(from, from + part.length));
      }
    }
    await file.close();
  });

  it('older form: a storage of complex numbers, and the one after it', async () => {
    const files = memoryFiles({ 'a.pt': Uint8Array.from(Buffer.from(LEGACY_COMPLEX, 'base64')) });
    const file = await openTensorFile(files, `${ROOT}/a.pt`);
    assert.deepEqual(file.problems, []);
    const [complex, real] = file.tensors;
    assert.deepEqual([complex.shape, complex.isComplex], [[3, 2], true]);
    assert.deepEqual(await tensorValues(file, complex), [1, 0, 1, 0, 1, 0]);
    assert.deepEqual(await tensorValues(file, real), [0, 1, 2, 3]);
    await file.close();
    assert.equal(files.opened(), 0);
  });
});
