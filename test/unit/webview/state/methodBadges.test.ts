import assert from 'node:assert/strict';
import type { Method, MethodSummary, RecordSummary } from '../../../../src/model/analysis';
import { methodBadges } from '../../../../webview/state/methodBadges';

/** A record of [n, c, s] with G groups whose variances are between the two given ones. */
function record(n: number, c: number, s: number, groups: number, variances = [1, 2]): RecordSummary {
  const units: Record<Method, number> = {
    none: 0,
    batch: c,
    layer: n,
    instance: n * c,
    group: n * groups,
    rms: n,
  };
  const methods = Object.fromEntries(
    Object.entries(units).map(([method, unitCount]) => [
      method,
      { unitCount, unitVariance: { min: variances[0], max: variances[1] } } as MethodSummary,
    ]),
  );
  return { finite: n * c * s, epsilon: 1e-5, groups, layerScope: 'example', methods } as RecordSummary;
}

const texts = (method: Method, summary: RecordSummary) =>
  methodBadges(method, summary).map(({ text }) => text);

describe('badges of methods', () => {
  it('name the method whose sets are the same', () => {
    const groupOf = (groups: number) => texts('group', record(4, 8, 9, groups));
    assert.deepEqual([groupOf(8), groupOf(1), groupOf(4)], [['= Instance'], ['= Layer'], []]);
    assert.deepEqual(texts('instance', record(1, 8, 9, 4)), ['= Batch']);
    assert.deepEqual(texts('instance', record(4, 1, 9, 1)), ['= Layer']);
    // As many sets as batch norm has, but others.
    assert.deepEqual(texts('group', record(2, 4, 9, 2)), []);
    assert.deepEqual(texts('layer', record(8, 8, 9, 4)), []);
  });

  it('say when every set has only the two values −1 and 1', () => {
    assert.deepEqual(texts('group', record(4, 8, 1, 4)), ['±1 only']);
    assert.deepEqual(texts('batch', record(2, 8, 1, 4)), ['±1 only']);
    assert.deepEqual(texts('rms', record(4, 2, 1, 1)), []);
    assert.deepEqual(texts('rms', record(4, 1, 1, 1)), ['±1 only']);
  });

  it('say when ε is larger than variances', () => {
    assert.deepEqual(texts('batch', record(4, 8, 9, 4, [1e-7, 9e-6])), ['σ² < ε']);
    assert.deepEqual(texts('batch', record(4, 8, 9, 4, [1e-7, 1])), ['some σ² < ε']);
    assert.deepEqual(texts('none', record(4, 8, 9, 4, [1e-7, 1])), []);
  });

  it('are none without results or where a method does not apply', () => {
    const summary = record(4, 8, 9, 4);
    const without = { ...summary, methods: { ...summary.methods, batch: { reason: 'no' } } };
    assert.deepEqual([methodBadges('batch', undefined), methodBadges('batch', without)], [[], []]);
  });
});
