import assert from 'node:assert/strict';
import { decoder, fitsFloat32 } from '../../../src/formats/decode';
import { ITEM_SIZE } from '../../../src/formats/dtype';
import type { DType } from '../../../src/model/catalog';

const DTYPES = Object.keys(ITEM_SIZE) as DType[];

/** Some bytes of every kind; NaN codes among them. */
const BYTES = Uint8Array.from({ length: 64 }, (_, i) => (i * 97 + (i >> 3)) & 0xff);

const swapped = (bytes: Uint8Array, width: number) =>
  Uint8Array.from(bytes, (_, i) => bytes[i - (i % width) + width - 1 - (i % width)]);

// The fixtures of NumPy test that the values are correct; this tests that they do not depend on the position of the
// bytes.
describe('formats: decoding', () => {
  for (const dtype of DTYPES) {
    const width = ITEM_SIZE[dtype];
    const expected = Array.from(decoder(dtype, true)(BYTES));

    it(`${dtype} from any place in a buffer`, () => {
      assert.equal(expected.length, BYTES.length / width);
      const decode = decoder(dtype, true);
      for (let offset = 1; offset <= 8; offset++) {
        const buffer = new Uint8Array(BYTES.length + 16).fill(0xff);
        buffer.set(BYTES, offset);
        assert.deepEqual(Array.from(decode(buffer.subarray(offset, offset + BYTES.length))), expected);
      }
    });

    it(`${dtype} from big-endian bytes, which stay as they are`, () => {
      const bytes = swapped(BYTES, width);
      const before = Uint8Array.from(bytes);
      assert.deepEqual(Array.from(decoder(dtype, false)(bytes)), expected);
      assert.deepEqual(bytes, before);
    });

    if (fitsFloat32(dtype)) {
      it(`decodes ${dtype} into the caller's array, and not past its end`, () => {
        for (const littleEndian of [true, false]) {
          const into = new Float32Array(expected.length + 1).fill(7);
          const bytes = littleEndian ? BYTES : swapped(BYTES, width);
          const values = decoder(dtype, littleEndian)(bytes, into);
          assert.equal(values.buffer, into.buffer);
          assert.deepEqual(Array.from(into), [...expected, 7]);
        }
      });
    }

    it(`${dtype} chunk after chunk of one decoder`, () => {
      for (const littleEndian of [true, false]) {
        const decode = decoder(dtype, littleEndian);
        const bytes = littleEndian ? BYTES : swapped(BYTES, width);
        for (const [from, to] of [
          [0, 8],
          [8, 64],
          [64, 64],
          [16, 24],
        ]) {
          const values = Array.from(decode(bytes.subarray(from, to)));
          assert.deepEqual(values, expected.slice(from / width, to / width));
        }
      }
    });
  }

  /** 64-bit integers beyond 2^53 go to the nearest float64, ties to even (IEEE 754 roundTiesToEven). */
  const WIDE: readonly [integer: bigint, value: number][] = [
    [2n ** 53n - 1n, 9007199254740991],
    [2n ** 53n, 9007199254740992],
    [2n ** 53n + 1n, 9007199254740992],
    [2n ** 53n + 3n, 9007199254740996],
    [2n ** 63n - 1n, 2 ** 63],
    [-(2n ** 63n), -(2 ** 63)],
  ];
  for (const [integer, value] of WIDE) {
    it(`int64 ${integer}`, () => {
      const bytes = new Uint8Array(new BigInt64Array([integer]).buffer);
      assert.deepEqual(Array.from(decoder('int64', true)(bytes)), [value]);
    });
  }
});
