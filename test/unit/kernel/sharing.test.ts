import assert from 'node:assert/strict';
import type { Knobs } from '../../../src/kernel/knobs';
import { SHARED_BYTES, sharesOf } from '../../../src/kernel/sharing';
import type { RecordEntry } from '../../../src/protocol/catalog';

const LARGE: RecordEntry = {
  id: 0,
  layer: 0,
  step: 0,
  variant: 0,
  shape: [100, 256, 56, 56],
  dtype: 'float32',
  file: 'file:///run/step_0.npz',
  tensor: 'conv1',
};
const KNOBS = { layout: 'NCHW', epsilon: 1e-5, groups: 32, layerScope: 'example' } as Knobs;

describe('kernel: shares of a large tensor', () => {
  it('are stretches of samples, one after the other, that make up the whole', () => {
    const shares = sharesOf(LARGE, KNOBS);
    assert.ok(shares !== undefined && shares.length > 1);
    assert.equal(shares[0].from, 0);
    for (const [i, { from }] of shares.entries()) if (i > 0) assert.equal(from, shares[i - 1].to);
    assert.equal(shares.at(-1)?.to, 100);
  });

  it('are none of a tensor that can only be read from front to back: each would unpack all that is before it', () => {
    assert.equal(sharesOf({ ...LARGE, isSequential: true }, KNOBS), undefined);
  });

  it('are none of a small tensor', () => {
    assert.equal(sharesOf({ ...LARGE, shape: [SHARED_BYTES / 4, 1, 1, 1] }, KNOBS), undefined);
  });
});
