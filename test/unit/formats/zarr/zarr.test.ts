import assert from 'node:assert/strict';
import { openTensorFile } from '../../../../src/formats/open';
import { rejectsWithProblem } from '../../../contract/problems';
import { type Files, memoryFiles, ROOT, text } from '../../run/memoryFiles';
import { tensorValues } from '../tensorValues';
import { zarrArray2 } from './zarrDocuments';

const URI = `${ROOT}/a.zarr`;
const ARRAY = zarrArray2([4, 3], [2, 3]);
const CHUNK = new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer);

/** A store of one array in memory, changed for the worse. */
function store(metadata: object, chunks: Files = { '0.0': CHUNK, '1.0': CHUNK }) {
  const files = Object.entries(chunks).map(([name, bytes]) => [`a.zarr/${name}`, bytes] as const);
  return memoryFiles({ 'a.zarr/.zarray': text(JSON.stringify(metadata)), ...Object.fromEntries(files) });
}

async function readAll(files: ReturnType<typeof memoryFiles>) {
  const file = await openTensorFile(files, URI);
  try {
    return await tensorValues(file, file.tensors[0]);
  } finally {
    await file.close();
    assert.equal(files.opened(), 0);
  }
}

describe('formats: invalid zarr stores', () => {
  it('a store as it should be', async () => {
    assert.deepEqual(await readAll(store(ARRAY)), [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6]);
  });

  const REFUSED: readonly [what: string, metadata: object, code: string][] = [
    ['a negative length', { shape: [-4, 3] }, 'malformed'],
    ['a length that is none', { shape: [4.5, 3] }, 'malformed'],
    ['a shape beyond 2^53', { shape: [2 ** 40, 2 ** 40] }, 'malformed'],
    ['no shape', { shape: undefined }, 'malformed'],
    ['chunks of no length', { chunks: [0, 3] }, 'malformed'],
    ['chunks of another rank', { chunks: [2] }, 'malformed'],
    ['chunks beyond memory', { shape: [2 ** 40], chunks: [2 ** 40] }, 'unsupported'],
    ['a type of Python objects', { dtype: '|O' }, 'unsupported'],
    ['a structured type', { dtype: [['a', '<f4']] }, 'unsupported'],
    ['raw elements', { dtype: '|V2', fill_value: null }, 'unsupported'],
    ['a fill value of another type', { fill_value: { a: 1 } }, 'malformed'],
    ['an unknown separator', { dimension_separator: '..' }, 'unsupported'],
    ['a codec without a name', { compressor: { level: 1 } }, 'malformed'],
    ['an unknown codec', { compressor: { id: 'constructor' } }, 'unsupported'],
    ['filters that are no list', { filters: 7 }, 'malformed'],
    ['a shuffle of other elements', { filters: [{ id: 'shuffle', elementsize: 8 }] }, 'unsupported'],
    [
      'differences of other numbers',
      { filters: [{ id: 'delta', dtype: '<f4', astype: '<f2' }] },
      'unsupported',
    ],
  ];
  for (const [what, metadata, code] of REFUSED) {
    it(`${what} is refused before anything is read`, async () => {
      const files = store({ ...ARRAY, ...metadata });
      const opening = openTensorFile(files, URI);
      const found = await opening.then(
        ({ problems }) => problems[0].code,
        (error) => error.problem.code,
      );
      assert.equal(found, code);
      assert.equal(files.opened(), 0);
    });
  }

  const DAMAGED: readonly [what: string, metadata: object, chunk: Uint8Array][] = [
    ['a chunk that is cut short', {}, CHUNK.subarray(0, 20)],
    ['a chunk that is too long', {}, new Uint8Array(28)],
    ['a chunk that is much too long', {}, new Uint8Array(2 ** 20)],
    ['no bytes', { compressor: { id: 'zstd' } }, new Uint8Array(0)],
    ['what is not compressed', { compressor: { id: 'gzip' } }, CHUNK],
    ['what is not a Blosc frame', { compressor: { id: 'blosc' } }, CHUNK],
    ['what is not LZ4', { compressor: { id: 'lz4' } }, CHUNK],
    [
      'a Blosc header that claims 4 GB',
      { compressor: { id: 'blosc' } },
      Uint8Array.from([2, 1, 1, 4, 255, 255, 255, 255, 0, 0, 0, 0, 16, 0, 0, 0]),
    ],
    [
      'a Zstandard header that claims 2^63 bytes',
      { compressor: { id: 'zstd' } },
      Uint8Array.from([0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 0, 0, 0, 127, 1, 0, 0]),
    ],
    ['an order of axes that is none', { order: 'F', chunks: [2, 3], compressor: { id: 'crc32c' } }, CHUNK],
  ];
  for (const [what, metadata, chunk] of DAMAGED) {
    it(`${what} is a problem of that array`, async () => {
      const files = store({ ...ARRAY, ...metadata }, { '0.0': chunk, '1.0': chunk });
      await rejectsWithProblem(readAll(files), URI, 'malformed');
      assert.equal(files.opened(), 0);
    });
  }

  it('a folder that is not a store', async () => {
    const files = memoryFiles({ 'a.zarr/x/y.txt': text('x') });
    await rejectsWithProblem(openTensorFile(files, URI), URI, 'malformed');
  });

  it('metadata that is not JSON, or has a gigabyte', async () => {
    for (const content of [text('{'), text('[]'), text('"'.repeat(2 ** 24 + 1))]) {
      const files = memoryFiles({
        'a.zarr/.zgroup': text('{"zarr_format": 2}'),
        'a.zarr/x/.zarray': content,
      });
      const file = await openTensorFile(files, URI);
      assert.deepEqual(
        file.problems.map(({ code, path, tensor }) => [code, path, tensor]),
        [['malformed', URI, 'x']],
      );
      assert.equal(files.opened(), 0);
    }
  });

  it('an array that was almost never written', async () => {
    const files = store({ ...ARRAY, shape: [10 ** 6, 10 ** 6], chunks: [1, 1] }, {});
    await rejectsWithProblem(
      openTensorFile(files, URI).then(async (file) => {
        const source = await file.openTensor('');
        await source.read(0, new Uint8Array(4));
      }),
      URI,
      'malformed',
    );
  });

  it('attributes with NaN, as Python writes it, and with keys of JavaScript', async () => {
    const files = memoryFiles({
      'a.zarr/.zarray': text(JSON.stringify(ARRAY)),
      'a.zarr/.zattrs': text('{"loss": NaN, "text": "NaN, \\" Infinity", "__proto__": {"a": 1}}'),
    });
    const { metadata } = await openTensorFile(files, URI);
    assert.deepEqual(
      [...metadata],
      [
        ['loss', 'null'],
        ['text', 'NaN, " Infinity'],
        ['__proto__', '{"a":1}'],
      ],
    );
  });
});
