import assert from 'node:assert/strict';
import fc from 'fast-check';
import { gathering } from '../../../src/formats/shape';
import { bufferSource } from '../../../src/io/bufferSource';
import { readBytes } from '../../../src/io/byteSource';
import { stridedSource } from '../../../src/io/stridedSource';

const axes = fc.array(
  fc.record({ length: fc.integer({ min: 1, max: 6 }), stride: fc.integer({ min: 0, max: 50 }) }),
  { maxLength: 4 },
);

describe('io: views of stored elements', () => {
  it('have every element at its stride, whichever way they are turned', () =>
    fc.assert(
      fc.asyncProperty(axes, async (all) => {
        const shape = all.map(({ length }) => length);
        const strides = all.map(({ stride }) => stride);
        const span = all.reduce((last, { length, stride }) => last + (length - 1) * stride, 1);
        // Each stored element is its own place.
        const stored = new Uint8Array(Uint16Array.from({ length: span }, (_, place) => place).buffer);
        const gathered = gathering({ shape, strides });
        const source = stridedSource(bufferSource('memory:///a', stored), gathered.view, 2);
        const bytes = new Uint16Array((await readBytes(source, 0, source.size)).buffer);
        for (const index of indices(shape))
          assert.equal(bytes[dot(index, gathered.strides)], dot(index, strides));
      }),
    ));

  it('are read in one pass over the storage', async () => {
    // The transpose of every second column of 2048 × 2048.
    const size = 4 * 2048 * 2048;
    let read = 0;
    let reads = 0;
    const base = {
      path: 'memory:///a',
      size,
      read: async (_: number, target: Uint8Array) => {
        read += target.length;
        reads++;
      },
      close: async () => {},
    };
    const { view } = gathering({ shape: [1024, 2048], strides: [2, 2048] });
    const source = stridedSource(base, view, 4);
    for (let at = 0; at < source.size; at += 1 << 16) await source.read(at, new Uint8Array(1 << 16));
    assert.ok(read <= size, `${read} bytes were read of ${size}`);
    assert.equal(reads, source.size >> 16);
  });
});

function* indices(shape: readonly number[]): Generator<number[]> {
  const size = shape.reduce((product, length) => product * length, 1);
  for (let place = 0; place < size; place++) {
    const index: number[] = [];
    let rest = place;
    for (const length of [...shape].reverse()) {
      index.unshift(rest % length);
      rest = Math.floor(rest / length);
    }
    yield index;
  }
}

function dot(index: readonly number[], strides: readonly number[]): number {
  return index.reduce((sum, each, axis) => sum + each * strides[axis], 0);
}
