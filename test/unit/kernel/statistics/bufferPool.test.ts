import assert from 'node:assert/strict';
import {
  acquireBuffer,
  acquireZeroColumns,
  acquireZeroCounts,
  acquireZeros,
  inScratch,
  releaseBuffer,
} from '../../../../src/kernel/statistics/bufferPool';

describe('kernel: memory that is used again', () => {
  it('reuses a released buffer of about the same size', () => {
    const first = acquireBuffer(1_000_003);
    assert.equal(first.byteLength, 1_000_008);
    releaseBuffer(first);
    assert.notEqual(acquireBuffer(1_000_009), first);
    assert.notEqual(acquireBuffer(400_000), first);
    assert.equal(acquireBuffer(600_000), first);
    assert.notEqual(acquireBuffer(600_000), first);
  });

  it('does not keep buffers without limit, nor small or transferred ones', () => {
    const small = new ArrayBuffer(1000);
    releaseBuffer(small);
    assert.notEqual(acquireBuffer(1000), small);
    const large = new ArrayBuffer(100 << 20);
    releaseBuffer(large);
    assert.notEqual(acquireBuffer(100 << 20), large);
    const gone = new ArrayBuffer(1 << 20);
    structuredClone(gone, { transfer: [gone] });
    releaseBuffer(gone);
    assert.equal(acquireBuffer(1 << 20).byteLength, 1 << 20);
  });

  it('puts large columns next to each other, and allocates small ones separately', () => {
    for (const [length, buffers] of [
      [1 << 14, 1],
      [10, 3],
    ]) {
      const columns = acquireZeroColumns(3, length);
      assert.equal(new Set(columns.map(({ buffer }) => buffer)).size, buffers);
      for (const [i, column] of columns.entries()) {
        assert.equal(column.length, length);
        assert.ok(column.every((value) => value === 0));
        column.fill(i + 1);
      }
      assert.deepEqual(
        columns.map((column) => column[length - 1]),
        [1, 2, 3],
      );
    }
  });

  it('is cut from one piece for work that ends soon, zeroed each time', () => {
    const work = () => {
      const taken = [acquireZeros(3), acquireZeroCounts(5), acquireZeros(2)];
      for (const each of taken) {
        assert.ok(each.every((value: number) => value === 0));
        each.fill(7);
      }
      return taken;
    };
    const [first, second] = [inScratch(work), inScratch(work)];
    assert.equal(new Set([...first, ...second].map(({ buffer }) => buffer)).size, 1);
    assert.deepEqual(
      first.map((each) => Array.from(each)),
      [
        [7, 7, 7],
        [7, 7, 7, 7, 7],
        [7, 7],
      ],
    );
    assert.notEqual(acquireZeros(3).buffer, first[0].buffer);
  });

  it('allocates elsewhere if the piece is too small', () => {
    const [small, large] = inScratch(() => [acquireZeros(1), acquireZeros(1 << 20)]);
    assert.notEqual(small.buffer, large.buffer);
    assert.equal(large.length, 1 << 20);
  });
});
