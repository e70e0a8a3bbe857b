import assert from 'node:assert/strict';
import type { Movement } from '../../../../src/protocol/panelApi';
import { RecordTable } from '../../../../webview/state/recordTable';
import { atLayer, latestWithResults, navigated, select } from '../../../../webview/state/selection';
import { INITIAL_VIEW, type ViewState } from '../../../../webview/state/viewState';
import { catalogOf, shiftOf, summaryOf } from '../../model/samples';
import { runDataOf } from '../samples';

/** Records 0–3 are of layer a, 4–7 of b, 8–11 of c. */
const STEPS = [0, 10, 20, 100];
const CATALOG = catalogOf(['a', 'b', 'c'], STEPS);
const DATA = runDataOf(CATALOG);
const ZOOM = { none: { min: 0, max: 1 } };

function viewOf(changed: Partial<ViewState>): ViewState {
  return { ...INITIAL_VIEW, ...changed };
}

/** Summaries of the first records with so many finite values of 8; without those that are undefined. */
function withFinite(...finite: readonly (number | undefined)[]): typeof DATA.summaries {
  return RecordTable.of(
    finite.flatMap((each, id) =>
      each === undefined ? [] : [{ ...summaryOf(id), record: id, count: 8, finite: each }],
    ),
  );
}

describe('webview: selection', () => {
  const PICKED: readonly [what: string, view: Partial<ViewState>, record: number][] = [
    ['the first layer’s last step to begin with', {}, 3],
    ['the layer and step in view', { layer: 'net.b', step: 10 }, 5],
    ['the first layer in place of one that is not there', { layer: 'net.z', step: 0 }, 0],
    ['the nearest step in place of one that is not there', { layer: 'net.b', step: 70 }, 7],
    ['the earlier one of two as near', { step: 15 }, 1],
    ['the first step for one before it', { step: -5 }, 0],
    ['the only variant in place of one that is not there', { layer: 'net.c', variant: 9 }, 11],
  ];
  for (const [what, view, id] of PICKED) {
    it(`is ${what}`, () => {
      const { record, series, layer } = select(DATA, viewOf(view))!;
      assert.equal(record.id, id);
      assert.equal(layer.id, Math.floor(id / 4));
      assert.deepEqual(
        series.map(({ step }) => step),
        STEPS,
      );
    });
  }

  it('begins at the last step whose values are mostly finite, if the run ends in NaN', () => {
    const stepIn = (summaries: typeof DATA.summaries, view: Partial<ViewState> = {}) =>
      select({ ...DATA, summaries }, viewOf(view))?.record.step;
    assert.equal(stepIn(withFinite(8, 8, 3, 0)), 10);
    assert.equal(stepIn(withFinite(8, 8, 4, 0)), 20);
    assert.equal(stepIn(withFinite(0, 0, 0, 0)), 100);
    // Results that have not arrived yet may be finite.
    assert.equal(stepIn(withFinite(8, 8, undefined, 0)), 20);
    assert.equal(stepIn(withFinite(8, 8, 3, 0), { step: 100 }), 100);
  });

  it('follows a live run to the last step whose values are mostly finite', () => {
    const selection = select(DATA, viewOf({}))!;
    const latestIn = (summaries: typeof DATA.summaries) => latestWithResults(selection, { summaries })?.step;
    assert.equal(latestIn(withFinite(8, 8, 0)), 10);
    assert.equal(latestIn(withFinite(0, 0)), 10);
  });

  it('is undefined without records', () => {
    for (const catalog of [undefined, catalogOf([], []), catalogOf(['a'], [])]) {
      assert.equal(select(runDataOf(catalog), INITIAL_VIEW), undefined);
    }
  });

  it('has only the records of the variant in view, by step', () => {
    const catalog = catalogOf(['a'], [0, 10], [{ rank: 0 }, { rank: 1 }]);
    const reversed = { ...catalog, records: [...catalog.records].reverse() };
    const { variant, series } = select(runDataOf(reversed), viewOf({ variant: 1 }))!;
    assert.deepEqual([variant, series.map(({ id }) => id)], [1, [2, 3]]);
  });

  it('has another variant if the layer lacks the one in view', () => {
    const catalog = catalogOf(['a', 'b'], [0], [{ phase: 'train' }, { phase: 'eval' }]);
    const records = catalog.records
      .filter(({ layer, variant }) => layer === 0 || variant === 1)
      .map((record, id) => ({ ...record, id }));
    const selection = select(runDataOf({ ...catalog, records }), viewOf({ layer: 'net.b', variant: 0 }));
    assert.deepEqual([selection?.variant, selection?.record.id], [1, 2]);
  });

  it('has the summary, shift and reference of the record', () => {
    const layer = {
      layer: 0,
      variant: 0,
      summaries: [summaryOf(1), summaryOf(0)],
      shifts: [shiftOf(1, 0, 0.5), shiftOf(0, 0, 0)],
    };
    const data = runDataOf(CATALOG, [], layer);
    const { summary, shift, reference } = select(data, viewOf({ step: 10 }))!;
    assert.deepEqual([summary, shift, reference?.step], [summaryOf(1), shiftOf(1, 0, 0.5), 0]);
    assert.equal(select(data, viewOf({ step: 0 }))?.reference, undefined, 'its own reference is none');
    assert.equal(select(data, viewOf({ step: 20 }))?.summary, undefined);
  });
});

describe('webview: navigation', () => {
  const MOVES: readonly [
    from: Partial<ViewState>,
    navigation: Movement,
    to: Pick<ViewState, 'layer' | 'step'>,
  ][] = [
    [{ layer: 'net.b', step: 10 }, { to: 'nextStep' }, { layer: 'net.b', step: 20 }],
    [{ layer: 'net.b', step: 10 }, { to: 'previousStep' }, { layer: 'net.b', step: 0 }],
    [{ layer: 'net.b', step: 100 }, { to: 'nextStep' }, { layer: 'net.b', step: 100 }],
    [{ layer: 'net.b', step: 0 }, { to: 'previousStep' }, { layer: 'net.b', step: 0 }],
    [{ layer: 'net.b' }, { to: 'previousStep' }, { layer: 'net.b', step: 20 }],
    [{ layer: 'net.b', step: 12 }, { to: 'nextStep' }, { layer: 'net.b', step: 20 }],
    [{ layer: 'net.a', step: 10 }, { to: 'nextLayer' }, { layer: 'net.b', step: 10 }],
    [{ layer: 'net.b', step: 10 }, { to: 'previousLayer' }, { layer: 'net.a', step: 10 }],
    [{ layer: 'net.c', step: 10 }, { to: 'nextLayer' }, { layer: 'net.c', step: 10 }],
    [{ layer: 'net.a', step: 10 }, { to: 'previousLayer' }, { layer: 'net.a', step: 10 }],
    [{}, { to: 'nextLayer' }, { layer: 'net.b', step: 100 }],
    [{ step: 10 }, { to: 'record', layer: 2, step: 20 }, { layer: 'net.c', step: 20 }],
    [{ step: 10 }, { to: 'record', layer: 2 }, { layer: 'net.c', step: 10 }],
    [
      { layer: 'net.b', step: 10 },
      { to: 'record', layer: 7, step: 20 },
      { layer: 'net.b', step: 10 },
    ],
  ];
  for (const [from, navigation, { layer, step }] of MOVES) {
    it(`goes by ${JSON.stringify(navigation)} from ${JSON.stringify(from)}`, () => {
      const view = navigated(DATA, viewOf(from), navigation);
      assert.deepEqual([view.layer, view.step], [layer, step]);
    });
  }

  it('leads nowhere without a run', () => {
    assert.equal(navigated(runDataOf(undefined), INITIAL_VIEW, { to: 'nextStep' }), INITIAL_VIEW);
  });

  const ZOOMS: readonly [navigation: Movement, keeps: boolean][] = [
    [{ to: 'nextStep' }, true],
    [{ to: 'nextLayer' }, false],
    [{ to: 'previousLayer' }, true],
    [{ to: 'record', layer: 0, step: 20 }, true],
    [{ to: 'record', layer: 1, step: 20 }, false],
  ];
  for (const [navigation, keeps] of ZOOMS) {
    it(`${keeps ? 'keeps' : 'resets'} zoomed ranges by ${JSON.stringify(navigation)} from the first layer`, () => {
      const view = navigated(DATA, viewOf({ layer: 'net.a', step: 10, ranges: ZOOM }), navigation);
      assert.deepEqual(view.ranges, keeps ? ZOOM : {});
    });
  }

  it('returns the same view at the same layer', () => {
    const view = viewOf({ layer: 'net.a', ranges: ZOOM });
    assert.equal(atLayer(view, 'net.a'), view);
    assert.deepEqual(atLayer(view, 'net.b'), { ...view, layer: 'net.b', ranges: {} });
  });
});
