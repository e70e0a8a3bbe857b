import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { truncate } from 'node:fs/promises';
import { basename } from 'node:path';
import fc from 'fast-check';
import { zipSync } from 'fflate';
import { openTensorFile } from '../../src/formats/open';
import { localFiles } from '../../src/io/localFiles';
import { ProblemError } from '../../src/model/problem';
import { fixturePath } from '../unit/formats/expected';
import { largestAllocation } from './allocations';
import { removeTemporaryFiles, temporaryFile } from './byteSourceKinds';
import { readDump } from './dumps';

/** A small file of every format and of every way in which it stores tensors. */
const FILES = [
  'npy/version1.npy',
  'npy/version3.npy',
  'npy/fortran_f2.npy',
  'npz/zip64.npz',
  'npz/zip64_directory.npz',
  'npz/data_descriptor.npz',
  'npz/mixed.npz',
  'samples/npz/deflated.npz',
  'safetensors/shapes.safetensors',
  'safetensors/mixed.safetensors',
  'samples/torch/mixed.pt',
  'samples/torch/mixed_legacy.pt',
  'samples/torch/with_numpy.pt',
  'samples/torch/float8.pt',
  '../containers/pickles/step_1.pkl',
  '../containers/pickles/step_4.pkl',
  '../containers/quantized/step_0.pt',
  '../containers/sparse/step_0.pt',
  '../containers/safetensors_types/mx.safetensors',
  'hdf5/small.h5',
  'hdf5/small_latest.h5',
].map((path) => ({ path, name: basename(path), bytes: Uint8Array.from(readFileSync(fixturePath(path))) }));

/**
 * Deflate inflates at most 1032-fold, and a member may claim a little more; an expanded tensor repeats stored values up
 * to 1024-fold; unwritten HDF5 data reads as a fill value.
 */
function mostMemory(name: string, bytes: Uint8Array): number {
  if (/\.(?:npz|pt|pkl)$/.test(name)) return 1032 * bytes.length + 1024;
  return name.endsWith('.h5') ? 1024 * bytes.length + 2 ** 20 : bytes.length;
}

describe('every format', () => {
  afterEach(removeTemporaryFiles);

  for (const { path, name, bytes } of FILES) {
    describe(path, () => {
      it('truncated at every byte: the rest is correct, or a problem', async () => {
        const whole = await readDump(name, bytes);
        assert.ok(whole.tensors.size > 0);
        for (let length = 0; length < bytes.length; length++) {
          const cut = await readDump(name, bytes.subarray(0, length));
          for (const [tensor, found] of cut.tensors)
            assert.deepEqual(found, whole.tensors.get(tensor), `"${tensor}" of ${length} bytes`);
          assert.ok(cut.problems.size > 0, `${length} of ${bytes.length} bytes pass for the whole file`);
        }
      });

      it('with bytes changed, removed or inserted: a tensor or a problem', async () => {
        const place = fc.nat(bytes.length - 1);
        const change = fc.record({ at: place, remove: fc.nat(3), insert: fc.uint8Array({ maxLength: 3 }) });
        // Changes of one byte in place are the likeliest to pass the first checks.
        const flip = fc
          .tuple(place, fc.nat(255))
          .map(([at, byte]) => ({ at, remove: 1, insert: Uint8Array.of(byte) }));
        const changes = fc.array(fc.oneof({ arbitrary: flip, weight: 4 }, change), {
          minLength: 1,
          maxLength: 4,
        });
        await fc.assert(
          fc.asyncProperty(changes, async (all) => {
            let damaged: Uint8Array = bytes;
            for (const { at, remove, insert } of all) {
              const [head, tail] = [damaged.subarray(0, at), damaged.subarray(at + remove)];
              damaged = Uint8Array.from(Buffer.concat([head, insert, tail]));
            }
            const largest = await largestAllocation(() => readDump(name, damaged));
            assert.ok(largest <= mostMemory(name, damaged), `${largest} bytes of memory`);
          }),
          { numRuns: 300 },
        );
      });

      it('cut while it is open: reads fail by name, none comes back short', async () => {
        const { source, path: file, uri } = await temporaryFile(bytes, name);
        await source.close();
        const opened = await openTensorFile(localFiles(), uri);
        const sources = await Promise.all(opened.tensors.map((info) => opened.openTensor(info.name)));
        await truncate(file, 8);
        for (const tensor of sources.filter(({ size }) => size > 0)) {
          await assert.rejects(tensor.read(0, new Uint8Array(tensor.size)), (error) => {
            assert.ok(error instanceof ProblemError);
            assert.deepEqual([error.problem.code, error.problem.path], ['changed', uri]);
            return true;
          });
        }
        await opened.close();
      });

      it('closed: every tensor that was opened from it rejects', async () => {
        const { source, uri } = await temporaryFile(bytes, name);
        await source.close();
        const opened = await openTensorFile(localFiles(), uri);
        const sources = await Promise.all(opened.tensors.map((info) => opened.openTensor(info.name)));
        for (const tensor of sources) await tensor.read(0, new Uint8Array(Math.min(1, tensor.size)));
        await opened.close();
        for (const tensor of sources) {
          const length = Math.min(1, tensor.size);
          for (const offset of [0, tensor.size - length])
            await assert.rejects(tensor.read(offset, new Uint8Array(length)), ProblemError);
        }
      });
    });
  }

  for (const suffix of ['npy', 'npz', 'safetensors', 'pt', 'pkl', 'ckpt', 'h5']) {
    it(`.${suffix} of any bytes: a problem`, () =>
      fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
          const { tensors, problems } = await readDump(`a.${suffix}`, bytes);
          assert.deepEqual([tensors.size, problems.size], [0, 1]);
        }),
        { numRuns: 300 },
      ));
  }
});

describe('an archive', () => {
  it('with 2,000 members opens, and each member is read separately', async () => {
    const one = Uint8Array.from(readFileSync(fixturePath('npy/one_element.npy')));
    const names = Array.from({ length: 2000 }, (_, i) => `layer${i}`);
    const archive = zipSync(Object.fromEntries(names.map((name) => [`${name}.npy`, [one, { level: 0 }]])));
    const { tensors, problems } = await readDump('a.npz', archive);
    assert.deepEqual([...tensors.keys()], names);
    assert.equal(problems.size, 0);
  });
});
