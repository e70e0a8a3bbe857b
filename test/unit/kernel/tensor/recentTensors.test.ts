import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { TensorInfo } from '../../../../src/formats/tensorFile';
import { bufferSource } from '../../../../src/io/bufferSource';
import { type ByteSource, readBytes } from '../../../../src/io/byteSource';
import { recentTensors } from '../../../../src/kernel/tensor/recentTensors';

const INFO: TensorInfo = { name: '', dtype: 'uint8', littleEndian: true, shape: [8], strides: [1] };

/** A source that counts the bytes that are read; its reads resolve when `release` is called, the last first. */
function countedSource(size: number) {
  const bytes = Uint8Array.from({ length: size }, (_, i) => 7 * i + 1);
  const waiting: (() => void)[] = [];
  let isHeld = false;
  const counted = {
    bytes,
    read: 0,
    hold: () => {
      isHeld = true;
    },
    release: () => {
      for (const each of waiting.reverse()) each();
    },
    source: (): ByteSource => {
      const source = bufferSource('a', bytes);
      return {
        ...source,
        read: async (offset, target) => {
          counted.read += target.length;
          if (isHeld) await new Promise<void>((resolve) => waiting.push(resolve));
          await source.read(offset, target);
        },
      };
    },
  };
  return counted;
}

describe('tensors that were read lately', () => {
  it('are not read again', async () => {
    const recent = recentTensors(100);
    const count = countedSource(8);
    const { bytes } = count;
    const kept = recent.keep('a', INFO, count.source());
    assert.equal(recent.read('a', 'a'), undefined);
    await readBytes(kept, 0, 5);
    await readBytes(kept, 5, 3);
    assert.equal(count.read, 8);
    const again = recent.read('a', 'a');
    assert.equal(again?.info, INFO);
    assert.deepEqual(await readBytes(again!.tensor, 0, 8), bytes);
    assert.deepEqual(await readBytes(kept, 2, 4), bytes.slice(2, 6));
    assert.equal(count.read, 8);
  });

  it('are read from where they end, and not given away until they are whole', async () => {
    const recent = recentTensors(100);
    const count = countedSource(8);
    await readBytes(recent.keep('a', INFO, count.source()), 0, 5);
    assert.equal(recent.read('a', 'a'), undefined);
    const kept = recent.keep('a', INFO, count.source());
    assert.deepEqual(await readBytes(kept, 0, 5), count.bytes.slice(0, 5));
    assert.equal(count.read, 5);
    assert.deepEqual(await readBytes(kept, 5, 3), count.bytes.slice(5));
    assert.equal(count.read, 8);
    assert.ok(recent.read('a', 'a') !== undefined);
  });

  it('are whole whatever the order in which reads that run side by side end', async () => {
    const recent = recentTensors(100);
    const count = countedSource(9);
    count.hold();
    const kept = recent.keep('a', INFO, count.source());
    const reads = [0, 3, 6].map((offset) => readBytes(kept, offset, 3));
    count.release();
    await Promise.all(reads);
    assert.deepEqual(await readBytes(recent.read('a', 'a')!.tensor, 0, 9), count.bytes);
  });

  it('are always what the source has, and take no more bytes than allowed', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(3), fc.nat(11), fc.nat(11)), { maxLength: 40 }),
        fc.integer({ min: 0, max: 30 }),
        async (reads, budget) => {
          const recent = recentTensors(budget);
          const counts = [5, 8, 10, 12].map((size) => countedSource(size));
          for (const [which, a, b] of reads) {
            const { bytes, source } = counts[which];
            const [from, to] = [Math.min(a, b, bytes.length), Math.min(Math.max(a, b), bytes.length)];
            const known = recent.read(String(which), 'a')?.tensor;
            const tensor = known ?? recent.keep(String(which), INFO, source());
            assert.deepEqual(await readBytes(tensor, from, to - from), bytes.slice(from, to));
            const held = counts.reduce(
              (sum, each, i) => sum + (recent.read(String(i), 'a') === undefined ? 0 : each.bytes.length),
              0,
            );
            assert.ok(held <= budget, `${held} bytes are held of ${budget}`);
          }
        },
      ),
    ));

  it('are dropped when others come, the least recently used first, and all of them at once', async () => {
    const recent = recentTensors(16);
    const count = countedSource(8);
    const readWhole = (key: string) => readBytes(recent.keep(key, INFO, count.source()), 0, 8);
    for (const key of ['a', 'b']) await readWhole(key);
    assert.ok(recent.read('a', 'a') !== undefined);
    await readWhole('c');
    assert.deepEqual(
      ['a', 'b', 'c'].map((key) => recent.read(key, 'a') !== undefined),
      [true, false, true],
    );
    const large = countedSource(17).source();
    assert.equal(recent.keep('d', INFO, large), large);
    recent.clear();
    assert.equal(recent.read('a', 'a'), undefined);
  });
});
