import assert from 'node:assert/strict';
import type { RecordSketch } from '../../../../src/kernel/record/recordSketch';
import { type StatisticsOwner, sketchCache } from '../../../../src/kernel/workers/sketchCache';

/** Bytes of a sketch for the objects around its counts. */
const OBJECTS = 2048;

/** A sketch of about this number of bytes. */
function sketchOf(bytes: number): RecordSketch {
  const nothing = { reason: 'nothing' };
  const none = {
    sketch: { counts: new Uint32Array(Math.max(0, bytes - OBJECTS) / 4) },
    channelMean: new Float64Array(0),
  };
  const methods = { none, batch: nothing, layer: nothing, instance: nothing, group: nothing, rms: nothing };
  return { methods } as unknown as RecordSketch;
}

function ownerOf(dropped: string[]): StatisticsOwner {
  return { derive: async () => undefined, drop: (keys) => dropped.push(...keys) };
}

describe('kernel: memory', () => {
  it('forgets the sketches that were not used for longest', () => {
    const memory = sketchCache(30_000);
    const keys = ['a', 'b', 'c'];
    for (const key of keys) memory.keepSketch(key, sketchOf(9000));
    assert.ok(memory.sketch('a'));
    memory.keepSketch('d', sketchOf(9000));
    assert.deepEqual(
      ['a', 'b', 'c', 'd'].map((key) => memory.sketch(key) !== undefined),
      [true, false, true, true],
    );
  });

  it('has the last sketch of a record until that is forgotten', () => {
    const memory = sketchCache(30_000);
    const [first, second] = [sketchOf(9000), sketchOf(9000)];
    memory.keepSketch('record G=2', first, 'record');
    memory.keepSketch('record G=4', second, 'record');
    assert.equal(memory.lastSketch('record'), second);
    assert.equal(memory.lastSketch('another'), undefined);
    memory.keepSketch('record G=2', first, 'record');
    assert.equal(memory.lastSketch('record'), first);
    memory.forget('record');
    assert.equal(memory.lastSketch('record'), undefined);
    memory.keepSketch('record', second, 'record');
    for (const key of ['a', 'b', 'c']) memory.keepSketch(key, sketchOf(9000));
    assert.equal(memory.lastSketch('record'), undefined);
  });

  it('many statistics that go together go in one message, with some room for the next', () => {
    const memory = sketchCache(64_000);
    const messages: (readonly string[])[] = [];
    const owner: StatisticsOwner = { derive: async () => undefined, drop: (keys) => messages.push(keys) };
    for (let i = 0; i < 480; i++) memory.keepStatistics(`m${i}`, 'layer', 100, owner);
    assert.deepEqual(messages, []);
    memory.keepStatistics('m480', 'layer', 100, owner);
    const dropped = Array.from({ length: 16 }, (_, i) => `m${i}`);
    assert.deepEqual(messages, [dropped]);
    for (let i = 481; i < 496; i++) memory.keepStatistics(`m${i}`, 'layer', 100, owner);
    assert.equal(messages.length, 1);
  });

  it('has room for statistics until others would have to go, and always for those of visible layers', () => {
    const memory = sketchCache(40_000);
    const dropped: string[] = [];
    for (let i = 0; memory.hasRoomFor('unseen'); i++)
      memory.keepStatistics(`m${i}`, 'unseen', 1000, ownerOf(dropped));
    assert.deepEqual(dropped, []);
    assert.ok(memory.ownerOf('m28') && !memory.ownerOf('m30'));
    memory.focus(['seen']);
    assert.ok(memory.hasRoomFor('seen') && !memory.hasRoomFor('unseen'));
    const full = sketchCache(40_000);
    full.keepSketch('a', sketchOf(39_500));
    assert.ok(!full.hasRoomFor('unseen'));
  });

  it('keeps the newest sketch, however large', () => {
    const memory = sketchCache(1000);
    memory.keepSketch('a', sketchOf(9000));
    assert.ok(memory.sketch('a'));
  });

  it('statistics of layers out of view are evicted before sketches, visible ones last', () => {
    const memory = sketchCache(40_000);
    const dropped: string[] = [];
    const owner = ownerOf(dropped);
    memory.focus(['seen']);
    memory.keepStatistics('m1', 'seen', 10_000, owner);
    memory.keepStatistics('m2', 'other', 10_000, owner);
    memory.keepSketch('a', sketchOf(9000));
    memory.keepSketch('b', sketchOf(9000));
    assert.deepEqual(dropped, []);
    memory.keepSketch('c', sketchOf(9000));
    assert.deepEqual(dropped, ['m2']);
    memory.keepSketch('d', sketchOf(9000));
    assert.deepEqual(dropped, ['m2']);
    assert.equal(memory.sketch('a'), undefined);
    assert.equal(memory.ownerOf('m1'), owner);
    assert.equal(memory.ownerOf('m2'), undefined);
  });

  it('statistics take three quarters of the budget at most, those that were not used for longest go first', () => {
    const memory = sketchCache(42_000);
    const dropped: string[] = [];
    memory.focus(['seen']);
    for (const key of ['m1', 'm2', 'm3']) memory.keepStatistics(key, 'seen', 10_000, ownerOf(dropped));
    memory.ownerOf('m1');
    memory.keepStatistics('m4', 'seen', 10_000, ownerOf(dropped));
    assert.deepEqual(dropped, ['m2']);
    memory.keepStatistics('m5', 'seen', 50_000, ownerOf(dropped));
    assert.deepEqual([...dropped].sort(), ['m1', 'm2', 'm3', 'm4', 'm5']);
  });

  it('statistics that are computed again elsewhere are dropped at their old place', () => {
    const memory = sketchCache(40_000);
    const [here, there]: string[][] = [[], []];
    const owner = ownerOf(here);
    memory.keepStatistics('m', 'layer', 10, owner);
    memory.keepStatistics('m', 'layer', 20, owner);
    assert.deepEqual(here, []);
    memory.keepStatistics('m', 'layer', 20, ownerOf(there));
    assert.deepEqual([here, there], [['m'], []]);
    memory.lost('m');
    assert.equal(memory.ownerOf('m'), undefined);
    assert.deepEqual(there, []);
  });

  it('forgets a run', () => {
    const memory = sketchCache(40_000);
    const dropped: string[] = [];
    memory.keepSketch('run\n1', sketchOf(100));
    memory.keepStatistics('run\n1', 'run\n0', 10, ownerOf(dropped));
    memory.keepSketch('other\n1', sketchOf(100));
    memory.forget('run\n');
    assert.deepEqual(dropped, ['run\n1']);
    assert.equal(memory.sketch('run\n1'), undefined);
    assert.ok(memory.sketch('other\n1'));
  });
});
