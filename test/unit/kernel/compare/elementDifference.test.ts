import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { localFiles } from '../../../../src/io/localFiles';
import { elementDifference } from '../../../../src/kernel/compare/elementDifference';
import { openFiles } from '../../../../src/kernel/tensor/openFiles';
import type { RecordEntry } from '../../../../src/model/catalog';
import { npyBytes } from '../../../contract/dumpBytes';
import { memoryFiles, ROOT } from '../../run/memoryFiles';

const FORMS = 'test/fixtures/comparison/forms';
/** By NumPy: test/fixtures/comparison/make.py. */
const EXPECTED = JSON.parse(readFileSync(`${FORMS}/expected.json`, 'utf8'));
const SHAPE = [3, 4, 5, 6];

function recordOf(file: string, tensor = '', rest: Partial<RecordEntry> = {}): RecordEntry {
  return { id: 0, layer: 0, variant: 0, step: 0, shape: SHAPE, dtype: 'float32', file, tensor, ...rest };
}

async function differenceOf(
  fileSystem: Parameters<typeof openFiles>[0],
  a: RecordEntry,
  b: RecordEntry,
  layout = 'NCHW',
  signal = new AbortController().signal,
) {
  const [files, otherFiles] = [openFiles(fileSystem), openFiles(fileSystem)];
  try {
    return await elementDifference({ files, record: a }, { files: otherFiles, record: b }, layout, signal);
  } finally {
    await files.closeAll();
    await otherFiles.closeAll();
  }
}

const form = (name: string) => pathToFileURL(resolve(FORMS, name)).href;

describe('elements that differ', () => {
  const others: readonly (readonly [string, string])[] = [
    ['c.npy', ''],
    ['fortran.npy', ''],
    ['big.npy', ''],
    ['zip.npz', 'y'],
    ['last.pt', 'y'],
  ];
  for (const [name, tensor] of others) {
    it(`are those that NumPy finds, in ${name}`, async () => {
      const [x, y] = [recordOf(form('x.npy')), recordOf(form(name), tensor)];
      assert.deepEqual(await differenceOf(localFiles(), x, y), { kind: 'different', ...EXPECTED });
      assert.deepEqual(await differenceOf(localFiles(), y, x), { kind: 'different', ...EXPECTED });
    });
    it(`are none between ${name} and the same values elsewhere`, async () => {
      for (const [again, its] of others) {
        const [x, y] = [recordOf(form(again), its), recordOf(form(name), tensor)];
        assert.deepEqual(await differenceOf(localFiles(), x, y), { kind: 'equal' });
      }
    });
  }

  it('are not looked for where both are one tensor of one file', async () => {
    const files = memoryFiles({});
    const record = recordOf(`${ROOT}/gone.npy`, '', { stamp: '1' });
    assert.deepEqual(await differenceOf(files, record, { ...record, id: 7 }), { kind: 'equal' });
    await assert.rejects(differenceOf(files, record, { ...record, stamp: '2' }), /no such file/);
  });

  it('are unknown where shapes or types differ, or only histograms exist', async () => {
    const files = memoryFiles({});
    const record = recordOf(`${ROOT}/a.npy`);
    const file = `${ROOT}/b.npy`;
    for (const [rest, pattern] of [
      [
        { shape: [3, 4, 5, 7] },
        /^The shapes differ: \[3, 4, 5, 6\] here, \[3, 4, 5, 7\] in the other run\.$/,
      ],
      [{ dtype: 'bfloat16' }, /^The types differ: float32 here, bfloat16 in the other run\.$/],
      [{ summarized: true }, /only histograms/],
    ] as const) {
      const found = await differenceOf(files, record, recordOf(file, '', rest));
      assert.ok(found.kind === 'incomparable' && pattern.test(found.reason), JSON.stringify(found));
    }
  });

  it('are counted over chunks, and none is read after an abort', async () => {
    const size = 700_001;
    const values = Float32Array.from({ length: size }, (_, i) => i);
    const changed = values.slice();
    for (const place of [262_143, 262_144, 700_000]) changed[place] += 1;
    const bytes = (of: Float32Array) =>
      npyBytes(
        `{'descr': '<f4', 'fortran_order': False, 'shape': (${size},), }\n`,
        new Uint8Array(of.buffer),
      );
    const files = memoryFiles({ 'a.npy': bytes(values), 'b.npy': bytes(changed) });
    const [a, b] = ['a', 'b'].map((name) => recordOf(`${ROOT}/${name}.npy`, '', { shape: [size] }));
    const found = await differenceOf(files, a, b, 'C');
    // Between 262144 and 262145 are 32 numbers of float32, and between 700000 and 700001 are 16.
    assert.deepEqual(found, { kind: 'different', elements: 3, of: size, ulps: 64, first: [262_143] });
    const controller = new AbortController();
    controller.abort();
    await assert.rejects(differenceOf(files, a, b, 'C', controller.signal), { name: 'AbortError' });
    assert.equal(files.opened(), 0);
  });

  it('are those of a plain loop, whatever the shape and the order in memory', async () => {
    const shapes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(
        shapes,
        fc.boolean(),
        fc.boolean(),
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: -9, max: 9 })), { maxLength: 5 }),
        async (shape, isFortranA, isFortranB, changes) => {
          const size = shape.reduce((product, length) => product * length, 1);
          const a = Int32Array.from({ length: size }, (_, i) => 100 * i);
          const b = a.slice();
          for (const [place, by] of changes) b[place % size] = a[place % size] + by;
          const places = [...a.keys()].filter((i) => a[i] !== b[i]);
          const files = memoryFiles({
            'a.npy': stored(a, shape, isFortranA),
            'b.npy': stored(b, shape, isFortranB),
          });
          const [ofA, ofB] = ['a', 'b'].map((name) =>
            recordOf(`${ROOT}/${name}.npy`, '', { shape, dtype: 'int32' }),
          );
          const expected =
            places.length === 0
              ? { kind: 'equal' }
              : {
                  kind: 'different',
                  elements: places.length,
                  of: size,
                  ulps: Math.max(...places.map((i) => Math.abs(a[i] - b[i]))),
                  first: indexAt(shape, places[0]),
                };
          assert.deepEqual(await differenceOf(files, ofA, ofB, 'NCHW'.slice(0, shape.length)), expected);
          assert.equal(files.opened(), 0);
        },
      ),
    );
  });
});

/** An index in C order. */
function indexAt(shape: readonly number[], place: number): number[] {
  const index = new Array<number>(shape.length);
  for (let axis = shape.length - 1, rest = place; axis >= 0; axis--) {
    index[axis] = rest % shape[axis];
    rest = Math.floor(rest / shape[axis]);
  }
  return index;
}

/** Values in C order as an .npy file of either order. */
function stored(values: Int32Array, shape: readonly number[], isFortran: boolean): Uint8Array {
  const header = `{'descr': '<i4', 'fortran_order': ${isFortran ? 'True' : 'False'}, 'shape': (${shape.map((n) => `${n},`).join(' ')}), }\n`;
  const reversed = [...shape].reverse();
  const inOrder = isFortran
    ? Int32Array.from(values, (_, place) => {
        const index = indexAt(reversed, place).reverse();
        return values[index.reduce((at, i, axis) => at * shape[axis] + i, 0)];
      })
    : values;
  return npyBytes(header, new Uint8Array(inOrder.slice().buffer));
}
