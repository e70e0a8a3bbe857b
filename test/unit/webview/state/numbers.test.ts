import assert from 'node:assert/strict';
import { shiftBetween } from '../../../../src/kernel/figures/shift';
import { METHODS } from '../../../../src/model/analysis';
import { exactCell, numbersAsText, numbersRows, withoutRounding } from '../../../../webview/state/numbers';
import { select } from '../../../../webview/state/selection';
import { INITIAL_VIEW } from '../../../../webview/state/viewState';
import { analyseArray, normalValues } from '../../kernel/arrays';
import { catalogOf, shiftOf, summaryOf } from '../../model/samples';
import { runDataOf } from '../samples';

const CATALOG = catalogOf(['a'], [0, 10]);

function rowsOf(summaries = [summaryOf(1)], shifts = [shiftOf(1, 0, 1 / 3, 0.25)]) {
  const data = runDataOf(CATALOG, [], { layer: 0, variant: 0, summaries, shifts });
  return numbersRows(select(data, INITIAL_VIEW)!, [15, 50, 85]);
}

/** Field, raw, batch and instance (which is undefined), as a table. */
const EXPECTED: readonly (readonly [string, number | undefined, number | undefined])[] = [
  ['mean', 0.5, 0.5],
  ['variance', 2, 2],
  ['min', -3, -3],
  ['p15', -1, -1],
  ['p50', 0, 0],
  ['p85', 1, 1],
  ['max', 4, 4],
  ['unitCount', undefined, 8],
  ['unitMeanMin', undefined, -1],
  ['unitMeanMax', undefined, 1],
  ['unitVarianceMin', undefined, 0.25],
  ['unitVarianceMax', undefined, 3],
  ['w1', 1 / 3, 1 / 3],
  ['w1Location', 0.125, 0.125],
  ['w1Bound', 0.1875 + 0.5 * Math.exp(0.0625), 0.1875 + 0.5 * Math.exp(0.0625)],
  ['w1Scale', 0.0625, 0.0625],
  ['w1Shape', 0.5, 0.5],
  ['ks', 0.75, 0.75],
  ['js', 0.375, 0.375],
  ['meanShift', -0.125, -0.125],
  ['logStdRatio', 0.0625, 0.0625],
  ['channelFrechet', 2, 2],
  ['noiseFloorW1', 0.25, 0.25],
];

describe('webview: numbers', () => {
  it('contain every statistic of every method, and none of an undefined one', () => {
    assert.deepEqual(
      rowsOf().map(({ field, values }) => [field, values.none, values.batch]),
      EXPECTED,
    );
    for (const { field, values } of rowsOf()) {
      assert.deepEqual(Object.keys(values), METHODS, field);
      assert.equal(values.instance, undefined, field);
    }
  });

  it('bound the shift from below by the location and from above by all three terms', async () => {
    const before = await analyseArray(normalValues(4000, 1), [40, 100], 'NC');
    const forms: ((z: number) => number)[] = [
      (z) => z + 2,
      (z) => 3 * z - 1,
      (z) => Math.exp(z),
      (z) => Math.sign(z),
      (z) => 0.01 * z ** 3,
    ];
    for (const [i, form] of forms.entries()) {
      const after = await analyseArray(normalValues(4000, 2 + i).map(form), [40, 100], 'NC');
      const shift = { record: 1, reference: 0, methods: shiftBetween(before, after) };
      const rows = new Map(rowsOf([summaryOf(1)], [shift]).map(({ field, values }) => [field, values]));
      const of = (field: string) => rows.get(field)!.none!;
      // Histograms are exact to their cells.
      assert.ok(of('w1Location') <= of('w1') * 1.001, `${form}: ${of('w1Location')} > ${of('w1')}`);
      assert.ok(of('w1') <= of('w1Bound') * 1.001, `${form}: ${of('w1')} > ${of('w1Bound')}`);
    }
  });

  it('have a label and a definition', () => {
    for (const { field, label, title } of rowsOf()) assert.ok(label !== '' && title !== '', field);
  });

  it('have the same rows, all empty, before anything is computed', () => {
    const rows = rowsOf([], []);
    assert.deepEqual(
      rows.map(({ field }) => field),
      EXPECTED.map(([field]) => field),
    );
    for (const { field, values } of rows) {
      assert.ok(
        METHODS.every((method) => values[method] === undefined),
        field,
      );
    }
  });

  it('are copied at full precision, for a spreadsheet', () => {
    const lines = numbersAsText(rowsOf()).split('\n');
    assert.equal(lines.length, 1 + EXPECTED.length);
    assert.equal(lines[0], 'statistic\tRaw\tBatch\tLayer\tInstance\tGroup\tRMS');
    assert.equal(lines[8], 'unitCount\t\t8\t8\t\t8\t8');
    const third = '0.3333333333333333';
    assert.equal(lines[13], `w1\t${third}\t${third}\t${third}\t\t${third}\t${third}`);
  });

  it('have exact cells', () => {
    assert.deepEqual([undefined, 0.1 + 0.2, Number.NaN, -0, 1e21].map(exactCell), [
      '',
      '0.30000000000000004',
      'NaN',
      '0',
      '1e+21',
    ]);
  });

  it('show rounding errors as 0, and small figures as they are', () => {
    const [mean] = rowsOf();
    assert.equal(mean.scale('none'), 4);
    assert.equal(withoutRounding(-2.78e-17, 4), 0);
    assert.equal(withoutRounding(1e-12, 4), 1e-12);
    assert.equal(withoutRounding(-2.78e-17, 1e-17), -2.78e-17);
    assert.equal(withoutRounding(1e-30, undefined), 1e-30);
    assert.equal(withoutRounding(undefined, 1), undefined);
  });
});
