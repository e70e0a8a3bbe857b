import assert from 'node:assert/strict';
import { aheadSource } from '../../../src/io/aheadSource';
import { bufferSource } from '../../../src/io/bufferSource';
import { readBytes } from '../../../src/io/byteSource';

const CONTENT = Uint8Array.from({ length: 50_000 }, (_, i) => i % 251);

/** The content, and the ranges that were read of it. `failsFrom`: bytes that cannot be read. */
function counted(failsFrom = Number.POSITIVE_INFINITY) {
  const source = bufferSource('memory:///content', CONTENT);
  const reads: (readonly [offset: number, length: number])[] = [];
  const ahead = aheadSource({
    ...source,
    read: async (offset, target) => {
      reads.push([offset, target.length]);
      if (offset + target.length > failsFrom) throw new Error('The bytes are gone.');
      await source.read(offset, target);
    },
  });
  return { ahead, reads };
}

async function assertRead(source: ReturnType<typeof aheadSource>, offset: number, length: number) {
  assert.deepEqual(await readBytes(source, offset, length), CONTENT.slice(offset, offset + length));
}

describe('source that reads ahead', () => {
  it('serves small reads that are near each other from one read', async () => {
    const { ahead, reads } = counted();
    for (const offset of [40_000, 40_100, 43_000, 49_990]) await assertRead(ahead, offset, 10);
    assert.deepEqual(reads, [[40_000, 10_000]]);
    await assertRead(ahead, 39_999, 10);
    assert.equal(reads.length, 2);
  });

  it('reads large ranges as they are', async () => {
    const { ahead, reads } = counted();
    await assertRead(ahead, 100, 20_000);
    assert.deepEqual(reads, [[100, 20_000]]);
  });

  it('reads what is asked for if what follows cannot be read', async () => {
    const { ahead, reads } = counted(1000);
    await assertRead(ahead, 900, 100);
    assert.deepEqual(reads, [
      [900, 16_384],
      [900, 100],
    ]);
    await assert.rejects(readBytes(ahead, 1000, 1), /gone/);
  });
});
