import assert from 'node:assert/strict';
import type { CoordinateCheck } from '../../../../src/model/coordinateCheck';
import type { GroupRun, RunGroup } from '../../../../src/model/runGroup';
import type { RunData } from '../../../../webview/state/runData';
import {
  columnsOf,
  coordinatesAsText,
  coordinatesInView,
  figureAt,
  groupAsText,
  groupInView,
} from '../../../../webview/state/runGroup';
import type { Selection } from '../../../../webview/state/selection';

const run = (
  key: string,
  steps: readonly number[],
  ...figures: readonly (readonly number[])[]
): GroupRun => ({
  key,
  title: `lr ${key}`,
  name: key,
  knobs: {},
  state: 'complete',
  records: steps.length,
  steps: Float64Array.from(steps),
  figures: figures.map((row) => Float64Array.from(row)),
});
const GROUP: RunGroup = {
  layer: 1,
  variant: 0,
  quantity: 'values',
  runs: [run('a', [0, 10], [1, 2], [3, 4], [5, 6]), run('b', [0], [7], [8], [9])],
  inView: 'a',
  differing: [],
  isOfWidths: false,
};
const CHECK: CoordinateCheck = {
  layer: 1,
  variant: 0,
  from: 'knob',
  titles: ['lr a', 'lr b'],
  steps: [{ step: 0, size: { slope: 0.5, margin: 0.1, runs: 2, widths: 2, trend: 'grows' } }],
  runs: [{ run: 1, width: 64, size: [2], change: [0] }],
  reasons: [],
};
const member = (key: string) => ({ key, title: key, state: 'complete' as const, done: 1 });
const selectionOf = (layer: number) => ({ layer: { id: layer }, variant: 0 }) as unknown as Selection;
const dataOf = (data: Partial<RunData>) => ({ group: [member('a'), member('b')], ...data }) as RunData;

describe('webview: the runs beside the one in view', () => {
  it('are shown for the layer in view alone, and while all of them are open', () => {
    assert.equal(groupInView(dataOf({ runGroup: GROUP }), selectionOf(1)), GROUP);
    assert.equal(groupInView(dataOf({ runGroup: GROUP }), selectionOf(2)), undefined);
    assert.equal(groupInView(dataOf({ runGroup: GROUP, group: [member('a')] }), selectionOf(1)), undefined);
    assert.equal(groupInView(dataOf({}), selectionOf(1)), undefined);
  });

  it('have a check of their widths, unless they do not differ in it', () => {
    assert.equal(coordinatesInView(dataOf({ coordinates: CHECK }), selectionOf(1)), CHECK);
    assert.equal(coordinatesInView(dataOf({ coordinates: CHECK }), selectionOf(2)), undefined);
    assert.equal(coordinatesInView(dataOf({ coordinates: null }), selectionOf(1)), null);
  });

  it('have a figure at the step in view', () => {
    assert.equal(figureAt(GROUP.runs[0], 10), 4);
    assert.ok(Number.isNaN(figureAt(GROUP.runs[1], 10)));
  });

  it('are copied as text', () => {
    assert.deepEqual(columnsOf(GROUP), ['values 1', 'values 2', 'values 3']);
    assert.equal(
      groupAsText(GROUP),
      'run\tstep\tvalues 1\tvalues 2\tvalues 3\nlr a\t0\t1\t3\t5\nlr a\t10\t2\t4\t6\nlr b\t0\t7\t8\t9\n',
    );
    assert.equal(
      coordinatesAsText(CHECK),
      'step\trun\twidth\tsize\tchange\n0\tlr b\t64\t2\t0\n\nstep\tsizeSlope\tsizeMargin\tchangeSlope\tchangeMargin\n0\t0.5\t0.1\t\t\n',
    );
  });
});
