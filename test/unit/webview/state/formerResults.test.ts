import assert from 'node:assert/strict';
import { type AnalysisOptions, DEFAULT_OPTIONS } from '../../../../src/model/analysis';
import { seriesOf } from '../../../../src/model/series';
import type { PanelProgress } from '../../../../src/protocol/panelApi';
import { shownQuantity } from '../../../../webview/charts/mapSource';
import { areFormer, withFormer } from '../../../../webview/state/formerResults';
import { type RunData, withLayer, withOptions, withUpdate } from '../../../../webview/state/runData';
import { select } from '../../../../webview/state/selection';
import { INITIAL_VIEW } from '../../../../webview/state/viewState';
import { catalogOf, cellOf, shiftOf, summaryOf } from '../../model/samples';
import { columnsOf, NO_FIGURES, runDataOf } from '../samples';

const CATALOG = catalogOf(['a', 'b'], [0, 1]);
const SERIES = seriesOf(CATALOG, 0, 0);
const COMPUTING: PanelProgress = { state: 'computing', done: 0, total: 4 };
const COMPLETE: PanelProgress = { state: 'complete', done: 4, total: 4 };
const NO_OTHER = { problems: [], deltas: [], quantity: NO_FIGURES };

/** Results of records 0 to 3, of which 0 and 1 are in view, by what their percentile is. */
const RESULTS = (value: number, records = [0, 1, 2, 3]) => ({
  ...NO_OTHER,
  progress: COMPUTING,
  shiftMap: columnsOf(records.map((id) => cellOf(id, id & 2, value))),
  summaries: records.filter((id) => id < 2).map((id) => summaryOf(id, [value])),
  shifts: records.filter((id) => id < 2).map((id) => shiftOf(id, 0, value)),
});

/** A run that was computed, and then is under other options. */
function turned(changes: Partial<AnalysisOptions> = { groups: 2 }): RunData {
  const computed = withUpdate(runDataOf(CATALOG), { ...RESULTS(1), progress: COMPLETE });
  const options = { ...DEFAULT_OPTIONS, ...changes };
  return withOptions(computed, { options, progress: COMPUTING, problems: [] }, undefined);
}

/** The percentile and the shift of a record as they are in view. */
const shown = (data: RunData, id: number) => {
  const { summaries, shifts } = withFormer(data);
  const of = summaries.get(id)?.methods.none;
  return [of !== undefined && 'mean' in of ? of.percentiles : undefined, shifts.get(id)?.methods.none?.w1];
};

describe('webview: results of former options', () => {
  it('stay in view, with their options, and do not count as results', () => {
    const data = turned();
    assert.deepEqual([data.summaries.size, data.shifts.size, data.options.groups], [0, 0, 2]);
    assert.deepEqual(
      [shown(data, 0), shown(data, 1)],
      [
        [[1], 1],
        [[1], 1],
      ],
    );
    assert.equal(withFormer(data).options.groups, DEFAULT_OPTIONS.groups);
    assert.ok(areFormer(data, SERIES));
    assert.equal(data.shiftMap.size, 4);
    assert.deepEqual([...(shownQuantity(data, INITIAL_VIEW).renewed ?? [])], [0, 0, 0, 0]);
  });

  it('give way one by one, and are gone when the run is complete', () => {
    const some = withUpdate(turned(), RESULTS(2, [0, 2]));
    assert.deepEqual(
      [shown(some, 0), shown(some, 1)],
      [
        [[2], 2],
        [[1], 1],
      ],
    );
    assert.equal(withFormer(some).options.groups, 2);
    assert.ok(areFormer(some, SERIES));
    assert.deepEqual([...(some.former?.renewed ?? [])], [1, 0, 1, 0]);
    const layer = withUpdate(some, RESULTS(2, [1]));
    assert.ok(!areFormer(layer, SERIES));
    const complete = withUpdate(layer, { ...RESULTS(2, []), progress: COMPLETE });
    assert.equal(complete.former, undefined);
    assert.equal(withFormer(complete), complete);
    // Record 3 has no result under the other options.
    assert.deepEqual([...complete.shiftMap.records()], [0, 1, 2]);
    assert.notEqual(complete.shiftMap, layer.shiftMap);
  });

  it('stay through another change, the newest of each record', () => {
    const some = withUpdate(turned(), RESULTS(2, [0]));
    const options = { ...DEFAULT_OPTIONS, groups: 4 };
    const again = withOptions(some, { options, progress: COMPUTING, problems: [] }, undefined);
    assert.deepEqual(
      [shown(again, 0), shown(again, 1)],
      [
        [[2], 2],
        [[1], 1],
      ],
    );
    assert.deepEqual([...(again.former?.renewed ?? [])], [0, 0, 0, 0]);
  });

  it('are gone after a cancellation, and for another layer', () => {
    const state = 'cancelled' as const;
    const cancelled = withUpdate(turned(), { ...RESULTS(2, [0]), progress: { ...COMPUTING, state } });
    assert.deepEqual(
      [shown(cancelled, 0), shown(cancelled, 1)],
      [
        [[2], 2],
        [undefined, undefined],
      ],
    );
    const other = withLayer(turned(), { layer: 1, variant: 0, summaries: [summaryOf(2, [3])], shifts: [] });
    assert.deepEqual([shown(other, 0)[0], shown(other, 2)[0]], [undefined, [3]]);
  });

  it('do not stay where shifts are measured from another run, whose records they would name', () => {
    const data = turned({ reference: { roots: ['file:///other'] } });
    assert.equal(data.former, undefined);
    assert.equal(data.shiftMap.size, 0);
  });

  it('keep the record in view that a run which ends in NaN opens at', () => {
    const broken = { finite: 0, count: 8 };
    const computed = withUpdate(runDataOf(CATALOG), {
      ...RESULTS(1),
      progress: COMPLETE,
      summaries: [summaryOf(0, [1]), summaryOf(1, [1], broken)],
    });
    const options = { ...DEFAULT_OPTIONS, groups: 2 };
    const data = withOptions(computed, { options, progress: COMPUTING, problems: [] }, undefined);
    for (const each of [computed, data, withFormer(data)])
      assert.equal(select(each, INITIAL_VIEW)?.record.id, 0);
  });
});
