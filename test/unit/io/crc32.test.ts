import assert from 'node:assert/strict';
import { crc32 as reference } from 'node:zlib';
import fc from 'fast-check';
import { crc32 } from '../../../src/io/crc32';

describe('io: CRC-32', () => {
  it('is that of zip', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (bytes, cut) => {
        assert.equal(crc32(bytes), reference(bytes));
        assert.equal(crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut))), reference(bytes));
      }),
    );
    assert.equal(crc32(new TextEncoder().encode('123456789')), 0xcbf43926);
  });
});
