import assert from 'node:assert/strict';
import { comparedNumbers } from '../../../../webview/state/comparedNumbers';
import { numbersRows } from '../../../../webview/state/numbers';
import { select } from '../../../../webview/state/selection';
import { INITIAL_VIEW } from '../../../../webview/state/viewState';
import { shiftOf, summaryOf } from '../../model/samples';
import { NO_FIGURES } from '../samples';
import { comparedData, updateWith } from './comparedData';

const PERCENTILES = [15, 50, 85];
const VIEW = { ...INITIAL_VIEW, layer: 'net.a', step: 10 };
const LAYER = { layer: 0, variant: 0, summaries: [summaryOf(1)], shifts: [shiftOf(1, 3, 0.25)] };

describe('webview: numbers of two runs', () => {
  it('are those of one run until the other’s have arrived', () => {
    const selection = select(comparedData({}, LAYER), VIEW)!;
    assert.deepEqual(
      comparedNumbers(selection, PERCENTILES).map(({ field }) => field),
      numbersRows(selection, PERCENTILES).map(({ field }) => field),
    );
  });

  it('stand below one another with their difference, but for what is between both', () => {
    const summaries = [summaryOf(3, [-1, 0.25, 1])];
    const other = { deltas: [], quantity: NO_FIGURES, summaries };
    const data = updateWith(comparedData({}, LAYER), { other });
    const rows = comparedNumbers(select(data, VIEW)!, PERCENTILES);
    const fields = rows.map(({ field }) => field);
    assert.deepEqual(fields.slice(0, 3), ['mean', 'meanOther', 'meanDifference']);
    assert.ok(fields.includes('w1') && !fields.includes('w1Other'));
    const valuesOf = (field: string) => rows.find((row) => row.field === field)?.values;
    assert.equal(valuesOf('p50Other')?.none, 0.25);
    assert.equal(valuesOf('p50Difference')?.none, -0.25);
    assert.equal(valuesOf('p50Difference')?.instance, undefined, 'instance is undefined in both');
    assert.equal(rows.find(({ field }) => field === 'meanOther')?.label, '  in seed2');
  });
});
