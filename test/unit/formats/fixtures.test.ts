import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { openTensorFile } from '../../../src/formats/open';
import type { FormatHints, TensorFile } from '../../../src/formats/tensorFile';
import { localFiles } from '../../../src/io/localFiles';
import { EXPECTED, type ExpectedTensor, fixtureUri, SAMPLES, valuesOf } from './expected';
import { storedBytes, tensorValues } from './tensorValues';

const open = (path: string, hints?: FormatHints) => openTensorFile(localFiles(), fixtureUri(path), hints);

async function withFile(path: string, hints: FormatHints, check: (file: TensorFile) => Promise<void>) {
  const file = await open(path, hints);
  try {
    await check(file);
  } finally {
    await file.close();
  }
}

/** Asserts every tensor's name, dtype, shape and every value (NaN, infinities and the sign of zero included). */
async function assertTensors(file: TensorFile, expected: readonly (readonly [string, ExpectedTensor])[]) {
  assert.deepEqual(
    file.tensors.map(({ name, dtype, shape }) => ({ name, dtype, shape })),
    expected.map(([name, { dtype, shape }]) => ({ name, dtype, shape })),
  );
  for (const [index, [name, tensor]] of expected.entries()) {
    const info = file.tensors[index];
    if (tensor.sha256 === undefined) {
      assert.deepEqual(await tensorValues(file, info), valuesOf(tensor), name);
    } else {
      const digest = createHash('sha256')
        .update(await storedBytes(file, info))
        .digest('hex');
      assert.equal(digest, tensor.sha256, name);
    }
  }
}

describe("formats: every value of the files of make.py equals NumPy's", () => {
  for (const [path, expected] of Object.entries(EXPECTED)) {
    if (expected.refused !== undefined) {
      it(`${path} is refused`, async () => {
        const problem = { code: expected.refused, path: fixtureUri(path), tensor: '' };
        await assert.rejects(open(path), (error: { problem?: object }) => {
          assert.deepEqual({ ...error.problem, message: '' }, { ...problem, message: '' });
          return true;
        });
      });
      continue;
    }
    it(path, () =>
      withFile(path, {}, async (file) => {
        assert.equal(file.format, path.split('/')[0]);
        assert.equal(file.path, fixtureUri(path));
        await assertTensors(file, Object.entries(expected.tensors));
        const problems = file.problems.map(({ tensor, code }) => [tensor, code]);
        assert.deepEqual(Object.fromEntries(problems), expected.problems);
        assert.deepEqual(
          file.problems.map((problem) => problem.path),
          problems.map(() => fixtureUri(path)),
        );
        assert.deepEqual(Object.fromEntries(file.metadata), expected.metadata);
      }),
    );
  }

  const RAW: readonly [path: string, tensor: string][] = [
    ['npy/raw_two_byte.npy', ''],
    ['hdf5/opaque_bfloat16.h5', 'x'],
    ['zarr/raw_bfloat16.zarr', 'x'],
  ];
  for (const [path, tensor] of RAW) {
    it(`${path}: raw two-byte elements that are said to be bfloat16`, () =>
      withFile(path, { rawTwoByteIsBfloat16: true }, (file) => {
        const { bfloat16, tensors } = EXPECTED[path];
        assert.ok(bfloat16);
        return assertTensors(file, [[tensor, bfloat16], ...Object.entries(tensors ?? {})]);
      }));
  }
});

describe('formats: the samples of NumPy, safetensors, PyTorch, h5py and PyTables', () => {
  for (const [path, expected] of Object.entries(SAMPLES)) {
    it(path, () =>
      withFile(`samples/${path}`, {}, async (file) => {
        assert.deepEqual(file.problems, []);
        assert.deepEqual(file.tensors.map(({ name }) => name).sort(), Object.keys(expected).sort());
        for (const info of file.tensors) {
          const { dtype, shape, head, sum } = expected[info.name];
          assert.deepEqual([info.dtype, info.shape], [dtype, shape]);
          const values = await tensorValues(file, info);
          assert.deepEqual(values.slice(0, head.length), head, info.name);
          const total = values.reduce((partial, value) => partial + value, 0);
          assert.ok(Math.abs(total - sum) <= 1e-12 * Math.max(1, Math.abs(sum)), `sum of ${info.name}`);
        }
      }),
    );
  }

  it('metadata of safetensors', () =>
    withFile('samples/safetensors/all.safetensors', {}, async ({ metadata }) => {
      assert.deepEqual(Object.fromEntries(metadata), {
        phase: 'train',
        step: '100',
        format: 'pt',
        'layout:layer1.0.conv1': 'NCHW',
      });
    }));

  it('an array of Python objects without tensors is refused', async () => {
    await assert.rejects(open('samples/npy/object.npy'), {
      name: 'ProblemError',
      message: /Python objects without tensors\. Save each tensor/,
    });
  });
});
