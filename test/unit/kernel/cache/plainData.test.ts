import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decode, encode, type PlainData } from '../../../../src/kernel/cache/plainData';

const { data } = fc.letrec<{ data: PlainData }>((tie) => ({
  data: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(undefined, null, true, false, -0, Number.NaN, 2 ** 31 - 1, 2 ** 31),
    fc.double(),
    fc.integer(),
    fc.string({ unit: 'grapheme' }),
    fc.uint32Array(),
    fc.float32Array(),
    fc.float64Array(),
    fc.array(tie('data')),
    fc.dictionary(fc.string(), tie('data'), { noNullPrototype: true }),
  ),
}));

describe('kernel: plain data as bytes', () => {
  it('comes back as it was, bit for bit', () => {
    fc.assert(fc.property(data, (value) => assert.deepEqual(decode(encode(value)), value)));
  });

  it('has keys of its own whatever their names', () => {
    const value = JSON.parse('{"__proto__": {"a": 1}, "constructor": 2, "é": 3}');
    const again = decode(encode(value));
    assert.deepEqual(again, value);
    assert.equal(Object.getPrototypeOf(again), Object.prototype);
  });

  it('reads typed arrays that begin anywhere in their memory', () => {
    const values = Float64Array.of(1, 2, 3).subarray(1);
    const bytes = new Uint8Array(64);
    const encoded = encode(['x', values]);
    bytes.set(encoded, 3);
    assert.deepEqual(decode(bytes.subarray(3, 3 + encoded.length)), ['x', Float64Array.of(2, 3)]);
  });

  it('refuses truncated and overlong data, and allocates no memory for missing data', () => {
    fc.assert(
      fc.property(data, fc.nat(), (value, cut) => {
        const bytes = encode(value);
        assert.throws(() => decode(bytes.subarray(0, cut % bytes.length)), RangeError);
        assert.throws(() => decode(Uint8Array.of(...bytes, 0)), RangeError);
      }),
    );
    // A Float64Array of 2^31 − 1 values.
    assert.throws(() => decode(Uint8Array.of(12, 255, 255, 255, 255, 7)), RangeError);
  });

  it('refuses anything but plain data', () => {
    for (const value of [new Date(), new Map(), () => {}, Symbol('a'), 1n])
      assert.throws(() => encode({ value } as unknown as PlainData), TypeError);
  });
});
