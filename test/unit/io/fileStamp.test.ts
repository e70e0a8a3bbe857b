import assert from 'node:assert/strict';
import { fileStamp } from '../../../src/io/fileStamp';

const NOW = 1_700_000_000_000;
const stamp = (size: number, modified: number | undefined, kind: 'file' | 'folder' | 'other' = 'file') =>
  fileStamp({ name: 'a', uri: 'file:///a', kind, size, ...(modified !== undefined && { modified }) }, NOW);

describe('io: the state of a file', () => {
  it('depends on size and time', () => {
    const states = [stamp(1, 5.25), stamp(2, 5.25), stamp(1, 5.5)];
    assert.equal(new Set(states).size, 3);
    assert.equal(stamp(1, 5.25), states[0]);
  });

  it('is unknown without a time, and for anything but files', () => {
    assert.deepEqual(
      [stamp(1, undefined), stamp(1, 0), stamp(0, 5, 'folder'), stamp(0, 5, 'other')],
      [undefined, undefined, undefined, undefined],
    );
  });

  it('is unknown while the next change could bear the same time', () => {
    assert.equal(stamp(1, NOW - 10.5), undefined);
    assert.notEqual(stamp(1, NOW - 100.5), undefined);
    // Whole seconds: the file system may keep no more.
    assert.equal(stamp(1, NOW - 1000), undefined);
    assert.notEqual(stamp(1, NOW - 3000), undefined);
    // A clock that runs ahead.
    assert.equal(stamp(1, NOW + 5000.5), undefined);
  });
});
