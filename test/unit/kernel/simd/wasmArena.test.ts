import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decoder } from '../../../../src/formats/decode';
import type { RecordSketch } from '../../../../src/kernel/record/recordSketch';
import { arenaOf, CHUNK_VALUES, SIMD_CODES, type WasmArena } from '../../../../src/kernel/simd/wasmArena';
import { percentilesOf } from '../../../../src/kernel/statistics/percentile';
import type { Sketch } from '../../../../src/kernel/statistics/sketch';
import { METHODS } from '../../../../src/model/analysis';
import { setRelaxedSimd } from '../../../relaxedSimd';
import { analyseArray, cStrides, defined, normalValues } from '../arrays';

/** Of cell widths: what the fast way's rounding may move an edge by, and a percentile with it. */
const EDGE = 1 + 5 / 512;

/** Values of every kind that makes a fast loop wrong: each maps standard normal values. */
const KINDS: Readonly<Record<string, (x: number, i: number) => number>> = {
  normal: (x) => x,
  rectified: (x) => Math.max(0, x),
  'far from zero': (x) => 1e4 + x * 1e-2,
  'heavy-tailed': (x) => Math.exp(2 * x),
  'with outliers': (x, i) => (i % 97 === 5 ? 1e30 : i % 89 === 7 ? -1e30 : x),
  'with NaN and infinities': (x, i) =>
    i % 31 === 3
      ? Number.NaN
      : i % 47 === 11
        ? Number.POSITIVE_INFINITY
        : i % 53 === 2
          ? Number.NEGATIVE_INFINITY
          : x,
  'NaN at first': (x, i) => (i < 40 ? Number.NaN : x),
  'with zeros of both signs': (x, i) => (i % 3 === 0 ? 0 : i % 5 === 1 ? -0 : x),
  'positive, with a negative zero': (x, i) => (i % 41 === 7 ? -0 : 1 + Math.abs(x)),
  'negative, with zeros': (x, i) => (i % 41 === 7 ? 0 : -Math.abs(x) - 1),
  negative: (x) => -Math.abs(x) - 1,
  subnormal: (x) => x * 1e-41,
  constant: () => 0.1,
  'nothing finite': () => Number.NaN,
};

const LAYOUTS: readonly { layout: string; shape: number[]; strides?: number[] }[] = [
  { layout: 'NCHW', shape: [5, 6, 7, 9] },
  { layout: 'NHWC', shape: [5, 7, 9, 6] },
  { layout: 'NC', shape: [37, 48] },
  { layout: 'NLC', shape: [6, 11, 20] },
  // Groups of 4 and of 8 neighbors.
  { layout: 'NLC', shape: [5, 14, 128] },
  { layout: 'NLC', shape: [3, 9, 256] },
  { layout: 'NCL', shape: [6, 20, 11] },
  { layout: 'LNC', shape: [11, 6, 20] },
  { layout: 'NCHW', shape: [5, 6, 7, 6], strides: fortran([5, 6, 7, 6]) },
  { layout: 'NC', shape: [1, 1057] },
  { layout: 'NCHW', shape: [2, 1, 64, 64] },
];

function fortran(shape: number[]): number[] {
  return cStrides([...shape].reverse()).reverse();
}

function assertAlike(fast: RecordSketch<Sketch>, plain: RecordSketch<Sketch>): void {
  assert.deepEqual(fast.counts, plain.counts);
  assert.deepEqual(fast.firstNonFinite, plain.firstNonFinite);
  for (const method of METHODS) {
    if ('reason' in plain.methods[method]) {
      assert.deepEqual(fast.methods[method], plain.methods[method]);
      continue;
    }
    const [a, b] = [defined(fast, method), defined(plain, method)];
    assert.equal(a.sketch.count, b.sketch.count, `${method}: count`);
    assert.equal(a.sketch.width, b.sketch.width, `${method}: width`);
    closeEach(method, [a.sketch.min, a.sketch.max], [b.sketch.min, b.sketch.max]);
    closeEach(method, [a.mean, a.variance], [b.mean, b.variance], 1e-9);
    // A mean is as good as the deviation around it allows: ±1e30 cancel to anything.
    const spread = Math.sqrt(largest(b.units?.variance ?? []));
    closeEach(`${method} mean`, a.units?.mean ?? [], b.units?.mean ?? [], 1e-11, spread);
    for (const field of ['variance', 'meanSquare'] as const)
      closeEach(`${method} ${field}`, a.units?.[field] ?? [], b.units?.[field] ?? []);
    closeEach(`${method} channels`, a.channelMean, b.channelMean, 1e-9, largest(b.channelStd));
    closeEach(`${method} channels`, a.channelStd, b.channelStd, 1e-6);
    const levels = [1, 15, 50, 85, 99];
    const [p, q] = [percentilesOf(a.sketch, levels), percentilesOf(b.sketch, levels)];
    const { first, size, width } = b.sketch;
    for (const [i, level] of levels.entries()) {
      const off = Math.abs(p[i] - q[i]);
      const beyond = Math.max(0, first * width - q[i], q[i] - (first + size) * width);
      // Tail cells are at most 1/64 as wide as their distance from the window; a mean is right to 1e-11 of the deviation.
      const allowed = EDGE * width + beyond / 64 + (method === 'none' ? 0 : 1e-11);
      assert.ok(!(off > allowed), `${method} p${level}: ${p[i]} is not ${q[i]}`);
    }
  }
}

function largest(values: ArrayLike<number>): number {
  return Math.max(1e-3, ...Array.from(values).filter(Number.isFinite));
}

/** Errors are at most `relative` of the figure, or of `scale` if that is larger. */
function closeEach(
  what: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  relative = 1e-11,
  scale = 1e-3,
): void {
  assert.equal(actual.length, expected.length, what);
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(actual[i] - expected[i]);
    const isClose = error <= relative * Math.max(scale, Math.abs(expected[i]));
    assert.ok(isClose || Object.is(actual[i], expected[i]), `${what}: ${actual[i]} is not ${expected[i]}`);
  }
}

for (const [name, code] of Object.entries(SIMD_CODES))
  describe(`the fast loops, ${name}`, () => {
    let arena: WasmArena;

    before(() => {
      setRelaxedSimd(true);
      const found = arenaOf(code);
      setRelaxedSimd(false);
      assert.ok(found !== undefined, 'The engine does not have what this code needs.');
      arena = found;
    });

    afterEach(() => arena.release());

    for (const { layout, shape, strides } of LAYOUTS) {
      const size = shape.reduce((a, b) => a * b, 1);
      const order = strides === undefined ? {} : { strides };
      for (const [kind, toValue] of Object.entries(KINDS)) {
        it(`agree with the plain ones: ${layout} [${shape}]${strides ? ', Fortran order' : ''}, ${kind}`, async () => {
          const values = Float32Array.from(normalValues(size, 7), toValue);
          const plain = await analyseArray(values, shape, layout, {}, order);
          const fast = await analyseArray(values, shape, layout, {}, { ...order, arena });
          assertAlike(fast, plain);
        });
      }
    }

    for (const [kind, toValue] of Object.entries({
      'of zeros': () => 0,
      'half of zeros': (x: number) => Math.max(0, x),
      'with a NaN and an outlier': (x: number, i: number) =>
        i === 9 ? Number.NaN : i === 300_001 ? 1e30 : x,
    }))
      it(`count more values than a 16-bit number holds, ${kind}`, async () => {
        const shape = [1, 2, 400, 400];
        const values = Float32Array.from(normalValues(320_000, 5), toValue);
        const plain = await analyseArray(values, shape, 'NCHW');
        assertAlike(await analyseArray(values, shape, 'NCHW', {}, { arena, chunk: CHUNK_VALUES }), plain);
      });

    it('count the same whatever the chunks', async () => {
      const chunks = fc.integer({ min: 1, max: 700 });
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...LAYOUTS),
          chunks,
          chunks,
          fc.constantFrom(...Object.values(KINDS)),
          async ({ layout, shape, strides }, first, second, toValue) => {
            const size = shape.reduce((a, b) => a * b, 1);
            const values = Float32Array.from(normalValues(size, 3), toValue);
            const order = strides === undefined ? {} : { strides };
            const analyse = async (chunk: number) => {
              try {
                return await analyseArray(values, shape, layout, {}, { ...order, arena, chunk });
              } finally {
                arena.release();
              }
            };
            const [a, b] = [await analyse(first), await analyse(second)];
            assert.deepEqual(a.counts, b.counts);
            for (const method of METHODS) {
              const [x, y] = [a.methods[method], b.methods[method]];
              if ('reason' in x || 'reason' in y) continue;
              // Raw cells do not depend on moments at all; the others may move with their last bits.
              if (method === 'none') assert.deepEqual(x.sketch, y.sketch);
              assert.equal(x.sketch.count, y.sketch.count);
              closeEach(method, [x.mean, x.variance], [y.mean, y.variance], 1e-9, 1);
            }
          },
        ),
        { numRuns: 100 },
      );
    });

    for (const [dtype, decode] of [
      ['float16', 'decodeFloat16'],
      ['bfloat16', 'decodeBfloat16'],
    ] as const) {
      it(`decode every ${dtype}`, () => {
        const codes = Uint16Array.from({ length: 65536 }, (_, code) => code);
        const bytes = arena.bytes(codes.byteLength);
        bytes.set(new Uint8Array(codes.buffer));
        const values = arena.values(codes.length);
        arena.code[decode](bytes.byteOffset, values.byteOffset, codes.length);
        const expected = decoder(dtype, true)(new Uint8Array(codes.buffer));
        for (let code = 0; code < codes.length; code++)
          assert.ok(
            Object.is(values[code], expected[code]),
            `${code}: ${values[code]}, not ${expected[code]}`,
          );
      });
    }

    it('release memory and refuse too much', () => {
      assert.equal(arena.allocate(2 ** 30), undefined);
      const address = arena.allocate(100);
      assert.ok(address !== undefined && address % 16 === 0);
      arena.float64(address, 12).fill(7);
      arena.release();
      assert.equal(arena.allocate(100), address);
      assert.ok(arena.float64(address, 12).every((value) => value === 0));
    });
  });
