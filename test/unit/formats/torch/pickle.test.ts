import assert from 'node:assert/strict';
import { readPickle } from '../../../../src/formats/torch/pickle';
import { isKind, type PickleValue } from '../../../../src/formats/torch/pickleValues';

/** Python's `pickle.dumps(value, protocol)` of one value with every plain type in it. */
const PICKLES: readonly [protocol: number, base64: string][] = [
  [
    2,
    'gAJ9cQAoWAEAAABpcQFdcQIoSwBL/00AAU3//0oAAAEASv////9K////f0oAAACAigYAAAAAAAGKBwEAAAAAAOCKCQAAAAAAAAAAAWVYAQAAAGZxA11xBChHP+AAAAAAAABHf/AAAAAAAABHgAAAAAAAAABlWAEAAAB0cQVdcQYoKUsBhXEHSwFLAoZxCEsBSwJLA4dxCShLAUsCSwNLBHRxCmVYAQAAAHhxC11xDChOiIllWAEAAABzcQ1dcQ4oWAAAAABxD1gFAAAAw6nkuK1xEFgEAAAA77u/YnERZVgBAAAAYXESXXETaA1hWAEAAABicRRoE1gBAAAAbnEVfXEWSwF9cRdLAlgEAAAAZGVlcHEYc3N1Lg==',
  ],
  [
    3,
    'gAN9cQAoWAEAAABpcQFdcQIoSwBL/00AAU3//0oAAAEASv////9K////f0oAAACAigYAAAAAAAGKBwEAAAAAAOCKCQAAAAAAAAAAAWVYAQAAAGZxA11xBChHP+AAAAAAAABHf/AAAAAAAABHgAAAAAAAAABlWAEAAAB0cQVdcQYoKUsBhXEHSwFLAoZxCEsBSwJLA4dxCShLAUsCSwNLBHRxCmVYAQAAAHhxC11xDChOiIllWAEAAABzcQ1dcQ4oWAAAAABxD1gFAAAAw6nkuK1xEFgEAAAA77u/YnERZVgBAAAAYXESXXETaA1hWAEAAABicRRoE1gBAAAAbnEVfXEWSwF9cRdLAlgEAAAAZGVlcHEYc3N1Lg==',
  ],
  [
    4,
    'gASV4AAAAAAAAAB9lCiMAWmUXZQoSwBL/00AAU3//0oAAAEASv////9K////f0oAAACAigYAAAAAAAGKBwEAAAAAAOCKCQAAAAAAAAAAAWWMAWaUXZQoRz/gAAAAAAAAR3/wAAAAAAAAR4AAAAAAAAAAZYwBdJRdlCgpSwGFlEsBSwKGlEsBSwJLA4eUKEsBSwJLA0sEdJRljAF4lF2UKE6IiWWMAXOUXZQojACUjAXDqeS4rZSMBO+7v2KUZYwBYZRdlGgNYYwBYpRoE4wBbpR9lEsBfZRLAowEZGVlcJRzc4wBepQokZR1Lg==',
  ],
  [
    5,
    'gAWV4AAAAAAAAAB9lCiMAWmUXZQoSwBL/00AAU3//0oAAAEASv////9K////f0oAAACAigYAAAAAAAGKBwEAAAAAAOCKCQAAAAAAAAAAAWWMAWaUXZQoRz/gAAAAAAAAR3/wAAAAAAAAR4AAAAAAAAAAZYwBdJRdlCgpSwGFlEsBSwKGlEsBSwJLA4eUKEsBSwJLA0sEdJRljAF4lF2UKE6IiWWMAXOUXZQojACUjAXDqeS4rZSMBO+7v2KUZYwBYZRdlGgNYYwBYpRoE4wBbpR9lEsBfZRLAowEZGVlcJRzc4wBepQokZR1Lg==',
  ],
];
/** `pickle.dumps([b'\\x00\\xff', bytearray(b'ab')], 5)`. */
const BYTES = 'gAWVFgAAAAAAAABdlChDAgD/lJYCAAAAAAAAAGFilGUu';

const EXPECTED = {
  i: [0, 255, 256, 65535, 65536, -1, 2 ** 31 - 1, -(2 ** 31), 2 ** 40, -(2 ** 53) + 1, 2n ** 64n],
  f: [0.5, Number.POSITIVE_INFINITY, -0],
  t: [[], [1], [1, 2], [1, 2, 3], [1, 2, 3, 4]],
  x: [null, true, false],
  s: ['', 'é\u4e2d', '\ufeffb'],
  a: ['s'],
  b: ['s'],
  n: { 1: { 2: 'deep' } },
};

const read = (base64: string) =>
  readPickle(Uint8Array.from(Buffer.from(base64, 'base64')), 'memory:///a.pkl');

/** The value as JavaScript has it; tuples and lists are arrays. */
function plain(value: PickleValue): unknown {
  if (isKind(value, 'dict')) {
    return Object.fromEntries(value.entries.map(([key, item]) => [String(key), plain(item)]));
  }
  if (isKind(value, 'list') || isKind(value, 'tuple') || isKind(value, 'set')) return value.items.map(plain);
  return value;
}

describe('formats: pickles that Python wrote', () => {
  for (const [protocol, base64] of PICKLES) {
    it(`protocol ${protocol}`, () => {
      const { value, end, persistentIds } = read(base64);
      const expected = protocol < 4 ? EXPECTED : { ...EXPECTED, z: [] };
      assert.deepEqual(plain(value), expected);
      assert.deepEqual([end, persistentIds], [Buffer.from(base64, 'base64').length, []]);
      // What Python shared is shared.
      assert.ok(isKind(value, 'dict'));
      const items = new Map(value.entries);
      assert.equal(items.get('a'), items.get('b'));
    });
  }

  it('bytes and bytearrays', () => {
    assert.deepEqual(plain(read(BYTES).value), [Uint8Array.of(0, 255), Uint8Array.of(0x61, 0x62)]);
  });
});
