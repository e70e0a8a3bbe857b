import assert from 'node:assert/strict';
import type { MethodAtSteps } from '../../../../src/model/densities';
import { densityChart, ridgelineChart, ridgeRows } from '../../../../webview/charts/densityChart';
import { columnEdges, densityPlugin } from '../../../../webview/charts/densityPlugin';
import { callback, THEME } from '../samples';

const STEPS = [0, 10, 40];
const of = { min: -1, max: 1, shares: Float32Array.of(0.5, 0.5, 0.25, 0.75, Number.NaN, Number.NaN) };
const densities = { layer: 0, variant: 0, records: Int32Array.of(0, 1, 2), bins: 2, methods: { none: of } };
const AT: MethodAtSteps = { densities, of, steps: STEPS };
const OPTIONS = {
  color: '#ff0000',
  theme: THEME,
  yRange: undefined,
  step: 10,
  reference: 0,
  onStep: () => {},
};

describe('webview: the density over training', () => {
  it('has columns that reach halfway to their neighbors', () => {
    assert.deepEqual(columnEdges(STEPS), [-5, 5, 25, 55]);
    assert.deepEqual(columnEdges([7]), [6.5, 7.5]);
    assert.deepEqual(columnEdges([]), []);
  });

  it('is darkest in the fullest cell of each step, and empty where nothing is known', () => {
    const { options, data } = densityChart(AT, [{ x: 0, y: 0 }], OPTIONS);
    const cells = options?.plugins?.density?.cells;
    const opacity = (row: number, bin: number) => callback<number>(cells?.opacity, row, bin);
    assert.deepEqual([opacity(0, 0), opacity(1, 1)], [1, 1]);
    assert.ok(Math.abs(opacity(1, 0)! - Math.sqrt(1 / 3)) < 1 / 24);
    assert.ok(Number.isNaN(opacity(2, 0)));
    assert.deepEqual(data.datasets[0].data, [{ x: 0, y: 0 }]);
    const drawn: (readonly number[])[] = [];
    const ctx = {
      save: () => {},
      restore: () => {},
      beginPath: () => {},
      rect: () => {},
      clip: () => {},
      fillRect: (...area: number[]) => drawn.push(area),
    };
    const scale = { getPixelForValue: (value: number) => 10 * value };
    const area = { left: -50, top: -10, width: 600, height: 20 };
    const chart = { ctx, chartArea: area, scales: { x: scale, y: scale }, config: { options } };
    callback(densityPlugin.beforeDatasetsDraw, chart);
    // Two bins at each of the two steps that are known; pixels grow with the values here.
    assert.equal(drawn.length, 4);
    assert.deepEqual(
      drawn.map(([left, , width]) => [left, width]),
      [
        [-50, 100],
        [-50, 100],
        [50, 200],
        [50, 200],
      ],
    );
  });

  it('has ridges of some steps with the one in view, the latest in front', () => {
    const many = Array.from({ length: 100 }, (_, i) => 5 * i);
    const rows = ridgeRows(many, 163);
    assert.ok(rows.length <= 6 && rows.includes(33) && rows[0] === 0 && rows.at(-1) === 99);
    assert.deepEqual(ridgeRows(STEPS, 10), [0, 1, 2]);
    const { data, options } = ridgelineChart(AT, OPTIONS);
    assert.deepEqual(
      data.datasets.map(({ label, fill, order }) => [label, fill, order]),
      [
        ['step 0', { value: 2 }, 3],
        ['step 10', { value: 1 }, 2],
        ['step 40', { value: 0 }, 1],
      ],
    );
    assert.deepEqual(data.datasets[1].data, [
      { x: -0.5, y: 1 + (1.6 * 0.25) / 0.75 },
      { x: 0.5, y: 1 + (1.6 * 0.75) / 0.75 },
    ]);
    const chosen: number[] = [];
    const { options: clickable } = ridgelineChart(AT, { ...OPTIONS, onStep: (step) => chosen.push(step) });
    callback(clickable?.onClick, {}, [{ datasetIndex: 2 }] as unknown as object);
    assert.deepEqual(chosen, [40]);
    assert.equal(callback(options?.scales?.['y']?.ticks?.callback, 2), '0');
  });
});
