import assert from 'node:assert/strict';
import { SHARED_BYTES, splitTensor } from '../../../../src/kernel/workers/splitTensor';
import { LARGE_RECORD, LARGE_OPTIONS as OPTIONS } from '../largeRecord';

/** Whose statistics can be kept as a whole. */
const LARGE = { ...LARGE_RECORD, shape: [100, 256, 56, 56] };

describe('kernel: shares of a large tensor', () => {
  it('are stretches of samples, one after the other, that make up the whole', () => {
    const shares = splitTensor(LARGE, OPTIONS);
    assert.ok(shares !== undefined && shares.length > 1);
    assert.equal(shares[0].from, 0);
    for (const [i, { from }] of shares.entries()) if (i > 0) assert.equal(from, shares[i - 1].to);
    assert.equal(shares.at(-1)?.to, LARGE.shape[0]);
  });

  it('are none of a tensor that can only be read from front to back: each would unpack all that is before it', () => {
    assert.equal(splitTensor({ ...LARGE, isSequential: true }, OPTIONS), undefined);
  });

  it('are none of a small tensor', () => {
    assert.equal(splitTensor({ ...LARGE, shape: [SHARED_BYTES / 4, 1, 1, 1] }, OPTIONS), undefined);
  });
});
