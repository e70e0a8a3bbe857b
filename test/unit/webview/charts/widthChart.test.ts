import assert from 'node:assert/strict';
import type { LayerCoordinates } from '../../../../src/model/coordinateCheck';
import { stepCurves, widthChart } from '../../../../webview/charts/widthChart';
import { THEME } from '../samples';

const LAYER: LayerCoordinates = {
  steps: [{ step: 0 }, { step: 5 }],
  runs: [
    { run: 0, width: 64, size: [1, 4], change: [0, 1] },
    { run: 1, width: 64, size: [4, Number.NaN], change: [0, 1] },
    { run: 2, width: 256, size: [3, 9], change: [0, 2] },
  ],
  reasons: [],
};

describe('webview: the chart of sizes over width', () => {
  it('goes through the geometric mean at each width, and shows every run', () => {
    const [first, last] = stepCurves(LAYER, 'size');
    assert.deepEqual(
      first.means.map(({ x, y }) => [x, Number((y ?? 0).toFixed(9))]),
      [
        [64, 2],
        [256, 3],
      ],
    );
    assert.equal(first.runs.length, 3);
    assert.equal(last.runs.length, 2);
  });

  it('leaves out steps at which all sizes are 0', () => {
    assert.deepEqual(
      stepCurves(LAYER, 'change').map(({ step }) => step),
      [5],
    );
  });

  it('has a tick at every width, on logarithmic axes', () => {
    const { options, data } = widthChart(LAYER, 'size', THEME);
    assert.equal(options?.scales?.['x']?.type, 'logarithmic');
    assert.equal(options.scales['y']?.type, 'logarithmic');
    assert.deepEqual(
      data.datasets.map(({ label }) => label),
      ['step 0', 'step 0, each run', 'step 5', 'step 5, each run'],
    );
  });
});
