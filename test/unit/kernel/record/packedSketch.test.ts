import assert from 'node:assert/strict';
import { optionsFor } from '../../../../src/kernel/methods/recordOptions';
import {
  ownedSketch,
  packSketch,
  sentBuffers,
  unpackSketch,
} from '../../../../src/kernel/record/packedSketch';
import type { RecordSketch } from '../../../../src/kernel/record/recordSketch';
import type { Sketch } from '../../../../src/kernel/statistics/sketch';
import { DEFAULT_OPTIONS } from '../../../../src/model/analysis';
import type { LayerEntry } from '../../../../src/model/catalog';
import { analyseArray, normalValues } from '../arrays';

/** Layouts where some methods do not apply, or are the same; with one sample, and with one position. */
const CASES: readonly (readonly [layout: string, shape: readonly number[]])[] = [
  ['NC', [8, 16]],
  ['NCHW', [8, 16, 8, 8]],
  ['NLC', [4, 16, 48]],
  ['CHW', [5, 4, 4]],
];

/** Values of a kind; each makes other figures absent, or unusual. */
const KINDS: Readonly<Record<string, (size: number) => Float64Array>> = {
  normal: (size) => normalValues(size, 1),
  constant: (size) => new Float64Array(size).fill(3),
  'not finite': (size) => new Float64Array(size).fill(Number.NaN),
  'partly infinite, and huge': (size) =>
    normalValues(size, 2).map((x, i) => (i % 7 === 0 ? Number.POSITIVE_INFINITY : x * 1e300)),
};

/** A sketch of values, without the statistics of every unit. */
async function sketchOf(
  values: Float64Array,
  shape: readonly number[],
  layout: string,
): Promise<RecordSketch<Sketch>> {
  const sketch = await analyseArray(values, shape, layout);
  const methods = Object.entries(sketch.methods).map(([method, { ...each }]) => {
    if ('units' in each) delete each.units;
    return [method, each] as const;
  });
  return { ...sketch, methods: Object.fromEntries(methods) as RecordSketch<Sketch>['methods'] };
}

/** As the other thread gets it. */
function sent(sketch: RecordSketch, options: Parameters<typeof unpackSketch>[1]): RecordSketch {
  const packed = packSketch(sketch);
  return unpackSketch(structuredClone(packed), options);
}

describe('kernel: sketches on their way between threads', () => {
  for (const [layout, shape] of CASES)
    for (const [kind, values] of Object.entries(KINDS))
      it(`arrive as they were: ${layout}, ${kind}`, async () => {
        const size = shape.reduce((a, b) => a * b, 1);
        const sketch = await sketchOf(values(size), shape, layout);
        const options = optionsFor({ layout, shape } as unknown as LayerEntry, shape, DEFAULT_OPTIONS);
        assert.deepEqual(sent(sketch, options), sketch);
        const packed = packSketch(sketch);
        assert.ok('buffer' in packed);
        const owned = ownedSketch(sketch, options);
        assert.deepEqual(owned, sketch);
        assert.deepEqual(packSketch(owned), packed);
        const shared = { ...sketch, methods: { ...sketch.methods, group: sketch.methods.none } };
        const { methods } = sent(shared, options);
        assert.deepEqual(methods, shared.methods);
        assert.equal(methods.group, methods.none);
        const { none, batch } = sketch.methods;
        const few = { ...sketch, methods: { none, batch } } as RecordSketch;
        assert.deepEqual(sent(few, options), few);
      });

  it('lose their arrays to the other thread', async () => {
    const [layout, shape] = ['NC', [8, 16]];
    const options = optionsFor({ layout, shape } as unknown as LayerEntry, shape, DEFAULT_OPTIONS);
    const sketch = await sketchOf(normalValues(128, 1), shape, layout);
    const owned = ownedSketch(sketch, options);
    const packed = packSketch(owned);
    const received = structuredClone(packed, { transfer: sentBuffers(packed) });
    assert.deepEqual(unpackSketch(received, options), sketch);
    const { none } = owned.methods;
    assert.ok('sketch' in none);
    assert.equal(none.sketch.counts.length, 0);
  });

  it('arrive with the statistics of every unit, or without any figure', async () => {
    const [layout, shape] = ['NC', [8, 16]];
    const options = optionsFor({ layout, shape } as unknown as LayerEntry, shape, DEFAULT_OPTIONS);
    const sketch = await analyseArray(normalValues(128, 1), shape, layout);
    assert.ok('units' in sketch.methods.batch);
    assert.deepEqual(sent(sketch, options), sketch);
    const none = { reason: 'No values.' };
    const methods = { none, batch: none, layer: none, instance: none, group: none, rms: none };
    const empty = { ...sketch, epsilon: 1, methods };
    assert.deepEqual(sent(empty, options), empty);
  });
});
