import assert from 'node:assert/strict';
import { channelsWithShare, partsOf } from '../../../src/model/channelFigures';

const of = (...values: number[]) => Float64Array.from(values);

describe('parts of a shift', () => {
  it('are shares of the squared distances, which add up to 1', () => {
    assert.deepEqual([...partsOf(of(3, 4, 0))], [9 / 25, 16 / 25, 0]);
  });

  it('are 0 without a shift, and of channels that have none', () => {
    assert.deepEqual([...partsOf(of(0, 0))], [0, 0]);
    assert.deepEqual([...partsOf(of(Number.NaN, 2))], [0, 1]);
    assert.deepEqual([...partsOf(of())], []);
  });

  it('survive distances whose squares overflow or are infinite', () => {
    assert.deepEqual([...partsOf(of(1e300, 1e300))], [0.5, 0.5]);
    assert.deepEqual([...partsOf(of(Number.POSITIVE_INFINITY, 1))], [1, 0]);
  });

  it('are counted from the largest until they have a share', () => {
    const parts = of(0.1, 0.5, 0.3, 0.1);
    assert.equal(channelsWithShare(parts, 0.5), 1);
    assert.equal(channelsWithShare(parts, 0.8), 2);
    assert.equal(channelsWithShare(parts, 1), 4);
    assert.equal(channelsWithShare(of(0, 0), 0.8), 0);
  });
});
