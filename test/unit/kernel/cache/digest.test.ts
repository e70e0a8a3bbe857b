import assert from 'node:assert/strict';
import { digest } from '../../../../src/kernel/cache/digest';

describe('kernel: digests of keys', () => {
  it('are 128 bits, the same for the same text', () => {
    assert.match(digest(''), /^[0-9a-f]{32}$/);
    assert.match(digest('layer'), /^[0-9a-f]{32}$/);
    assert.equal(digest('layer ω'), digest('layer ω'));
  });

  it('are others for texts that differ little, in every quarter', () => {
    const texts = Array.from(
      { length: 20_000 },
      (_, i) => `["file:///run/step_${i}.npz","${i % 20}-170000000","w"]`,
    );
    const digests = texts.map(digest);
    assert.equal(new Set(digests).size, texts.length);
    for (const quarter of [0, 8, 16, 24]) {
      const parts = digests.map((each) => each.slice(quarter, quarter + 8));
      // Of 20,000 random 32-bit values, 0.05 pairs are equal on average.
      assert.ok(new Set(parts).size > texts.length - 5, `quarter ${quarter}`);
    }
  });
});
