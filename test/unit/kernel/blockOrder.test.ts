import assert from 'node:assert/strict';
import fc from 'fast-check';
import { orderBlocks, sharingOf } from '../../../src/kernel/blockOrder';
import {
  channelPartition,
  groupPartition,
  samplePartition,
  wholePartition,
} from '../../../src/kernel/partition';

const extent = { samples: 6, channels: 4, positions: 9 };

describe('kernel: order of blocks', () => {
  it('tells which blocks are mapped alike', () => {
    assert.equal(sharingOf(wholePartition(extent)), 'channel');
    assert.equal(sharingOf(channelPartition(extent)), 'channel');
    assert.equal(sharingOf(samplePartition(extent)), 'sample');
    assert.equal(sharingOf(groupPartition(extent, 1)), 'sample');
    assert.equal(sharingOf(groupPartition(extent, 2)), 'none');
    assert.equal(sharingOf(groupPartition(extent, 4)), 'none');
  });

  it('has the blocks of a channel or a sample, and of even or odd samples, side by side', () => {
    const records = fc.record({
      channels: fc.integer({ min: 1, max: 9 }),
      samples: fc.integer({ min: 1, max: 40 }),
      pieces: fc.integer({ min: 1, max: 6 }),
      first: fc.integer({ min: 0, max: 5 }),
      sharing: fc.constantFrom('channel' as const, 'sample' as const),
    });
    fc.assert(
      fc.property(records, ({ channels, samples, pieces, first, sharing }) => {
        const blocks = samples * channels * pieces;
        const units = Int32Array.from(
          { length: blocks },
          (_, block) => first * channels + Math.floor(block / pieces),
        );
        const [keys, order] = [new Int32Array(blocks), new Int32Array(blocks)];
        const wanted = (block: number) => {
          const [sample, channel] = [Math.floor(units[block] / channels), units[block] % channels];
          return sharing === 'sample' ? `${sample}` : `${channel} ${sample % 2}`;
        };
        const all = Array.from({ length: blocks }, (_, block) => block);
        const groups = new Set(all.map(wanted)).size;
        const isWorth = orderBlocks(units, channels, sharing, keys, order);
        assert.equal(isWorth, 4 * groups <= blocks);
        if (!isWorth) return;
        assert.deepEqual(
          Array.from(order).sort((a, b) => a - b),
          all,
        );
        const met = new Set<string>();
        for (const [i, block] of order.entries()) {
          const isSame = i > 0 && wanted(order[i - 1]) === wanted(block);
          assert.equal(isSame, i > 0 && keys[order[i - 1]] === keys[block]);
          assert.ok(isSame || !met.has(wanted(block)), 'each stands together');
          met.add(wanted(block));
          if (isSame) assert.ok(order[i - 1] < block, 'in the order that they had');
        }
      }),
    );
  });

  it('is none where methods map blocks by themselves', () => {
    const [keys, order] = [new Int32Array(8), new Int32Array(8)];
    assert.equal(orderBlocks(new Int32Array(8), 1, 'none', keys, order), false);
    assert.equal(orderBlocks(new Int32Array(0), 1, 'sample', keys, order), false);
  });
});
