import assert from 'node:assert/strict';
import { findingsOf } from '../../../src/findings/findings';
import type { LayerOrder, RecordDType } from '../../../src/model/catalog';
import { summaryOf } from '../model/samples';
import { movedRun } from './runs';

/** NaN and +∞ by layer at step 20, of steps 0, 10 and 20. */
function found(
  layers: Readonly<Record<string, readonly [nan: number, infinite: number]>>,
  order: LayerOrder,
  dtype: RecordDType = 'float32',
) {
  const steps = [0, 10, 20];
  const input = movedRun(steps, Object.fromEntries(Object.keys(layers).map((name) => [name, [0, 0]])), {
    order,
  });
  const summaries = new Map(input.summaries);
  for (const [layer, [nan, posInf]] of Object.values(layers).entries()) {
    const record = layer * steps.length + 2;
    const kind = nan > 0 ? 'nan' : 'posInf';
    const finite = 32 - nan - posInf;
    if (nan + posInf > 0)
      summaries.set(
        record,
        summaryOf(record, [0], { nan, posInf, finite, firstNonFinite: { kind, index: [1, 7] } }),
      );
  }
  const records = input.catalog.records.map((record) => ({ ...record, dtype }));
  const findings = findingsOf({ ...input, catalog: { ...input.catalog, records }, summaries });
  const [first] = findings.filter(({ kind }) => kind === 'non-finite');
  return first;
}

describe('findings: the first non-finite value', () => {
  it('is in the first layer of the network at the earliest step, with index and count', () => {
    const finding = found({ norm: [0, 0], wo: [0, 1], next: [1, 0] }, 'file', 'float16');
    assert.equal(finding.title, 'Infinite values first in wo at step 20');
    assert.deepEqual([finding.layer, finding.step, finding.after, finding.layers], [1, 20, 10, [1, 2]]);
    assert.equal(
      finding.evidence,
      '1 infinite of 32 values, the first at [1, 7]. float16 holds values up to 65,504. One other layer has some by the last step: next.',
    );
  });

  it('has no layer if several layers have a NaN and their order is unknown', () => {
    const finding = found({ decoder: [3, 0], encoder: [1, 0], stem: [0, 0] }, 'names');
    assert.equal(finding.title, 'NaN first seen at step 20, in 2 layers');
    assert.equal(finding.layer, undefined);
    assert.match(finding.evidence, /The order of layers is not known from these files: decoder, encoder\./);
  });

  it('is an infinity rather than a NaN if the layer order is unknown', () => {
    const finding = found({ decoder: [3, 0], encoder: [0, 2], stem: [0, 0] }, 'names');
    assert.equal(finding.title, 'Infinite values first in encoder at step 20');
    assert.equal(finding.layer, 1);
  });

  it('has no layer if all layers have one at once, because weights or input had it before', () => {
    const finding = found({ stem: [32, 0], block: [32, 0], head: [32, 0] }, 'calls');
    assert.equal(finding.title, 'NaN in all 3 layers at step 20');
    assert.match(finding.evidence, /No layer has any at step 10.* they were already in the weights/);
    assert.match(finding.advice, /Record every step between 10 and 20/);
  });
});
