import assert from 'node:assert/strict';
import { DEFAULT_OPTIONS } from '../../../../src/model/analysis';
import { withoutTurns } from '../../../../src/model/inTurns';
import { QuantityTable, QuantityValues } from '../../../../src/model/quantityTable';
import { comparisonLine } from '../../../../webview/state/comparisonLine';
import { layerJoins } from '../../../../webview/state/layerJoins';
import { comparedWith, otherStepWords, referenceWords } from '../../../../webview/state/referenceWords';
import { otherUnder, withLayer, withOptions, withQuantity } from '../../../../webview/state/runData';
import { select } from '../../../../webview/state/selection';
import { INITIAL_VIEW } from '../../../../webview/state/viewState';
import { shiftOf, summaryOf } from '../../model/samples';
import { NO_FIGURES } from '../samples';
import { comparedData, OWN, THERE, updateWith } from './comparedData';

const at = (layer: string, step: number) => ({ ...INITIAL_VIEW, layer: `net.${layer}`, step });

function meansOf(...records: readonly number[]) {
  const table = new QuantityTable();
  for (const record of records) table.set(summaryOf(record), {});
  return table.column('mean', undefined);
}

describe('webview: the run that is compared with', () => {
  it('is joined with the run in view', () => {
    const data = comparedData();
    const selection = select(data, at('a', 20));
    // Layer a at step 10, the last one there.
    assert.equal(selection?.other?.joined?.record.id, 3);
    assert.equal(selection?.reference?.id, 3);
    assert.equal(referenceWords(selection!), 'seed2, step 10');
    assert.equal(otherStepWords(selection!), 'Step 20 is compared with step 10, the nearest there.');
    assert.equal(otherStepWords(select(data, at('a', 10))!), undefined);
    assert.equal(comparedWith(data, OWN.records[3]), 'seed2, step 0');
  });

  it('has records with equal ids, which are not those of the run', () => {
    const data = comparedData({}, { layer: 1, variant: 0, summaries: [], shifts: [shiftOf(3, 0, 0.5)] });
    const selection = select(data, at('b', 0));
    assert.deepEqual([selection?.record.id, selection?.reference?.id], [3, 0]);
    const same = comparedData({}, { layer: 0, variant: 0, summaries: [], shifts: [shiftOf(2, 2, 0.5)] });
    assert.equal(select(same, at('a', 20))?.reference?.step, 10);
  });

  it('has no record for a layer that nothing belongs to', () => {
    const data = comparedData({ layers: { 'net.a': null } });
    const selection = select(data, at('a', 0));
    assert.equal(selection?.other?.name, 'seed2');
    assert.equal(selection?.other?.joined, undefined);
    assert.equal(referenceWords(selection!), undefined);
    assert.deepEqual(comparisonLine(data, selection!), {
      sentences: ['Compared with seed2.', 'The other run has no layer that belongs to a.'],
      parting: undefined,
      layers: '1 of 2 layers',
    });
  });

  it('is called by the layer in a run that is compared with itself', () => {
    const data = { ...comparedData({ layers: { 'net.a': 'net.b' } }), roots: ['file:///seed2'] };
    assert.equal(select(data, at('a', 0))?.other?.name, 'b');
  });

  it('takes results and figures, and forgets those of other layers and quantities', () => {
    const data = withQuantity(comparedData(), QuantityValues.empty('mean'));
    const other = { deltas: [], quantity: meansOf(2, 3), summaries: [summaryOf(2), summaryOf(3)] };
    const after = updateWith(data, { other });
    assert.deepEqual([after.other?.quantity.middle?.get(3), after.other?.summaries.size], [0.5, 2]);
    assert.notEqual(after.other, data.other);
    assert.equal(select(after, at('a', 0))?.other?.joined?.summary?.record, 2);
    const elsewhere = withLayer(after, { layer: 1, variant: 0, summaries: [], shifts: [] });
    assert.equal(elsewhere.other?.summaries.size, 0);
    assert.equal(withQuantity(after, QuantityValues.of(NO_FIGURES)).other?.quantity.middle, undefined);
    const late = updateWith(withQuantity(after, QuantityValues.empty('rms')), { other });
    assert.equal(late.other?.quantity.middle?.size, 0, 'figures of a former quantity do not count');
  });

  it('grows, and is joined again', () => {
    const data = comparedData();
    const added = [{ id: 6, layer: 1, variant: 0, step: 20 }];
    const delta = { added, changed: [], removed: [], layers: [], variants: [] };
    const after = updateWith(data, { other: { deltas: [delta], quantity: NO_FIGURES, summaries: [] } });
    assert.equal(select(after, at('a', 20))?.reference?.id, 6);
  });

  it('ends with other options', () => {
    const data = comparedData();
    const { progress, problems } = data;
    const change = { options: DEFAULT_OPTIONS, progress, problems };
    const after = withOptions(data, change, withoutTurns(otherUnder(change, data)));
    assert.equal(after.other, undefined);
    assert.equal(select(after, at('a', 0))?.other, undefined);
    assert.equal(comparisonLine(after, select(after, at('a', 0))!), undefined);
  });

  it('says where the runs part, and leads there', () => {
    const finding = {
      kind: 'runs-part',
      severity: 'warning',
      layer: 1,
      layers: [1],
      step: 10,
      ...{ title: 'b differs', evidence: '', why: '', advice: '', refute: '' },
    } as const;
    const verdict = { severity: 'warning', sentence: 'b differs', causes: 1 } as const;
    const diagnosis = { verdict, findings: [finding], formulas: [], parting: 'Equal until step 0.' };
    const data = { ...comparedData(), diagnosis: { isCurrent: true, diagnosis } };
    const selection = select(data, at('a', 10))!;
    assert.deepEqual(comparisonLine(data, selection)?.parting, {
      text: 'Equal until step 0.',
      navigation: { to: 'record', layer: 1, step: 10 },
    });
    const stale = { ...data, diagnosis: { isCurrent: false, diagnosis } };
    assert.equal(comparisonLine(stale, selection)?.parting, undefined);
  });
});

describe('webview: layers that belong together', () => {
  it('are listed with how they were joined, or why not', () => {
    const named = ['a', 'b', 'x', 'y', 'z'].map((name, id) => ({
      ...OWN.layers[0],
      id,
      name,
      fullName: `net.${name}`,
      ...(name === 'x' && { class: 'Linear' }),
    }));
    const join = {
      other: THERE,
      layers: [
        { layer: 0, other: 1, by: 'name' as const },
        { layer: 1, other: 0, by: 'order' as const },
        { layer: 2 },
        { layer: 3 },
        { layer: 4 },
      ],
    };
    const rows = layerJoins({ layers: named }, join, { 'net.y': null, 'net.z': 'net.gone' });
    assert.deepEqual(
      rows.map(({ layer, other, words }) => [layer.name, other?.name, words]),
      [
        ['a', 'a', 'same name'],
        ['b', 'b', 'same type and order'],
        ['x', undefined, 'no layer of this name, and not as many Linear without a partner'],
        ['y', undefined, 'none, chosen'],
        ['z', undefined, 'the chosen layer does not exist or belongs to another one'],
      ],
    );
  });
});
