import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { ITEM_SIZE } from '../../../../src/formats/dtype';
import { bitComparer } from '../../../../src/kernel/compare/bitComparer';
import type { DType } from '../../../../src/model/catalog';

/** By NumPy and ml_dtypes: test/fixtures/comparison/make.py. */
const EXPECTED: {
  readonly narrow: Readonly<Record<string, readonly (readonly [number, number, number | 'infinite'])[]>>;
  readonly wide: Readonly<Record<string, readonly (readonly [string, string, number | 'infinite'])[]>>;
} = JSON.parse(readFileSync('test/fixtures/comparison/ulps.json', 'utf8'));

/** Little-endian bytes of a code. */
function bytesOf(dtype: string, code: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, code, true);
  return bytes.slice(0, ITEM_SIZE[dtype as DType]);
}

/** How far two codes are apart; undefined if their bits are equal. */
function distanceOf(dtype: string, a: bigint, b: bigint): number | undefined {
  const comparer = bitComparer(dtype as DType);
  const first = comparer.compare(bytesOf(dtype, a), bytesOf(dtype, b), 0, 1);
  assert.equal(comparer.elements, first < 0 ? 0 : 1);
  return first < 0 ? undefined : comparer.ulps;
}

function assertDistance(dtype: string, a: bigint, b: bigint, expected: number | 'infinite'): void {
  const wanted = a === b ? undefined : expected === 'infinite' ? Number.POSITIVE_INFINITY : expected;
  assert.equal(distanceOf(dtype, a, b), wanted, `${dtype} ${a.toString(16)} ${b.toString(16)}`);
}

describe('distances in representable numbers', () => {
  for (const [dtype, rows] of Object.entries(EXPECTED.narrow))
    it(`are NumPy's for ${dtype}`, () => {
      for (const [a, b, expected] of rows) assertDistance(dtype, BigInt(a), BigInt(b), expected);
    });

  for (const [dtype, rows] of Object.entries(EXPECTED.wide))
    it(`are NumPy's for ${dtype}`, () => {
      for (const [a, b, expected] of rows)
        assertDistance(dtype, BigInt(`0x${a}`), BigInt(`0x${b}`), expected);
    });

  it('of the two booleans is 1', () => {
    assert.equal(distanceOf('bool', 0n, 1n), 1);
    assert.equal(distanceOf('bool', 1n, 2n), 0);
  });

  it('cover every type', () => {
    const known = [...Object.keys(EXPECTED.narrow), ...Object.keys(EXPECTED.wide), 'bool'];
    assert.deepEqual(known.sort(), Object.keys(ITEM_SIZE).sort());
  });

  it('are a metric on the numbers of each type', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(ITEM_SIZE)),
        fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { minLength: 3, maxLength: 3 }),
        (dtype, codes) => {
          const [a, b, c] = codes.map((code) => BigInt.asUintN(8 * ITEM_SIZE[dtype as DType], code));
          const apart = (x: bigint, y: bigint) => distanceOf(dtype, x, y) ?? 0;
          assert.equal(apart(a, b), apart(b, a));
          // Beyond 2^53, each distance is rounded.
          assert.ok(apart(a, c) <= (apart(a, b) + apart(b, c)) * (1 + 2 ** -50));
        },
      ),
      { numRuns: 500 },
    );
  });
});
