import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { openTensorFile } from '../../src/formats/open';
import { localFiles } from '../../src/io/localFiles';
import { ProblemError } from '../../src/model/problem';
import { largestAllocation } from '../contract/allocations';
import { assertProblem } from '../contract/problems';
import { fixturePath, fixtureUri } from '../unit/formats/expected';
import { sizeOf, tensorValues } from '../unit/formats/tensorValues';
import { type Files, memoryFiles, ROOT } from '../unit/run/memoryFiles';

const URI = `${ROOT}/store.zarr`;

/** The files of a store, by their paths in it. */
function filesOf(path: string): Record<string, Uint8Array> {
  const folder = fixturePath(path);
  const names = (readdirSync(folder, { recursive: true }) as string[]).sort();
  const files = names.filter((name) => statSync(join(folder, name)).isFile());
  return Object.fromEntries(files.map((name) => [name, Uint8Array.from(readFileSync(join(folder, name)))]));
}

/** Reads every array of a store: whatever its bytes are, each has as many values as its shape, or a tagged problem. */
async function readStore(store: Files) {
  const tensors = new Map<string, readonly number[]>();
  const problems = new Map<string, string>();
  const note = (error: unknown, tensor = '') => {
    const { problem } = assertProblem(error, URI);
    problems.set(problem.tensor ?? tensor, problem.code);
  };
  const files = memoryFiles(
    Object.fromEntries(Object.entries(store).map(([name, bytes]) => [`store.zarr/${name}`, bytes])),
  );
  try {
    const file = await openTensorFile(files, URI);
    for (const problem of file.problems) note(new ProblemError(problem));
    for (const info of file.tensors) {
      try {
        const values = await tensorValues(file, info);
        assert.equal(values.length, sizeOf(info.shape));
        tensors.set(info.name, values);
      } catch (error) {
        note(error, info.name);
      }
    }
    await file.close();
  } catch (error) {
    note(error);
  }
  assert.equal(files.opened(), 0, 'everything is closed again');
  return { tensors, problems };
}

describe('stores', () => {
  for (const path of ['zarr/steps.zarr', 'zarr/version3.zarr', 'zarr/raw_bfloat16.zarr']) {
    const store = filesOf(path);
    const names = Object.keys(store);

    it(`${path} with a file cut or taken away: the other arrays are as they were`, async () => {
      const whole = await readStore(store);
      for (const name of names) {
        const folder = name
          .split('/')
          .filter((segment) => segment !== 'zarr.json' && !/^(?:c[\d.]*|[\d.]+|\.z\w+)$/.test(segment))
          .join('/');
        const others = [...whole.tensors].filter(([tensor]) => folder !== '' && !tensor.startsWith(folder));
        const without = Object.fromEntries(Object.entries(store).filter(([each]) => each !== name));
        const cuts = [0, 1, store[name].length >> 1, store[name].length - 1];
        for (const each of [
          without,
          ...cuts.map((length) => ({ ...store, [name]: store[name].subarray(0, length) })),
        ]) {
          const { tensors } = await readStore(each);
          for (const [tensor, values] of others)
            assert.deepEqual(tensors.get(tensor), values, `${tensor} without ${name}`);
        }
      }
    });

    it(`${path} with bytes changed: an array or a problem, in bounded memory`, () =>
      fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(fc.nat(names.length - 1), fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
          async (changes) => {
            const damaged = { ...store };
            for (const [file, at, byte] of changes) {
              const bytes = Uint8Array.from(damaged[names[file]]);
              bytes[at % bytes.length] = byte;
              damaged[names[file]] = bytes;
            }
            const largest = await largestAllocation(() => readStore(damaged));
            assert.ok(largest <= 64 * 2 ** 20, `${largest} bytes of memory`);
          },
        ),
        { numRuns: 150 },
      ));
  }

  it('closed: every array that was opened rejects', async () => {
    const opened = await openTensorFile(localFiles(), fixtureUri('zarr/version3.zarr'));
    const sources = await Promise.all(opened.tensors.map(({ name }) => opened.openTensor(name)));
    for (const source of sources) await source.read(0, new Uint8Array(1));
    await opened.close();
    for (const source of sources) await assert.rejects(source.read(0, new Uint8Array(1)), ProblemError);
    await assert.rejects(opened.openTensor('scalar'), ProblemError);
  });
});
