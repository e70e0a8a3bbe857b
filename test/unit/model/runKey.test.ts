import { strict as assert } from 'node:assert';
import { runKey } from '../../../src/model/runKey';

describe('the key of a run', () => {
  it('is the same run for the same roots in any order', () => {
    assert.equal(runKey(['file:///b', 'file:///a']), runKey(['file:///a', 'file:///b']));
    assert.notEqual(runKey(['file:///a']), runKey(['file:///a', 'file:///b']));
  });
});
