import assert from 'node:assert/strict';
import fc from 'fast-check';
import { packedBuffers, packIntoOneBuffer } from '../../../../src/kernel/workers/packBuffers';

const arrays = fc.oneof(
  fc.uint32Array({ maxLength: 40 }),
  fc.float64Array({ maxLength: 40 }),
  fc.array(fc.double(), { maxLength: 4 }),
);
const leaves = fc.oneof(fc.double(), fc.string(), fc.boolean(), fc.constant(undefined), arrays);
const maps = fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 3 }).map((entries) => new Map(entries));
const keys = fc.string().filter((key) => key !== '__proto__');
const data = fc.dictionary(
  keys,
  fc.oneof(leaves, maps, fc.dictionary(keys, fc.oneof(leaves, maps), { noNullPrototype: true })),
  {
    noNullPrototype: true,
  },
);

/** All typed arrays in it. */
function arraysIn(value: unknown): (Uint32Array | Float64Array)[] {
  if (value instanceof Uint32Array || value instanceof Float64Array) return [value];
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.values(value).flatMap(arraysIn)
    : [];
}

describe('kernel: compact', () => {
  it('is the same data, its arrays side by side in one buffer', () => {
    fc.assert(
      fc.property(data, (value) => {
        const compacted = packIntoOneBuffer(value);
        assert.deepEqual(compacted, value);
        const found = arraysIn(compacted);
        if (found.every(({ length }) => length === 0)) return;
        assert.equal(new Set(found.map(({ buffer }) => buffer)).size, 1);
        const bytes = found.reduce((sum, { byteLength }) => sum + Math.ceil(byteLength / 8) * 8, 0);
        assert.equal(found[0].buffer.byteLength, bytes);
        assert.deepEqual(packedBuffers({ compacted, value }), [found[0].buffer]);
        assert.deepEqual(packedBuffers(value), []);
      }),
    );
  });

  it('leaves large arrays alone, and all in lists and maps', () => {
    const large = new Float64Array(100_000);
    const lists = [new Float64Array(1)];
    const tail = new Map([[1, 2]]);
    const compacted = packIntoOneBuffer({ large, lists, tail, small: Uint32Array.of(1, 2) });
    assert.equal(compacted.large, large);
    assert.equal(compacted.lists, lists);
    assert.equal(compacted.tail, tail);
    assert.equal(compacted.small.buffer.byteLength, 8);
  });
});
