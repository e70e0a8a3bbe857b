import assert from 'node:assert/strict';
import { QuantityValues } from '../../../../src/model/quantityTable';
import type { ShiftCell } from '../../../../src/model/shiftTable';
import { mapGrid } from '../../../../webview/charts/mapGrid';
import type { MapRow } from '../../../../webview/charts/mapRows';
import { shownQuantity } from '../../../../webview/charts/mapSource';
import { cellSentence, layerSentence, selectionSentence } from '../../../../webview/charts/readout';
import { catalogOf, cellOf } from '../../model/samples';
import { tableOf } from '../samples';

/** Records 0–2 are of layer a, 3–5 of layer b. */
const CATALOG = catalogOf(['a', 'b'], [0, 10, 20]);
const CELLS: readonly ShiftCell[] = [
  cellOf(0, 0, 0),
  cellOf(1, 0, 0.25, 0.5),
  cellOf(2, 0, 4, 0.5),
  cellOf(3, 3, Number.NaN, undefined, true),
  { ...cellOf(4, 3, 1, 0.5), dead: true },
];
const SHIFT = shownQuantity(
  { shiftMap: tableOf(CELLS), quantity: QuantityValues.empty('shift') },
  { mapQuantity: 'shift', mapMethod: 'none' },
);
const LAYERS: readonly MapRow[] = [
  { key: 'a', label: 'a', level: 0, layers: [0] },
  { key: 'b', label: 'b', level: 0, layers: [1] },
];
const MODULE: MapRow = {
  key: 'm',
  label: 'm',
  level: 0,
  layers: [0, 1],
  module: { path: 'net.m', isOpen: false },
};
const AT_A_20 = { layer: CATALOG.layers[0], record: CATALOG.records[2] };

function sentence(row: MapRow | undefined, column: number | undefined, maxColumns = 3): string {
  const grid = mapGrid(CATALOG, SHIFT, 0, maxColumns);
  const pointed = row === undefined ? undefined : { row, column };
  return cellSentence({ catalog: CATALOG, grid, shown: SHIFT, selection: AT_A_20, pointed });
}

describe('webview: what the map says', () => {
  const SENTENCES: readonly [row: MapRow | undefined, column: number | undefined, text: string][] = [
    [undefined, undefined, 'a, step 20: shift 4 σ · batch noise 0.5 σ'],
    [LAYERS[0], 0, 'a, step 0: shift 0 σ'],
    [LAYERS[0], 1, 'a, step 10: shift 0.25 σ · batch noise 0.5 σ · no larger than batch noise'],
    [LAYERS[1], 0, 'b, step 0: no figure · some values are NaN or infinite'],
    [LAYERS[1], 1, 'b, step 10: shift 1 σ · batch noise 0.5 σ · every channel has the same value everywhere'],
    [LAYERS[1], 2, 'b: no figure'],
    [LAYERS[1], undefined, 'b: no figure'],
    [MODULE, 2, 'a, step 20: shift 4 σ · batch noise 0.5 σ · largest of 2 layers'],
    [{ ...MODULE, module: { path: 'net.m', isOpen: true } }, 2, 'net.m'],
  ];
  for (const [row, column, text] of SENTENCES) {
    it(`of ${row?.key ?? 'the view'}, column ${column}: ${text}`, () =>
      assert.equal(sentence(row, column), text));
  }

  it('has no figure of a column that the map no longer has', () => {
    assert.equal(sentence(LAYERS[0], 3), 'a: no figure');
    assert.equal(sentence(MODULE, 7), 'net.m');
  });

  it('names the steps that share a column', () => {
    assert.match(sentence(LAYERS[0], 0, 1), /^a, step 20: shift 4 σ · .* · largest of steps 0–20$/);
  });

  it('says the figure of the layer in view, if it has one', () => {
    assert.equal(selectionSentence(AT_A_20, SHIFT), 'Layer a, step 20: shift 4 σ');
    const atB = { layer: CATALOG.layers[1], record: CATALOG.records[3] };
    assert.equal(selectionSentence(atB, SHIFT), 'Layer b, step 0');
  });

  it('says the figure of a row at the step in view', () => {
    const point = (value: number) => ({ now: [value], before: [], isQuiet: false });
    const profile = {
      points: [point(0.25), point(0.5)],
      scale: { place: () => 0, ticks: [] },
      jump: undefined,
      growth: undefined,
    };
    const zeros = { ...SHIFT, id: 'zeros', scale: 'share' } as const;
    assert.equal(layerSentence(CATALOG, profile, zeros, LAYERS[0]), 'a: zeros 25 %');
    assert.equal(layerSentence(CATALOG, profile, zeros, MODULE), 'net.m: zeros 50 %, largest of 2 layers');
    assert.equal(layerSentence(CATALOG, { ...profile, points: [] }, zeros, LAYERS[0]), 'a');
  });
});
