import assert from 'node:assert/strict';
import { crc32 as reference } from 'node:zlib';
import fc from 'fast-check';
import { crc32c, portableCrc32 } from '../../../src/io/checksums';
import { crc32 } from '../../../src/io/crc32';

/** What the catalogues of checksums give the checksum of. */
const CHECK = new TextEncoder().encode('123456789');

describe('io: CRC-32', () => {
  it('is that of zip', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (bytes, cut) => {
        for (const checksum of [crc32, portableCrc32]) {
          assert.equal(checksum(bytes), reference(bytes));
          assert.equal(checksum(bytes.subarray(cut), checksum(bytes.subarray(0, cut))), reference(bytes));
        }
      }),
    );
    for (const checksum of [crc32, portableCrc32]) assert.equal(checksum(CHECK), 0xcbf43926);
  });

  it('is that of iSCSI, with its polynomial [RFC 3720, appendix B.4]', () => {
    const counted = Uint8Array.from({ length: 32 }, (_, i) => i);
    assert.deepEqual(
      [CHECK, new Uint8Array(32), new Uint8Array(32).fill(255), counted].map((bytes) => crc32c(bytes)),
      [0xe3069283, 0x8a9136aa, 0x62a8ab43, 0x46dd794e],
    );
    assert.equal(crc32c(counted.subarray(5), crc32c(counted.subarray(0, 5))), crc32c(counted));
  });
});
