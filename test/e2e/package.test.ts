import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';

/** Bytes of the package, at most: it is downloaded, and copied to every remote machine. */
const MAX_SIZE = 5e6;

describe('the package', () => {
  it('is smaller than 5 MB', async () => {
    const { size } = await stat('dist/normscope.vsix');
    assert.ok(
      size < MAX_SIZE,
      `dist/normscope.vsix has ${(size / 1e6).toFixed(2)} MB. See what grew with: npx vsce ls --tree --no-dependencies`,
    );
  });
});
