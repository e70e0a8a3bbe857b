import assert from 'node:assert/strict';
import type { ShiftCell } from '../../../../src/model/shiftTable';
import type { PanelProgress } from '../../../../src/protocol/panelApi';
import { isOpening, mostShiftedLayer } from '../../../../webview/state/openingLayer';
import { INITIAL_VIEW } from '../../../../webview/state/viewState';
import { catalogOf, cellOf } from '../../model/samples';
import { runDataOf } from '../samples';

/** Records 0–3 are of layer a, 4–7 of b, 8–11 of c. */
const CATALOG = catalogOf(['a', 'b', 'c'], [0, 10, 20, 100]);

describe('webview: the layer with the largest shift', () => {
  const ALL = [cellOf(3, 0, 0.5, 0.25), cellOf(7, 4, 2, 0.25), cellOf(11, 8, 1, 0.25)];
  const CASES: readonly [
    what: string,
    cells: readonly ShiftCell[],
    state: PanelProgress['state'],
    layer: string | undefined,
  ][] = [
    ['waits until every layer has a result', ALL.slice(0, 2), 'computing', undefined],
    [
      'does not count a record that is its own reference',
      [...ALL.slice(0, 2), cellOf(8, 8, 0)],
      'computing',
      undefined,
    ],
    ['is known once every layer has one', ALL, 'computing', 'net.b'],
    ['is of those that have one when there will be no more', ALL.slice(0, 1), 'complete', 'net.a'],
    ['is none where nothing has a shift', [], 'complete', undefined],
    ['is none after a cancel that left layers out', ALL.slice(0, 2), 'cancelled', undefined],
    ['compares the last steps', [...ALL, cellOf(2, 0, 3, 0.25)], 'computing', 'net.b'],
    ['is that of a sample while files are listed', ALL, 'listing', 'net.b'],
    [
      'goes back to the last step with finite values',
      [...ALL, cellOf(2, 0, 3, 0.25), { ...cellOf(3, 0, Number.NaN), nonFinite: true }],
      'computing',
      'net.a',
    ],
    [
      'waits for the step before one with NaN',
      [ALL[1], ALL[2], { ...cellOf(3, 0, Number.NaN), nonFinite: true }],
      'computing',
      undefined,
    ],
    ['does not count noise', [ALL[0], cellOf(7, 4, 2, 2), cellOf(11, 8, 0.25, 0.125)], 'computing', 'net.a'],
    ['does not count what has no number', [ALL[0], cellOf(7, 4, Number.NaN), ALL[2]], 'computing', 'net.c'],
    [
      'is the first where none moved',
      [cellOf(11, 8, 0.1, 1), cellOf(3, 0, 0.1, 1), cellOf(7, 4, 0.1, 1)],
      'computing',
      'net.a',
    ],
  ];
  for (const [what, cells, state, layer] of CASES) {
    it(what, () => {
      const data = runDataOf(CATALOG, cells);
      assert.equal(mostShiftedLayer({ ...data, progress: { ...data.progress, state } }), layer);
    });
  }

  it('is undefined without a catalog', () => assert.equal(mostShiftedLayer(runDataOf(undefined)), undefined));
});

describe('webview: a run that opens', () => {
  const opening = (progress: Partial<PanelProgress>, catalog = CATALOG, layer?: string) => {
    const data = runDataOf(catalog, []);
    return isOpening({ ...data, progress: { ...data.progress, ...progress } }, { ...INITIAL_VIEW, layer });
  };

  it('waits for its layer while it is listed and computed', () => {
    assert.deepEqual(
      (['listing', 'computing', 'complete', 'cancelled', 'failed'] as const).map((state) =>
        opening({ state }),
      ),
      [true, true, false, false, false],
    );
  });

  it('does not wait at a layer that was chosen, during training, or for large tensors', () => {
    const [first, ...others] = CATALOG.layers;
    const large = { ...CATALOG, layers: [{ ...first, shape: [64, 1024, 1024] }, ...others] };
    const state = 'computing';
    assert.deepEqual(
      [opening({ state }, CATALOG, 'net.b'), opening({ state, live: true }), opening({ state }, large)],
      [false, false, false],
    );
  });
});
