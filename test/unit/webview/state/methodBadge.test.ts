import assert from 'node:assert/strict';
import type { Method, MethodSummary, RecordSummary } from '../../../../src/model/analysis';
import { methodBadge } from '../../../../webview/state/methodBadge';

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

const textOf = (method: Method, summary: RecordSummary) => methodBadge(method, summary)?.text;

describe('badges of methods', () => {
  it('name the method whose sets are the same', () => {
    const groupOf = (groups: number) => textOf('group', record(4, 8, 9, groups));
    assert.deepEqual([groupOf(8), groupOf(1), groupOf(4)], ['= Instance', '= Layer', undefined]);
    assert.equal(textOf('instance', record(1, 8, 9, 4)), '= Batch');
    assert.equal(textOf('instance', record(4, 1, 9, 1)), '= Layer');
    // As many sets as batch norm has, but others.
    assert.equal(textOf('group', record(2, 4, 9, 2)), undefined);
    assert.equal(textOf('layer', record(8, 8, 9, 4)), undefined);
  });

  it('say when every set has only the two values −1 and 1', () => {
    assert.equal(textOf('group', record(4, 8, 1, 4)), '±1 only');
    assert.equal(textOf('batch', record(2, 8, 1, 4)), '±1 only');
    assert.equal(textOf('rms', record(4, 2, 1, 1)), undefined);
    assert.equal(textOf('rms', record(4, 1, 1, 1)), '±1 only');
  });

  it('say when ε is larger than variances', () => {
    assert.equal(textOf('batch', record(4, 8, 9, 4, [1e-7, 9e-6])), 'σ² < ε');
    assert.equal(textOf('batch', record(4, 8, 9, 4, [1e-7, 1])), 'some σ² < ε');
    assert.equal(textOf('none', record(4, 8, 9, 4, [1e-7, 1])), undefined);
  });

  it('have the others in their title', () => {
    const { text, title } = methodBadge('group', record(4, 8, 2, 8, [1e-7, 1]))!;
    assert.equal(text, '= Instance');
    assert.match(title, /same elements\.\nEach normalized set has two values.*\nSome variances are below ε/u);
  });

  it('are none without results or where a method does not apply', () => {
    const summary = record(4, 8, 9, 4);
    const without = { ...summary, methods: { ...summary.methods, batch: { reason: 'no' } } };
    assert.deepEqual(
      [methodBadge('batch', undefined), methodBadge('batch', without)],
      [undefined, undefined],
    );
  });
});
