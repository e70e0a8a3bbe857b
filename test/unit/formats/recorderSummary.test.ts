import assert from 'node:assert/strict';
import { openTensorFile } from '../../../src/formats/open';
import type { TensorFile } from '../../../src/formats/tensorFile';
import { summarizedSketch } from '../../../src/kernel/record/summarizedSketch';
import { METHODS } from '../../../src/model/analysis';
import type { RecordEntry } from '../../../src/model/catalog';
import { safetensorsBytes } from '../../contract/dumpBytes';
import { memoryFiles, ROOT } from '../run/memoryFiles';

type Arrays = Readonly<Record<string, Uint8Array | Float32Array | Float64Array>>;

const KNOBS = { layout: '', epsilon: 1e-5, groups: 1, layerScope: 'example' } as const;
const WHY = { undefined: 'One channel.' };
/** Four values in two cells from 0 to 2. */
const CELLS = { mean: 1, variance: 0.25, min: 0.5, max: 1.5, width: 1, first: 0, window: 2, below: 0 };
const ARRAYS: Arrays = { 'none.counts': Uint8Array.of(1, 3), 'none.channels': Float32Array.of(1, 0.5) };
const COUNTS = { count: 4, finite: 4, nan: 0, posInf: 0, negInf: 0, zeros: 0 };
const KNOWN = { layout: 'NC', epsilon: 1e-5, groups: 1, layerScope: 'example', ...COUNTS };

function fileBytes(metadata: Readonly<Record<string, string>>, arrays: Arrays): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let end = 0;
  for (const [name, array] of Object.entries(arrays)) {
    const dtype = array instanceof Uint8Array ? 'U8' : array instanceof Float32Array ? 'F32' : 'F64';
    const begin = end;
    end += array.byteLength;
    header[name] = { dtype, shape: [array.length], data_offsets: [begin, end] };
  }
  const data = Buffer.concat(
    Object.values(arrays).map(({ buffer, byteOffset, byteLength }) =>
      Buffer.from(buffer, byteOffset, byteLength),
    ),
  );
  return safetensorsBytes(JSON.stringify(header), data);
}

/** A recorder's file with the summary of one layer, x. */
async function fileOf(none: object, arrays: Arrays = ARRAYS, dtype = 'float32'): Promise<TensorFile> {
  const methods = { ...Object.fromEntries(METHODS.map((method) => [method, WHY])), none };
  const inner = fileBytes({ summary: JSON.stringify({ ...KNOWN, methods }) }, arrays);
  const about = JSON.stringify({ step: 0, summaries: { x: { shape: [4, 1], dtype } } });
  const bytes = fileBytes({ normscope: about }, { x: inner });
  return openTensorFile(memoryFiles({ 'a.safetensors': bytes }), `${ROOT}/a.safetensors`);
}

async function sketchOf(file: TensorFile) {
  const place = { id: 0, layer: 0, step: 0, variant: 0, file: file.path, tensor: 'x' };
  const record: RecordEntry = { ...place, shape: [4, 1], dtype: 'float32', summarized: true };
  const { none } = (await summarizedSketch(file, record, KNOBS)).methods;
  assert.ok(!('reason' in none));
  return none;
}

describe('formats: distributions that the recorder kept', () => {
  for (const dtype of ['float64', 'float32', 'float16', 'bfloat16', 'float8_e4m3fn', 'float8_e5m2'])
    it(`are listed for tensors of ${dtype}`, async () => {
      const file = await fileOf(CELLS, ARRAYS, dtype);
      assert.deepEqual(
        file.summaries?.map((each) => [each.name, each.dtype]),
        [['x', dtype]],
      );
    });

  it('have figures of channels that float32 cannot hold', async () => {
    const channels = Float64Array.of(1e120 + 1e110, 1e60);
    const sketch = await sketchOf(await fileOf(CELLS, { ...ARRAYS, 'none.channels': channels }));
    assert.deepEqual([...sketch.channelMean, ...sketch.channelStd], [...channels]);
  });

  it('fine cells cover the bulk, and wide cells reach an outlier 10^300 times as far', async () => {
    const below = 100;
    // Tail cells double their width every 32 cells by default: 2^1000 widths away is cell 31,840.
    const counts = new Uint8Array(below + 1 + 31_840);
    counts[below] = 3;
    counts[counts.length - 1] = 1;
    const cells = { ...CELLS, width: 2 ** -500, first: 2 ** 50, window: 1, below, min: 0, max: 2 ** 500 };
    const { sketch } = await sketchOf(await fileOf(cells, { ...ARRAYS, 'none.counts': counts }));
    assert.ok('cells' in sketch);
    const { edges, cumulative } = sketch.cells;
    for (let i = 1; i < edges.length; i++) assert.ok(edges[i] > edges[i - 1]);
    assert.equal(edges[edges.length - 1], 2 ** 500);
    assert.deepEqual([sketch.count, cumulative[cumulative.length - 2]], [4, 3]);
    assert.ok(edges[cumulative.indexOf(3)] <= 2 ** -449);
  });

  it('have tail cells as fine as the file says', async () => {
    const arrays = { ...ARRAYS, 'none.counts': Uint8Array.of(1, 2, 1) };
    const { sketch } = await sketchOf(await fileOf({ ...CELLS, max: 9, window: 1, tailCells: 1 }, arrays));
    assert.ok('cells' in sketch);
    // 0 to 1, and from there 2^i - 1 widths: 2 and 4; cut at the extremes.
    assert.deepEqual([...sketch.cells.edges], [0.5, 1, 2, 4]);
  });

  const MALFORMED: readonly [what: string, none: object, arrays?: Arrays][] = [
    ['a width of 0', { ...CELLS, width: 0 }],
    ['a width below 0', { ...CELLS, width: -1 }],
    ['a first cell that is no number', { ...CELLS, first: null }],
    ['a window that is longer than the counts', { ...CELLS, window: 3 }],
    ['a window of a billion cells', { ...CELLS, window: 1e9 }],
    ['a tail that is longer than the counts', { ...CELLS, below: 1 }],
    ['a tail of no cells', { ...CELLS, tailCells: 0 }],
    ['a tail of parts of cells', { ...CELLS, tailCells: 0.5 }],
    ['counts without a window', { ...CELLS, window: 0 }],
    ['no counts', CELLS, { 'none.channels': Float32Array.of(1, 0.5) }],
    ['no figures of channels', CELLS, { 'none.counts': Uint8Array.of(1, 3) }],
    ['counts below 0', CELLS, { ...ARRAYS, 'none.counts': Float32Array.of(-1, 3) }],
    ['counts that are NaN', CELLS, { ...ARRAYS, 'none.counts': Float32Array.of(Number.NaN, 3) }],
    ['extremes that are no numbers', { ...CELLS, min: null }],
    ['a least value above the greatest', { ...CELLS, min: 2, max: 1 }],
    ['no methods', { methods: 1 }],
  ];
  for (const [what, none, arrays] of MALFORMED)
    it(`${what}: refused as malformed`, async () => {
      const file = await fileOf(none, arrays);
      await assert.rejects(sketchOf(file), (error: { problem?: { code: string } }) => {
        assert.equal(error.problem?.code, 'malformed');
        return true;
      });
    });
});
