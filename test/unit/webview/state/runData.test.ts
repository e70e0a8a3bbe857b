import assert from 'node:assert/strict';
import fc from 'fast-check';
import { recordPlace } from '../../../../src/host/panel/recordPlaces';
import type { RecordShift, RecordSummary } from '../../../../src/model/analysis';
import { withoutTurns } from '../../../../src/model/inTurns';
import type { Problem } from '../../../../src/model/problem';
import type { ShiftCell } from '../../../../src/model/shiftTable';
import type { PanelProgress, PanelUpdate } from '../../../../src/protocol/panelApi';
import { RecordTable } from '../../../../webview/state/recordTable';
import { fromSnapshot, type RunData, withLayer, withUpdate } from '../../../../webview/state/runData';
import { catalogOf, cellOf, shiftOf, summaryOf } from '../../model/samples';
import { columnsOf, NO_FIGURES, runDataOf, snapshotOf } from '../samples';

const CATALOG = catalogOf(['a', 'b'], [0, 1, 2, 3]);
const RECORDS = CATALOG.records.map(({ id }) => id);
const COMPLETE: PanelProgress = { state: 'complete', done: 8, total: 8 };

function problem(record: number): Problem {
  return { code: 'truncated', path: `file:///run/${record}.npy`, message: 'Cut off.' };
}

/** One update about one record. */
type News =
  | { readonly summary: RecordSummary }
  | { readonly shift: RecordShift; readonly cell: ShiftCell }
  | { readonly problem: Problem };

function updateOf(news: readonly News[], progress = COMPLETE): PanelUpdate {
  return {
    progress,
    problems: news.flatMap((each) => ('problem' in each ? [each.problem] : [])),
    deltas: [],
    quantity: NO_FIGURES,
    shiftMap: columnsOf(news.flatMap((each) => ('cell' in each ? [each.cell] : []))),
    summaries: news.flatMap((each) => ('summary' in each ? [each.summary] : [])),
    shifts: news.flatMap((each) => ('shift' in each ? [each.shift] : [])),
  };
}

const NEWS: readonly News[] = RECORDS.flatMap((id): News[] =>
  id % 4 === 3
    ? [{ problem: problem(id) }]
    : [{ summary: summaryOf(id) }, { shift: shiftOf(id, 0, id / 8), cell: cellOf(id, 0, id / 8) }],
);

function applied(data: RunData, updates: readonly PanelUpdate[]): RunData {
  return updates.reduce(withUpdate, data);
}

describe('webview: data of the run', () => {
  it('keeps NaN through JSON', () => {
    const counts = { zeros: Number.NaN, nan: Number.NaN, posInf: Number.NaN, negInf: Number.NaN };
    const unknown = {
      summary: summaryOf(0, [1], counts),
      shift: shiftOf(0, 0, Number.NaN),
      cell: cellOf(0, 0, 1),
    };
    const { summary, shift } = unknown;
    const reported = <T>(value: T): T => JSON.parse(JSON.stringify(value));
    const layer = { layer: 0, variant: 0, summaries: [summary], shifts: [shift] };
    for (const data of [
      withoutTurns(fromSnapshot({ ...snapshotOf(CATALOG, []), layer: reported(layer) })),
      withUpdate(runDataOf(CATALOG), reported(updateOf([{ summary }, unknown]))),
      withLayer(runDataOf(CATALOG), reported(layer)),
    ]) {
      assert.deepEqual(data.summaries.get(0), summary);
      assert.deepEqual(data.shifts.get(0), shift);
    }
  });

  it('is that of the snapshot', () => {
    const layer = { layer: 0, variant: 0, summaries: [summaryOf(1)], shifts: [shiftOf(1, 0, 0.5)] };
    const data = withoutTurns(fromSnapshot(snapshotOf(CATALOG, [cellOf(1, 0, 0.5)], layer)));
    assert.deepEqual(data.catalog, { ...CATALOG, records: CATALOG.records.map(recordPlace) });
    assert.deepEqual([...data.shiftMap], [cellOf(1, 0, 0.5)]);
    assert.deepEqual(data.summaries, RecordTable.of([summaryOf(1)]));
    assert.deepEqual(data.shifts, RecordTable.of([shiftOf(1, 0, 0.5)]));
    assert.equal(data.distributions, undefined);
  });

  it('has neither catalog nor results while the run is being listed', () => {
    const { catalog, shiftMap, summaries } = runDataOf(undefined);
    assert.deepEqual([catalog, shiftMap.size, summaries.size], [undefined, 0, 0]);
  });

  it('is the same however updates are split', () => {
    const whole = withUpdate(runDataOf(CATALOG), updateOf(NEWS));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: NEWS.length })), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), NEWS.length];
        const parts = at.slice(1).map((end, i) => updateOf(NEWS.slice(at[i], end)));
        assert.deepEqual(applied(runDataOf(CATALOG), parts), whole);
      }),
    );
  });

  it('does not change with a repeated update', () => {
    const once = withUpdate(runDataOf(CATALOG), updateOf(NEWS));
    assert.deepEqual(withUpdate(once, updateOf(NEWS)), once);
    const snapshot = { ...snapshotOf(CATALOG), problems: [problem(3)] };
    const { problems } = withUpdate(
      withoutTurns(fromSnapshot(snapshot)),
      updateOf([{ problem: problem(3) }]),
    );
    assert.deepEqual(problems, [problem(3)]);
  });

  it('has the last result of a record', () => {
    const data = applied(runDataOf(CATALOG), [
      updateOf([{ summary: summaryOf(1, [1]) }]),
      updateOf([{ summary: summaryOf(1, [2]) }]),
    ]);
    assert.deepEqual(data.summaries, RecordTable.of([summaryOf(1, [2])]));
  });

  it('keeps all other objects if only the progress changes', () => {
    const before = withUpdate(runDataOf(CATALOG), updateOf(NEWS));
    const progress: PanelProgress = { state: 'cancelled', done: 3, total: 8 };
    const after = withUpdate(before, updateOf([], progress));
    assert.equal(after.progress, progress);
    for (const field of ['shiftMap', 'summaries', 'shifts', 'problems'] as const) {
      assert.equal(after[field], before[field], field);
    }
  });

  it('has two problems for two tensors of a file', () => {
    const [first, second] = ['x', 'y'].map((tensor) => ({ ...problem(1), tensor }));
    const { problems } = withUpdate(runDataOf(CATALOG), updateOf([{ problem: first }, { problem: second }]));
    assert.deepEqual(problems, [first, second]);
  });

  it('replaces the results of another layer, and adds to those of the same', () => {
    const data = withUpdate(runDataOf(CATALOG), updateOf(NEWS.slice(0, 2)));
    const layer = { layer: 1, variant: 0, summaries: [summaryOf(5)], shifts: [shiftOf(5, 4, 0.25)] };
    const { summaries, shifts, shiftMap } = withLayer(
      withLayer(data, { ...layer, summaries: [summaryOf(6)], shifts: [] }),
      layer,
    );
    assert.deepEqual([...summaries.keys()], [6, 5]);
    assert.deepEqual([...shifts.keys()], [5]);
    assert.equal(shiftMap, data.shiftMap);
  });
});
