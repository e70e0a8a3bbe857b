import assert from 'node:assert/strict';
import fc from 'fast-check';
import { planSlabs, sequential, slabSource } from '../../../src/formats/slabs';
import { readBytes } from '../../../src/io/byteSource';

const axis = fc.record({ length: fc.integer({ min: 1, max: 7 }), chunk: fc.integer({ min: 1, max: 8 }) });
const axes = fc.array(axis, { maxLength: 4 });
const ITEM = 2;

describe('formats: slabs of chunked tensors', () => {
  it('give every element once, at its stride, in pieces within the budget', () =>
    fc.assert(
      fc.asyncProperty(axes, fc.integer({ min: ITEM, max: 400 }), async (all, budget) => {
        const shape = all.map(({ length }) => length);
        const chunks = all.map(({ chunk }) => chunk);
        const plan = planSlabs(shape, chunks, ITEM, budget);
        const source = slabSource('memory:///a', shape, ITEM, plan, async ({ start, count }) => {
          const size = count.reduce((product, length) => product * length, 1);
          assert.ok(size * ITEM <= budget);
          // Each element holds its own place in C order.
          return new Uint8Array(
            Uint16Array.from({ length: size }, (_, place) => placeOf(place, start, count, shape)).buffer,
          );
        });
        const bytes = await readBytes(source, 0, source.size);
        const stored = new Uint16Array(bytes.buffer);
        for (let place = 0; place < stored.length; place++)
          assert.equal(stored[dot(indexOf(place, shape), plan.strides)], place);
        await source.close();
        await assert.rejects(source.read(0, new Uint8Array(1)));
      }),
      { numRuns: 500 },
    ));

  it('can be read from the middle if nothing is decompressed twice', () =>
    fc.assert(
      fc.asyncProperty(axes, fc.integer({ min: ITEM, max: 400 }), async (all, budget) => {
        const shape = all.map(({ length }) => length);
        const chunks = all.map(({ chunk }) => chunk);
        const plan = planSlabs(shape, chunks, ITEM, budget);
        const { unpackedRows } = sequential(plan);
        if (unpackedRows === undefined || shape.length === 0) return;
        const rowBytes = plan.strides[0] * ITEM;
        for (let row = 0; row < shape[0]; row += unpackedRows) {
          let before = Number.POSITIVE_INFINITY;
          const source = slabSource('memory:///a', shape, ITEM, plan, async ({ start, count }) => {
            before = Math.min(before, start[0]);
            return new Uint8Array(count.reduce((product, length) => product * length, ITEM));
          });
          await source.read(row * rowBytes, new Uint8Array(rowBytes));
          assert.equal(before, row);
          // No chunk reaches over the boundary.
          assert.equal(row % Math.min(chunks[0], shape[0]), 0);
        }
      }),
    ));

  const PLANS: readonly [what: string, shape: number[], chunks: number[], order: number[], passes: number][] =
    [
      ['whole rows of chunks', [1000, 256, 28, 28], [4, 64, 28, 28], [0, 1, 2, 3], 1],
      ['chunks that span the first axis', [64, 4096, 56, 56], [64, 1, 56, 56], [1, 0, 2, 3], 1],
      ['small tensors in one', [64, 32], [16, 16], [0, 1], 1],
      ['cubes of which no row fits', [1024, 1024, 1024], [128, 128, 128], [0, 1, 2], 16],
    ];
  for (const [what, shape, chunks, order, passes] of PLANS) {
    it(`${what}: each chunk is decompressed ${passes} times`, () => {
      const plan = planSlabs(shape, chunks, 4);
      assert.deepEqual([plan.order, plan.passes], [order, passes]);
    });
  }
});

function indexOf(place: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  let rest = place;
  for (const length of [...shape].reverse()) {
    index.unshift(rest % length);
    rest = Math.floor(rest / length);
  }
  return index;
}

function dot(index: readonly number[], strides: readonly number[]): number {
  return index.reduce((sum, each, i) => sum + each * strides[i], 0);
}

function placeOf(
  place: number,
  start: readonly number[],
  count: readonly number[],
  shape: readonly number[],
): number {
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((product, length) => product * length, 1));
  return dot(
    indexOf(place, count).map((each, i) => each + start[i]),
    strides,
  );
}
