import assert from 'node:assert/strict';
import { PagedColumn } from '../../../../src/model/pagedColumn';
import { QuantityValues } from '../../../../src/model/quantityTable';
import { joinRuns } from '../../../../src/model/runJoin';
import { comparedScale, hasRatio } from '../../../../webview/charts/comparedFigures';
import { depthProfile, worstPoint } from '../../../../webview/charts/depthProfile';
import { mapGrid, QUIET } from '../../../../webview/charts/mapGrid';
import { mapScale, quantityFigure, tickLabel } from '../../../../webview/charts/mapScale';
import { shownName, shownQuantity } from '../../../../webview/charts/mapSource';
import { catalogOf } from '../../model/samples';
import { tableOf } from '../samples';

/** Records 0–1 of layer a, 2–3 of layer b; in the other run 0–1 of layer b, 2–3 of layer a. */
const OWN = catalogOf(['a', 'b'], [0, 10]);
const THERE = catalogOf(['b', 'a'], [0, 10]);
const JOIN = joinRuns(OWN, THERE);

function quantityOf(quantity: 'deviation' | 'zeros' | 'mean', values: readonly number[]): QuantityValues {
  const record = Int32Array.from(values, (_, id) => id);
  return QuantityValues.of({ quantity, record, value: Float64Array.from(values) });
}

function shown(
  quantity: 'deviation' | 'zeros' | 'mean',
  own: readonly number[],
  there: readonly number[],
  mapCompared: 'values' | 'difference' | 'ratio',
) {
  return shownQuantity(
    {
      shiftMap: tableOf([]),
      quantity: quantityOf(quantity, own),
      catalog: OWN,
      other: { quantity: quantityOf(quantity, there), join: JOIN },
    },
    { mapQuantity: quantity, mapMethod: 'none', mapCompared },
  );
}

const valuesOf = (of: ReturnType<typeof shown>) => [0, 1, 2, 3].map((record) => of.figures?.get(record));

describe('webview: a quantity of two runs', () => {
  const THERE_VALUES = [4, 8, 1, 2];

  it('is that of the run in view, or its difference or ratio to that of the records that belong to it', () => {
    const own = [1, 4, 2, 8];
    assert.deepEqual(valuesOf(shown('deviation', own, THERE_VALUES, 'values')), own);
    assert.deepEqual(valuesOf(shown('deviation', own, THERE_VALUES, 'difference')), [0, 2, -2, 0]);
    assert.deepEqual(valuesOf(shown('deviation', own, THERE_VALUES, 'ratio')), [1, 2, 0.5, 1]);
    const visited: [number, number][] = [];
    shown('deviation', own, [4, 8, Number.NaN, 2], 'ratio').figures?.forEach(
      (...each) => void visited.push(each),
    );
    assert.deepEqual(visited, [
      [1, 2],
      [2, 0.5],
      [3, 1],
    ]);
  });

  it('has a ratio of 1 where both are 0, and none if it may have either sign', () => {
    assert.deepEqual(valuesOf(shown('zeros', [0, 1, 0, 1], [0, 1, 0, 0.5], 'ratio')), [1, 2, 1, 1]);
    assert.deepEqual(valuesOf(shown('mean', [1, 1, 1, 1], [-1, -1, -1, -1], 'ratio')), [2, 2, 2, 2]);
    assert.equal(hasRatio('signed'), false);
    assert.equal(comparedScale('share', 'difference'), 'shareDifference');
  });

  it('is named', () => {
    assert.equal(shownName(shown('deviation', [1], [1], 'ratio')), 'ratio of deviation σ');
    assert.equal(shownName(shown('deviation', [1], [1], 'difference')), 'difference of deviation σ');
    assert.equal(shownName(shown('deviation', [1], [1], 'values')), 'deviation σ');
  });

  it('is quiet on the map where both are equal, and worst where they are farthest apart', () => {
    const of = shown('deviation', [1, 4, 2, 8], THERE_VALUES, 'ratio');
    const grid = mapGrid(OWN, of, 0, 1);
    assert.deepEqual([...grid.values], [2, 0.5]);
    assert.deepEqual([grid.scale.place(0.5), grid.scale.place(1), grid.scale.place(2)], [0, 0.5, 1]);
    const equal = mapGrid(OWN, shown('deviation', [1, 2, 4, 8], THERE_VALUES, 'difference'), 0, 2);
    assert.ok(equal.flags.every((flags) => flags === QUIET));
    assert.deepEqual([equal.scale.place(0), equal.scale.ticks], [0.5, [0]]);
  });

  it('has the other run as thin lines along the depth, and bars from no difference', () => {
    const values = shown('deviation', [1, 4, 2, 8], THERE_VALUES, 'values');
    const reference = { roots: ['file:///other'] };
    const profile = depthProfile(OWN, values, [], 0, 10, reference, JOIN);
    assert.deepEqual(
      profile.points.map((point) => [point?.now, point?.before]),
      [
        [[4], [2]],
        [[8], [8]],
      ],
    );
    const ratios = depthProfile(
      OWN,
      shown('deviation', [1, 4, 2, 0.5], THERE_VALUES, 'ratio'),
      [],
      0,
      10,
      reference,
      JOIN,
    );
    assert.equal(ratios.origin, 1);
    assert.deepEqual(
      ratios.points.map((point) => point?.before),
      [[], []],
    );
    // 1/16 is farther from 1 than 2.
    assert.deepEqual(worstPoint(ratios, [0, 1])?.now, [0.0625]);
    assert.equal(ratios.jump, undefined);
  });

  it('has a scale with no difference in the middle, and figures with their sign', () => {
    const { place, ticks } = mapScale('difference', { min: -1, max: 4 });
    assert.deepEqual([place(-4), place(-2), place(0), place(4)], [0, 0.25, 0.5, 1]);
    assert.deepEqual(ticks, [-4, 0, 4]);
    assert.deepEqual(
      [0.5, -0.5, 0].map((value) => quantityFigure('difference', value)),
      ['+0.5', '−0.5', '0'],
    );
    assert.equal(quantityFigure('shareDifference', -0.25), '−25 % points');
    assert.equal(quantityFigure('ratio', 1.5), '×1.5');
    assert.equal(tickLabel('shareDifference', 0.5), '+50 %');
  });

  it('is that of the run alone while the other is being listed', () => {
    const quantity = quantityOf('deviation', [1, 2]);
    const other = { quantity: QuantityValues.empty('deviation'), join: undefined };
    const of = shownQuantity(
      { shiftMap: tableOf([]), quantity, catalog: OWN, other },
      { mapQuantity: 'deviation', mapMethod: 'none', mapCompared: 'difference' },
    );
    assert.equal(of.scale, 'size');
    assert.ok(of.figures instanceof PagedColumn);
  });
});
