import assert from 'node:assert/strict';
import { zipSync } from 'fflate';
import { largestAllocation } from './allocations';
import { npyBytes, npyHeader, patched, safetensorsBytes, zipPlaces } from './dumpBytes';
import { readDump } from './dumps';

/** A file with a false claim, and the problem by tensor ('' if the whole file is refused). */
type Lie = readonly [what: string, bytes: Uint8Array, problems: Readonly<Record<string, string>>];

const DATA = new Uint8Array(new Float32Array([1, 2, 3, 4, 5, 6]).buffer);
const VALUES = [1, 2, 3, 4, 5, 6];
const HEADER = npyHeader('(6,)');
const GOOD = npyBytes(HEADER, DATA);

const npy = (shape: string, descr?: string) => npyBytes(npyHeader(shape, descr), DATA);

const NPY: readonly Lie[] = [
  ['nothing', new Uint8Array(0), { '': 'truncated' }],
  ['nine bytes', GOOD.subarray(0, 9), { '': 'truncated' }],
  ['version 2 of eleven bytes', npyBytes('', undefined, { version: 2 }).subarray(0, 11), { '': 'truncated' }],
  ['another magic', patched(GOOD, (view) => view.setUint8(0, 0x94)), { '': 'malformed' }],
  ['version 0', patched(GOOD, (view) => view.setUint8(6, 0)), { '': 'unsupported' }],
  ['version 4', patched(GOOD, (view) => view.setUint8(6, 4)), { '': 'unsupported' }],
  ['a header of no bytes', npyBytes(HEADER, DATA, { headerLength: 0 }), { '': 'malformed' }],
  [
    'a header one byte short',
    npyBytes(HEADER.trim(), DATA, { headerLength: HEADER.trim().length - 1 }),
    { '': 'malformed' },
  ],
  ['a header beyond the file', npyBytes(HEADER, DATA, { headerLength: 0xffff }), { '': 'truncated' }],
  ['a header of 1 MB', npyBytes(HEADER, DATA, { version: 2, headerLength: 1_000_000 }), { '': 'truncated' }],
  ['a header of 4 GB', npyBytes(HEADER, DATA, { version: 3, headerLength: 0xffffffff }), { '': 'malformed' }],
  ['one element more', npy('(7,)'), { '': 'truncated' }],
  ['one axis more', npy('(6, 2)'), { '': 'truncated' }],
  ['wider elements', npy('(6,)', '<f8'), { '': 'truncated' }],
  ['10^15 elements', npy('(1000000000000000,)', '|u1'), { '': 'truncated' }],
  ['2^53 elements', npy('(9007199254740992,)'), { '': 'malformed' }],
  ['2^64 elements', npy('(4294967296, 4294967296)'), { '': 'malformed' }],
  ['a product that wraps to 4 in 64 bits', npy('(4611686018427387905, 4)', '|u1'), { '': 'malformed' }],
  ['19 nines', npy(`(${'9'.repeat(19)},)`), { '': 'malformed' }],
  ['a negative length', npy('(-6,)'), { '': 'malformed' }],
  ['65 axes', npy(`(6,${'1,'.repeat(64)})`), { '': 'malformed' }],
  [
    '500,000 axes',
    npyBytes(npyHeader(`(${'1,'.repeat(500_000)})`), DATA, { version: 2 }),
    { '': 'malformed' },
  ],
  ['the shape twice', npyBytes(HEADER.replace('}', "'shape': (5,)}"), DATA), { '': 'malformed' }],
  ['code for a header', npyBytes(HEADER.replace("'<f4'", "__import__('os')"), DATA), { '': 'malformed' }],
];

interface Entry {
  readonly dtype?: unknown;
  readonly shape?: unknown;
  readonly data_offsets?: unknown;
}

const A = { dtype: 'F32', shape: [3], data_offsets: [0, 12] };
const B = { dtype: 'F32', shape: [3], data_offsets: [12, 24] };
const safetensors = (tensors: Readonly<Record<string, Entry | null | string | number>>, data = DATA) =>
  safetensorsBytes(JSON.stringify(tensors), data);
const json = (text: string) => safetensorsBytes(text, DATA);
const A_TEXT = `"a":${JSON.stringify(A)}`;
const B_TEXT = `"b":${JSON.stringify(B)}`;

const SAFETENSORS: readonly Lie[] = [
  ['nothing', new Uint8Array(0), { '': 'truncated' }],
  ['seven bytes', new Uint8Array(7), { '': 'truncated' }],
  ['a header of no bytes', new Uint8Array(8), { '': 'malformed' }],
  ['a header beyond the file', safetensorsBytes('{}', DATA, 27n), { '': 'truncated' }],
  ['a header of 100 MB', safetensorsBytes('{}', DATA, 100_000_000n), { '': 'truncated' }],
  ['a header over 100 MB', safetensorsBytes('{}', DATA, 100_000_001n), { '': 'malformed' }],
  ['a header of 2^53 bytes', safetensorsBytes('{}', DATA, 2n ** 53n), { '': 'malformed' }],
  ['a header of 2^64 − 1 bytes', safetensorsBytes('{}', DATA, 2n ** 64n - 1n), { '': 'malformed' }],
  [
    'no UTF-8',
    safetensorsBytes(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)),
    { '': 'malformed' },
  ],
  ['a list', json('[]'), { '': 'malformed' }],
  ['null', json('null'), { '': 'malformed' }],
  ['JSON that breaks off', json(`{${A_TEXT}`), { '': 'malformed' }],
  ['two JSON values', json(`{${A_TEXT},${B_TEXT}}{}`), { '': 'malformed' }],
  ['a million brackets', json('['.repeat(1_000_000)), { '': 'malformed' }],
  [
    'a million nested lists',
    json(`{"a":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}`),
    { '': 'malformed' },
  ],
  ['a tensor twice', json(`{${A_TEXT},${B_TEXT},${A_TEXT}}`), { '': 'malformed' }],
  ['a tensor twice, once escaped', json(`{${A_TEXT},${B_TEXT},"\\u0061":1}`), { '': 'malformed' }],
  [
    'a shape twice',
    json(`{${A_TEXT.replace('"shape"', '"shape":[6],"shape"')},${B_TEXT}}`),
    { '': 'malformed' },
  ],
  ['metadata twice', json(`{"__metadata__":{"a":"1","a":"2"},${A_TEXT},${B_TEXT}}`), { '': 'malformed' }],
  ['a name of 7 MB, twice', json(`{"${'x'.repeat(7e6)}":1,"${'x'.repeat(7e6)}":2}`), { '': 'malformed' }],
  ['overlapping tensors', safetensors({ a: A, b: { ...B, data_offsets: [8, 20] } }), { b: 'malformed' }],
  ['the same bytes twice', safetensors({ a: A, b: A }), { b: 'malformed' }],
  ['a hole', safetensors({ a: { ...A, shape: [2], data_offsets: [0, 8] }, b: B }), { b: 'malformed' }],
  ['a hole in front', safetensors({ b: B }), { b: 'malformed' }],
  ['bytes of no tensor', safetensors({ a: A }), { '': 'malformed' }],
  ['data that breaks off', safetensors({ a: A, b: B }, DATA.subarray(0, 23)), { b: 'truncated' }],
  [
    'one element more',
    safetensors({ a: A, b: { ...B, data_offsets: [12, 28], shape: [4] } }),
    { b: 'truncated' },
  ],
];

/** Faults of one tensor; the tensor next to it stays readable. */
const SAFETENSORS_TENSORS: readonly [what: string, entry: Entry | null | string | number, code: string][] = [
  ['a larger shape than its bytes', { ...B, shape: [4] }, 'malformed'],
  ['a smaller shape than its bytes', { ...B, shape: [2] }, 'malformed'],
  ['2^53 elements', { ...B, shape: [2 ** 53] }, 'malformed'],
  ['2^106 elements', { ...B, shape: [2 ** 53, 2 ** 53] }, 'malformed'],
  ['a negative length', { ...B, shape: [-3] }, 'malformed'],
  ['two negative lengths', { ...B, shape: [-3, -1] }, 'malformed'],
  ['a fraction', { ...B, shape: [1.5, 2] }, 'malformed'],
  ['a length as text', { ...B, shape: ['3'] }, 'malformed'],
  ['a shape that is a number', { ...B, shape: 3 }, 'malformed'],
  ['no shape', { dtype: 'F32', data_offsets: [12, 24] }, 'malformed'],
  ['65 axes', { ...B, shape: [3, ...new Array(64).fill(1)] }, 'malformed'],
  ['a million axes', { ...B, shape: new Array(1_000_000).fill(1) }, 'malformed'],
  ['another dtype of the same width', { ...B, dtype: 'C32' }, 'unsupported'],
  ['a dtype of another width', { ...B, dtype: 'F64' }, 'malformed'],
  ['a dtype in lower case', { ...B, dtype: 'f32' }, 'unsupported'],
  ['a dtype that is a number', { ...B, dtype: 32 }, 'unsupported'],
  ['a dtype of an object’s own', { ...B, dtype: 'constructor' }, 'unsupported'],
  ['no dtype', { shape: [3], data_offsets: [12, 24] }, 'unsupported'],
];

const OFFSETS: readonly unknown[] = [
  undefined,
  null,
  12,
  [],
  [12],
  [12, 24, 36],
  [24, 12],
  ['12', '24'],
  [-12, 0],
  [12.5, 24.5],
  [2 ** 53, 2 ** 53 + 12],
  { 0: 12, 1: 24 },
];

const ZIP = zipSync(
  {
    'a.npy': [GOOD, { level: 0 }],
    'b.npy': [GOOD, { level: 6 }],
    'c.npy': [GOOD, { level: 0 }],
  },
  { mtime: new Date(2024, 1, 29) },
);
const { local, central, end } = zipPlaces(ZIP);
const zip = (patch: (view: DataView, bytes: Uint8Array) => void) => patched(ZIP, patch);

/** Wrong as a whole. */
const NPZ: readonly Lie[] = [
  ['nothing', new Uint8Array(0), { '': 'truncated' }],
  [
    'an end record alone, of one entry',
    zip((view) => view.setUint16(end + 10, 1, true)).subarray(end),
    { '': 'malformed' },
  ],
  [
    'a directory beyond the file',
    zip((view) => view.setUint32(end + 16, ZIP.length, true)),
    { '': 'malformed' },
  ],
  ['a directory of 4 GB', zip((view) => view.setUint32(end + 12, 0xfffffffe, true)), { '': 'malformed' }],
  [
    'a directory one byte off',
    zip((view) => view.setUint32(end + 16, central[0] + 1, true)),
    { '': 'malformed' },
  ],
  ['60,000 entries', zip((view) => view.setUint16(end + 10, 60_000, true)), { '': 'malformed' }],
  ['one entry more', zip((view) => view.setUint16(end + 10, 4, true)), { '': 'malformed' }],
  ['one entry less', zip((view) => view.setUint16(end + 10, 2, true)), { '': 'malformed' }],
  ['no entries', zip((view) => view.setUint16(end + 10, 0, true)), { '': 'malformed' }],
  ['a damaged entry', zip((view) => view.setUint8(central[1], 0)), { '': 'malformed' }],
  [
    'a name beyond the directory',
    zip((view) => view.setUint16(central[2] + 28, 0xffff, true)),
    { '': 'malformed' },
  ],
  [
    'two entries of the same bytes',
    zip((view) => view.setUint32(central[1] + 42, local[0], true)),
    { 'b.npy': 'malformed' },
  ],
  [
    'an entry into another’s bytes',
    zip((view) => view.setUint32(central[1] + 42, local[0] + 40, true)),
    { 'b.npy': 'malformed' },
  ],
];

/** Wrong with the deflated member b; a and c stay readable. */
const NPZ_MEMBERS: readonly [what: string, bytes: Uint8Array, code: string][] = [
  ['encrypted', zip((view) => view.setUint16(central[1] + 8, 1, true)), 'unsupported'],
  ['another compression', zip((view) => view.setUint16(central[1] + 10, 93, true)), 'unsupported'],
  ['deflated, but said to be stored', zip((view) => view.setUint16(central[1] + 10, 0, true)), 'malformed'],
  [
    'more compressed bytes than the file',
    zip((view) => view.setUint32(central[1] + 20, 2 ** 31, true)),
    'malformed',
  ],
  ['fewer compressed bytes', zip((view) => view.setUint32(central[1] + 20, 60, true)), 'malformed'],
  ['no compressed bytes', zip((view) => view.setUint32(central[1] + 20, 0, true)), 'malformed'],
  [
    '4 GB inflated from some bytes',
    zip((view) => view.setUint32(central[1] + 24, 0xfffffffe, true)),
    'malformed',
  ],
  ['fewer inflated bytes', zip((view) => view.setUint32(central[1] + 24, 20, true)), 'malformed'],
  [
    'zip64 sizes that are not there',
    zip((view) => view.setUint32(central[1] + 24, 0xffffffff, true)),
    'malformed',
  ],
  ['a place beyond the file', zip((view) => view.setUint32(central[1] + 42, 2 ** 31, true)), 'malformed'],
  ['a damaged local header', zip((view) => view.setUint8(local[1], 0)), 'malformed'],
  ['a local name beyond the file', zip((view) => view.setUint16(local[1] + 26, 0xffff, true)), 'truncated'],
  ['data one byte off', zip((view) => view.setUint16(local[1] + 28, 1, true)), 'malformed'],
];

describe('headers with false claims', () => {
  /** Memory that a refusal may take: the existing header, and nothing that it claims. */
  async function assertRefused(name: string, bytes: Uint8Array) {
    let dump: Awaited<ReturnType<typeof readDump>> | undefined;
    const largest = await largestAllocation(async () => {
      dump = await readDump(name, bytes);
    });
    assert.ok(dump);
    assert.ok(largest <= bytes.length, `${largest} bytes of memory for a file of ${bytes.length}`);
    return { tensors: [...dump.tensors.keys()].sort(), problems: Object.fromEntries(dump.problems), dump };
  }

  it('unchanged files are read completely', async () => {
    for (const [name, bytes, tensors] of [
      ['a.npy', GOOD, { '': VALUES }],
      ['a.npz', ZIP, { a: VALUES, b: VALUES, c: VALUES }],
      ['a.safetensors', safetensors({ a: A, b: B }), { a: [1, 2, 3], b: [4, 5, 6] }],
    ] as const) {
      const { problems, dump } = await assertRefused(name, bytes);
      assert.deepEqual(problems, {});
      assert.deepEqual(
        Object.fromEntries([...dump.tensors].map(([tensor, { values }]) => [tensor, values])),
        tensors,
      );
    }
  });

  it('allocations are measured', async () => {
    assert.equal(await largestAllocation(() => readDump('a.npy', GOOD)), HEADER.length);
  });

  for (const [suffix, lies] of [
    ['npy', NPY],
    ['npz', NPZ],
    ['safetensors', SAFETENSORS],
  ] as const) {
    for (const [what, bytes, expected] of lies) {
      it(`.${suffix}: ${what}`, async () => {
        const { problems } = await assertRefused(`a.${suffix}`, bytes);
        assert.deepEqual(problems, expected);
      });
    }
  }

  for (const [what, entry, code] of SAFETENSORS_TENSORS) {
    it(`.safetensors, one tensor: ${what}`, async () => {
      const { problems, tensors } = await assertRefused('a.safetensors', safetensors({ a: A, b: entry }));
      assert.deepEqual([problems, tensors], [{ b: code }, ['a']]);
    });
  }

  for (const entry of [...OFFSETS.map((data_offsets) => ({ ...B, data_offsets })), null, 'F32', 12]) {
    it(`.safetensors, one tensor: ${JSON.stringify(entry)}`, async () => {
      const bytes = safetensors({ a: A, b: entry }, DATA.subarray(0, 12));
      const { problems, tensors } = await assertRefused('a.safetensors', bytes);
      assert.deepEqual([Object.keys(problems), tensors], [['b'], ['a']]);
    });
  }

  for (const [what, bytes, code] of NPZ_MEMBERS) {
    it(`.npz, one member: ${what}`, async () => {
      const { problems, tensors } = await assertRefused('a.npz', bytes);
      assert.deepEqual([problems, tensors], [{ b: code }, ['a', 'c']]);
    });
  }

  it('.npz: a name that occurs twice is a problem', async () => {
    const bytes = zip((_, all) => all.set(all.subarray(central[0] + 46, central[0] + 51), central[1] + 46));
    const { problems, tensors } = await assertRefused('a.npz', bytes);
    assert.deepEqual([Object.values(problems), tensors], [['malformed'], ['a', 'c']]);
  });
});
