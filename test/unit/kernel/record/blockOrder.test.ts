import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  channelPartition,
  groupPartition,
  type Partition,
  samplePartition,
  wholePartition,
} from '../../../../src/kernel/methods/partition';
import { mapBlocksAlike, orderBlocks } from '../../../../src/kernel/record/blockOrder';

/** This number of blocks per key is worth merging, whatever the kernel's threshold. */
const MANY = 32;

const extent = { samples: 6, channels: 4, positions: 9 };

describe('kernel: order of blocks', () => {
  it('finds the methods that map the same blocks in the same way', () => {
    const alike: readonly (readonly Partition[])[] = [
      [wholePartition(extent), channelPartition(extent)],
      [samplePartition(extent), groupPartition(extent, 1)],
      [groupPartition(extent, 2), groupPartition(extent, 2)],
      [groupPartition(extent, 4)],
    ];
    for (const [i, some] of alike.entries())
      for (const [j, others] of alike.entries())
        for (const a of some) for (const b of others) assert.equal(mapBlocksAlike(a, b), i === j);
  });

  it('has the blocks of a unit or a channel, and of even or odd samples, side by side', () => {
    const records = fc.record({
      groups: fc.integer({ min: 1, max: 4 }),
      inGroup: fc.integer({ min: 1, max: 4 }),
      samples: fc.integer({ min: 1, max: 40 }),
      pieces: fc.integer({ min: 1, max: 6 }),
      first: fc.integer({ min: 0, max: 5 }),
      kind: fc.constantFrom('channel' as const, 'sample' as const, 'group' as const),
    });
    fc.assert(
      fc.property(records, ({ groups, inGroup, samples, pieces, first, kind }) => {
        const channels = groups * inGroup;
        const blocks = samples * channels * pieces;
        const units = Int32Array.from(
          { length: blocks },
          (_, block) => first * channels + Math.floor(block / pieces),
        );
        const [keys, order] = [new Int32Array(blocks), new Int32Array(blocks)];
        const whole = { samples: first + samples, channels, positions: 9 };
        const partition = {
          channel: channelPartition(whole),
          sample: samplePartition(whole),
          group: groupPartition(whole, groups),
        }[kind];
        const wanted = (block: number) => {
          const [sample, channel] = [Math.floor(units[block] / channels), units[block] % channels];
          if (kind === 'channel') return `${channel} ${sample % 2}`;
          return kind === 'sample' ? `${sample}` : `${sample} ${Math.floor(channel / inGroup)}`;
        };
        const all = Array.from({ length: blocks }, (_, block) => block);
        const distinct = new Set(all.map(wanted)).size;
        const isWorth = orderBlocks(units, channels, partition, keys, order);
        if (distinct === blocks) assert.ok(!isWorth, 'no two blocks belong together');
        if (MANY * distinct <= blocks) assert.ok(isWorth, 'many belong together');
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

  it('is empty without blocks', () => {
    const none = new Int32Array(0);
    assert.equal(orderBlocks(none, 1, samplePartition(extent), none, none), false);
  });
});
