import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decoder } from '../../../../src/formats/decode';
import { ITEM_SIZE } from '../../../../src/formats/dtype';
import type { TensorInfo } from '../../../../src/formats/tensorFile';
import { bufferSource } from '../../../../src/io/bufferSource';
import { optionsFor, type RecordOptions } from '../../../../src/kernel/methods/recordOptions';
import { deriveSketch } from '../../../../src/kernel/record/deriveSketch';
import { KEPT_LIMIT, measureRecord } from '../../../../src/kernel/record/measureRecord';
import { unpackSketch } from '../../../../src/kernel/record/packedSketch';
import type { RecordSketch } from '../../../../src/kernel/record/recordSketch';
import { type OneCallResult, sketchInOneCall } from '../../../../src/kernel/record/sketchInOneCall';
import { compareSketches } from '../../../../src/kernel/statistics/compareSketches';
import { uniformFrom } from '../../../../src/kernel/statistics/uniform';
import { layoutAxes } from '../../../../src/kernel/tensor/layoutAxes';
import { valuesOf } from '../../../../src/kernel/tensor/recordValues';
import { DEFAULT_OPTIONS, METHODS, type Method } from '../../../../src/model/analysis';
import type { DType, LayerEntry } from '../../../../src/model/catalog';
import { cStrides, normalValues } from '../arrays';

/** A tensor in memory, and the options of its record. */
interface Tensor {
  readonly info: TensorInfo;
  readonly bytes: Uint8Array;
  readonly options: RecordOptions;
}

/** Bytes of values that are rounded to the type, by the upper bits of a float32. */
function encoded(values: Float64Array, dtype: DType): Uint8Array {
  const wide = Float32Array.from(values);
  if (dtype === 'float32') return new Uint8Array(wide.buffer);
  const bits = new Uint32Array(wide.buffer);
  const halves = Uint16Array.from(bits, (each) => (dtype === 'bfloat16' ? each >>> 16 : halfOf(each)));
  return new Uint8Array(halves.buffer);
}

/** A float16 of the same sign, near it; too large numbers are the largest one, and too small ones are 0. */
function halfOf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const exponent = ((bits >>> 23) & 0xff) - 112;
  if ((bits & 0x7f800000) >>> 0 === 0x7f800000) return sign | 0x7c00 | ((bits & 0x7fffff) === 0 ? 0 : 1);
  if (exponent <= 0) return sign;
  return sign | (exponent > 30 ? 0x7bff : (exponent << 10) | ((bits >>> 13) & 0x3ff));
}

const STANDARD = { shift: 0, scale: 1 };

/** Strides of an order of the axes in memory, from the slowest. */
function stridesOf(shape: readonly number[], order: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  const inOrder = cStrides(order.map((axis) => shape[axis]));
  for (const [place, axis] of order.entries()) strides[axis] = inOrder[place];
  return strides;
}

function tensorOf(
  values: Float64Array,
  shape: readonly number[],
  layout: string,
  {
    dtype = 'float32',
    strides = cStrides(shape),
    groups,
  }: { dtype?: DType; strides?: readonly number[]; groups?: number } = {},
): Tensor {
  const layer = { layout, shape } as unknown as LayerEntry;
  const chosen = groups === undefined ? DEFAULT_OPTIONS : { ...DEFAULT_OPTIONS, groups };
  return {
    info: { name: 'x', dtype, littleEndian: true, shape, strides },
    bytes: encoded(values, dtype),
    options: optionsFor(layer, shape, chosen),
  };
}

function axesOf({ info, options }: Tensor) {
  return layoutAxes(info.shape, info.strides, options.layout, 'memory:', 'x');
}

function inOneCall(tensor: Tensor, keeps = true, only?: Method): Promise<OneCallResult | undefined> {
  const source = bufferSource('memory:', tensor.bytes);
  return sketchInOneCall(axesOf(tensor), tensor.info, source, tensor.options, { keeps, only });
}

async function stepByStep(tensor: Tensor): Promise<RecordSketch> {
  const { info, bytes, options } = tensor;
  const axes = axesOf(tensor);
  const opened = { axes, info, tensor: bufferSource('memory:', bytes) };
  const { stream, close } = await valuesOf(opened, new AbortController().signal);
  try {
    const statistics = await measureRecord(axes, stream, options.layerScope, KEPT_LIMIT, true);
    assert.ok(statistics !== undefined);
    return deriveSketch(statistics, options, {}, stream.arena);
  } finally {
    await close();
  }
}

/** A sample of such values is misleading: their grid is chosen twice. */
const SPARSE = 'nearly all zero';

const KINDS: Readonly<Record<string, (x: number, i: number) => number>> = {
  normal: (x) => x,
  'after a ReLU': (x) => Math.max(0, x),
  [SPARSE]: (x) => (x > 2 ? x : 0),
  'far from 0': (x) => 1e4 + 1e-2 * x,
  'heavy-tailed': (x) => Math.exp(4 * x),
  'one outlier': (x, i) => (i === 5 ? -1e30 : x),
  subnormal: (x) => x * 1e-41,
  integers: (x) => Math.round(x),
  negative: (x) => -Math.abs(x) - 1,
};

const LAYOUTS = ['NC', 'NCL', 'NLC', 'LNC', 'NCHW', 'NHWC', 'CHW', 'C'] as const;

const TENSOR = fc
  .record({
    layout: fc.constantFrom(...LAYOUTS),
    dims: fc.array(fc.constantFrom(1, 2, 3, 4, 8, 16, 17), { minLength: 4, maxLength: 4 }),
    isReversed: fc.boolean(),
    kind: fc.constantFrom(...Object.keys(KINDS)),
    dtype: fc.constantFrom<DType>('float32', 'float16', 'bfloat16'),
    groups: fc.constantFrom(1, 2, 4, 32),
    seed: fc.nat(1000),
  })
  .map(({ layout, dims, isReversed, kind, dtype, groups, seed }) => {
    // At least 1,024 values: of fewer, the plain loops compute other roundings.
    const shape: number[] = dims.slice(0, layout.length);
    shape[seed % shape.length] *= Math.ceil(1024 / shape.reduce((a, b) => a * b, 1));
    const order = shape.map((_, axis) => axis);
    const values = normalValues(
      shape.reduce((a, b) => a * b, 1),
      seed,
    ).map(KINDS[kind]);
    const strides = stridesOf(shape, isReversed ? order.slice().reverse() : order);
    return tensorOf(values, shape, layout, { dtype, strides, groups });
  });

/** Equal within the rounding of sums in another order. */
function close(actual: unknown, expected: unknown, path: string): void {
  if (typeof expected === 'number' && typeof actual === 'number') {
    const error = Math.abs(actual - expected);
    const isClose = Object.is(actual, expected) || !(error > 1e-11 * Math.abs(expected) + 1e-300);
    assert.ok(isClose, `${path}: ${actual}, not ${expected}`);
    return;
  }
  if (typeof expected !== 'object' || expected === null || typeof actual !== 'object' || actual === null) {
    assert.equal(actual, expected, path);
    return;
  }
  assert.deepEqual(Object.keys(actual).sort(), Object.keys(expected).sort(), path);
  for (const [key, each] of Object.entries(expected))
    close((actual as Record<string, unknown>)[key], each, `${path}.${key}`);
}

describe('kernel: sketches in one call', () => {
  it('are those of the steps, in every layout, memory order, and type', async () => {
    let calls = 0;
    await fc.assert(
      fc.asyncProperty(TENSOR, async (tensor) => {
        const result = await inOneCall(tensor);
        if (result === undefined) return;
        calls++;
        const expected = await stepByStep(tensor);
        close(unpackSketch(result.sketch, tensor.options), expected, 'sketch');
        assert.ok(result.statistics !== undefined);
        close(deriveSketch(result.statistics, tensor.options), expected, 'from kept statistics');
        const batch = await inOneCall(tensor, false, 'batch');
        if ('reason' in expected.methods.batch) {
          assert.equal(batch, undefined);
          return;
        }
        assert.ok(batch !== undefined);
        close(
          unpackSketch(batch.sketch, tensor.options).methods,
          { batch: expected.methods.batch },
          'batch alone',
        );
      }),
      { numRuns: 600 },
    );
    assert.ok(calls > 200, `${calls} of 600 in one call`);
  });

  for (const [layout, shape] of [
    ['NCHW', [32, 16, 16, 16]],
    ['NCHW', [32, 64, 4, 4]],
    ['NLC', [8, 64, 256]],
    ['NLC', [8, 64, 1024]],
    ['NC', [256, 512]],
  ] as const)
    for (const kind of Object.keys(KINDS).filter((each) => each !== SPARSE))
      it(`are made of [${shape.join(', ')}] ${layout}, ${kind}`, async () => {
        const values = normalValues(
          shape.reduce((a, b) => a * b, 1),
          7,
        ).map(KINDS[kind]);
        const tensor = tensorOf(values, shape, layout, { dtype: 'bfloat16' });
        const result = await inOneCall(tensor, false);
        assert.ok(result !== undefined);
        assert.equal(result.statistics, undefined);
        close(unpackSketch(result.sketch, tensor.options), await stepByStep(tensor), 'sketch');
      });

  it('are those of the plain loops for a few values, except at the edges of cells', async () => {
    for (const [kind, toValue] of Object.entries(KINDS)) {
      const tensor = tensorOf(normalValues(128, 7).map(toValue), [8, 16], 'NC', { dtype: 'bfloat16' });
      const result = await inOneCall(tensor);
      if (result === undefined) continue;
      const [actual, expected] = [unpackSketch(result.sketch, tensor.options), await stepByStep(tensor)];
      for (const method of METHODS) {
        const [a, b] = [actual.methods[method], expected.methods[method]];
        if ('reason' in a || 'reason' in b) {
          assert.deepEqual(a, b);
          continue;
        }
        const { sketch: sketchA, halves: _, ...figuresA } = a;
        const { sketch: sketchB, halves: __, ...figuresB } = b;
        close(figuresA, figuresB, `${kind}.${method}`);
        // A value may be counted in the next cell.
        const { ks } = compareSketches(sketchA, sketchB, STANDARD, STANDARD);
        assert.ok(ks <= 3 / 128, `${kind}.${method}: ${ks}`);
      }
    }
  });

  it('are not made if a grid must be chosen twice', async () => {
    const sparse = tensorOf(normalValues(1 << 15, 7).map(KINDS[SPARSE]), [32, 64, 4, 4], 'NCHW');
    assert.equal(await inOneCall(sparse), undefined);
  });

  it('are not made of values that are not finite', async () => {
    const decode = decoder('bfloat16', true);
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
      for (const [layout, shape] of [
        ['NCHW', [4, 8, 8, 8]],
        ['NLC', [4, 16, 32]],
        ['NC', [64, 32]],
      ] as const) {
        const values = normalValues(2048, 3);
        const random = uniformFrom(11);
        values[Math.floor(2048 * random())] = wrong;
        const tensor = tensorOf(values, shape, layout, { dtype: 'bfloat16' });
        const decoded = new Float32Array(2048);
        decode(tensor.bytes, decoded);
        assert.equal(decoded.filter((x) => x - x !== 0).length, 1);
        assert.equal(await inOneCall(tensor), undefined);
      }
  });

  it('are not made of other types, byte orders, and learned parameters', async () => {
    const tensor = tensorOf(normalValues(2048, 1), [64, 32], 'NC');
    const { info, options } = tensor;
    assert.ok((await inOneCall(tensor)) !== undefined);
    const others: Tensor[] = [
      { ...tensor, info: { ...info, littleEndian: false } },
      { ...tensor, info: { ...info, dtype: 'float64' }, bytes: new Uint8Array(ITEM_SIZE.float64 * 2048) },
      { ...tensor, info: { ...info, dtype: 'int32' } },
      { ...tensor, options: { ...options, gamma: 'weight' } },
    ];
    for (const other of others) assert.equal(await inOneCall(other), undefined);
  });

  it('are not made of a tensor without elements', async () => {
    assert.equal(await inOneCall(tensorOf(new Float64Array(0), [0, 32], 'NC')), undefined);
  });

  it('reject if the bytes cannot be read', async () => {
    const tensor = tensorOf(normalValues(2048, 1), [64, 32], 'NC');
    await assert.rejects(inOneCall({ ...tensor, bytes: tensor.bytes.subarray(0, 100) }));
    assert.ok((await inOneCall(tensor)) !== undefined);
  });
});
