import assert from 'node:assert/strict';
import { sharedSegments } from '../../../src/io/uriSegments';

describe('io: the segments that paths share', () => {
  it('are the leading ones, and none of no paths', () => {
    const paths = [
      ['runs', 'a', 'step_0'],
      ['runs', 'a', 'step_1'],
    ];
    assert.equal(sharedSegments(paths), 2);
    assert.equal(sharedSegments([...paths, ['runs']]), 1);
    assert.equal(sharedSegments([]), 0);
  });

  it('are found among the paths of a run of a million records', () => {
    const paths = Array.from({ length: 1_000_000 }, (_, i) => ['runs', 'a', `step_${i}`]);
    assert.equal(sharedSegments(paths), 2);
  });
});
