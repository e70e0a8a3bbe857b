import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { RecordSketch } from '../../../../src/kernel/record/recordSketch';
import { areChannelsKept, channelFigures } from '../../../../src/kernel/run/channelFigures';
import type { SketchStore } from '../../../../src/kernel/run/sketchStore';
import { type AnalysisOptions, DEFAULT_OPTIONS } from '../../../../src/model/analysis';
import type { RecordEntry, RunCatalog } from '../../../../src/model/catalog';
import { CHANNEL_FIGURES, type ChannelFigure, figureAt } from '../../../../src/model/channelFigures';
import { analyseArray } from '../arrays';
import { outcomesOf } from './outcomes';

/** By NumPy: test/fixtures/figures/make.py, whose formulas the values below follow. */
const EXPECTED: Readonly<Record<ChannelFigure, readonly (readonly number[])[]>> = JSON.parse(
  readFileSync('test/fixtures/figures/channels.json', 'utf8'),
);
const [SAMPLES, POSITIONS, CHANNELS] = [6, 20, 32];

function tensor(of: (x: number, channel: number, sample: number) => number): Float32Array {
  return Float32Array.from({ length: SAMPLES * POSITIONS * CHANNELS }, (_, i) =>
    of(Math.sin(i * i * 0.7 + i), i % CHANNELS, Math.floor(i / (POSITIONS * CHANNELS))),
  );
}

const TENSORS = [
  tensor((x) => x),
  tensor((x, _, sample) => x + 0.5 * sample),
  tensor((x, channel) => x * (channel === 7 ? 4000 : 1)),
];

/** A run of one layer whose record at step i has the sketch `of(i)`; undefined: it cannot be read. */
function runOf(steps: number, of: (step: number) => Promise<RecordSketch> | undefined) {
  const records = Array.from({ length: steps }, (_, id) => ({ id, layer: 0, variant: 0, step: 10 * id }));
  const catalog = { records, layers: [{}], variants: [{}] } as unknown as RunCatalog;
  const known = new Map<number, Promise<RecordSketch>>();
  const sketchOf = ({ id }: RecordEntry) => {
    const sketch = known.get(id) ?? of(id) ?? Promise.reject(new Error('It cannot be read.'));
    known.set(id, sketch);
    return sketch;
  };
  const sketches = {
    ofEach: (asked: readonly RecordEntry[]) => outcomesOf(asked.map(sketchOf)),
  } as Partial<SketchStore> as SketchStore;
  const figures = (options: Partial<AnalysisOptions> = {}, step = 0) =>
    channelFigures(
      sketches,
      { catalog, options: { ...DEFAULT_OPTIONS, ...options } },
      { layer: 0, variant: 0, step },
    );
  return { figures };
}

const sketchOf = (values: Float32Array) => analyseArray(values, [SAMPLES, POSITIONS, CHANNELS], 'NLC');

function close(actual: number, expected: number, what: string) {
  const limit = 1e-6 * Math.max(1e-3, Math.abs(expected));
  assert.ok(Math.abs(actual - expected) <= limit, `${what}: ${actual} is not ${expected}`);
}

describe('channel figures of a layer', () => {
  it('equal those of NumPy at every step', async () => {
    const found = await runOf(3, (step) => sketchOf(TENSORS[step])).figures();
    assert.deepEqual([...found.records], [0, 1, 2]);
    assert.equal(found.of, CHANNELS);
    assert.deepEqual(
      [...found.channels],
      Array.from({ length: CHANNELS }, (_, c) => c),
    );
    for (const figure of CHANNEL_FIGURES)
      EXPECTED[figure].forEach((row, step) => {
        row.forEach((expected, c) => {
          close(figureAt(found, figure, step, c), expected, `${figure} of channel ${c}, step ${step}`);
        });
      });
  });

  it('measure the shift from the step that the options name', async () => {
    const run = runOf(3, (step) => sketchOf(TENSORS[step % 2]));
    const previous = await run.figures({ reference: 'previous' });
    close(figureAt(previous, 'shift', 0, 3), 0, 'the first step');
    assert.ok(figureAt(previous, 'shift', 1, 3) > 0.1);
    assert.ok(figureAt(previous, 'shift', 2, 3) > 0.1);
    const second = await run.figures({ reference: 10 });
    close(figureAt(second, 'shift', 1, 3), 0, 'step 10');
  });

  it('are unknown for a record that cannot be read, and known for the others', async () => {
    const run = runOf(3, (step) => (step === 1 ? undefined : sketchOf(TENSORS[step])));
    const found = await run.figures();
    assert.ok(Number.isNaN(figureAt(found, 'mean', 1, 0)));
    assert.ok(Number.isNaN(figureAt(found, 'shift', 1, 0)));
    close(figureAt(found, 'shift', 2, 7), EXPECTED.shift[2][7], 'step 20');
  });

  it('include the step in view of a series that is too long for a map', async () => {
    const sketch = sketchOf(TENSORS[0]);
    const { records } = await runOf(3000, () => sketch).figures({}, 12_340);
    assert.ok(records.length <= 240);
    assert.deepEqual([records[0], records.at(-1)], [0, 2999]);
    assert.ok(records.includes(1234));
    assert.deepEqual(records, records.slice().sort());
  });

  it('are of the channels with the largest parts if a layer has too many', async () => {
    const wide = 200_000;
    const values = (moved: readonly number[]) =>
      Float32Array.from({ length: 2 * wide }, (_, i) => Math.sin(i) + (moved.includes(i % wide) ? 50 : 0));
    const moved = [3, 77_777, 199_999];
    const run = runOf(2, (step) => analyseArray(values(step === 0 ? [] : moved), [2, wide], 'NC'));
    const found = await run.figures();
    assert.equal(found.of, wide);
    assert.equal(found.channels.length, 2 ** 12);
    for (const channel of moved) assert.ok(found.channels.includes(channel), `channel ${channel}`);
    assert.deepEqual(found.channels, found.channels.slice().sort());
  });

  it('take half of the bytes, unless a figure is out of the range of float32', async () => {
    const types = async (factor: number) => {
      const found = await runOf(2, () =>
        analyseArray(
          Float64Array.of(1, 2, 5, 3).map((x) => x * factor),
          [2, 2],
          'NC',
        ),
      ).figures();
      return CHANNEL_FIGURES.map((figure) => found[figure].BYTES_PER_ELEMENT);
    };
    assert.deepEqual(await types(1), [4, 4, 4, 4]);
    assert.deepEqual(await types(1e100), [4, 8, 8, 8]);
    assert.deepEqual(await types(1e-100), [4, 8, 8, 8]);
  });

  it('are in memory if the records and what they are measured from are', () => {
    const records = [0, 10, 20].map((step, id) => ({ id, layer: 0, variant: 0, step }));
    const catalog = { records, layers: [{}], variants: [{}] } as unknown as RunCatalog;
    const isKept = (without: number | undefined, other: number | undefined) => {
      const store = (missing: number | undefined) =>
        ({
          kept: ({ id }: RecordEntry) => (id === missing ? undefined : {}),
        }) as Partial<SketchStore> as SketchStore;
      const references = { of: () => catalog.records[0], sketches: store(other) };
      return areChannelsKept(store(without), { catalog }, { layer: 0, variant: 0, step: 0 }, references);
    };
    assert.equal(isKept(undefined, undefined), true);
    assert.equal(isKept(1, undefined), false);
    assert.equal(isKept(undefined, 0), false);
  });

  it('are empty for a layer that cannot be read', async () => {
    const found = await runOf(1, () => undefined).figures();
    assert.deepEqual([found.of, found.channels.length, found.mean.length], [0, 0, 0]);
  });
});
