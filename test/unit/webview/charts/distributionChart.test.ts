import assert from 'node:assert/strict';
import type { DistributionPair, Histogram } from '../../../../src/model/analysis';
import { distributionChart, histogramPoints } from '../../../../webview/charts/distributionChart';
import { callback, THEME } from '../samples';

function histogram(counts: readonly number[], min = -1, max = 1): Histogram {
  return { min, max, counts: Float64Array.from(counts), below: 3, above: 4 };
}

const CURRENT = histogram([0, 10, 0.25, 2]);
const REFERENCE = histogram([5, 5, 5, 5]);

function chartOf(pair: DistributionPair, logCounts = false, onZoom: (range: object) => void = () => {}) {
  return distributionChart(pair, { color: '#0000c8', theme: THEME, logCounts, onZoom });
}

describe('webview: distributions', () => {
  const MIDDLES = [-0.75, -0.25, 0.25, 0.75];
  const HEIGHTS: readonly [what: string, logCounts: boolean, heights: readonly number[]][] = [
    ['counts as they are', false, [0, 10, 0.25, 2]],
    ['logarithmic: what is empty lies on the floor', true, [0.5, 10, 0.5, 2]],
  ];
  for (const [what, logCounts, heights] of HEIGHTS) {
    it(`have points in the middle of the bins, ${what}`, () => {
      assert.deepEqual(
        histogramPoints(CURRENT, logCounts),
        MIDDLES.map((x, i) => ({ x, y: heights[i] })),
      );
    });
  }

  const PAIRS: readonly [what: string, pair: DistributionPair, labels: readonly string[]][] = [
    [
      'this step before its reference',
      { current: CURRENT, reference: REFERENCE },
      ['this step', 'reference'],
    ],
    ['this step alone', { current: CURRENT }, ['this step']],
    ['the reference alone', { reference: REFERENCE }, ['reference']],
    ['nothing', {}, []],
  ];
  for (const [what, pair, labels] of PAIRS) {
    it(`draw ${what}`, () => {
      const { datasets } = chartOf(pair).data;
      assert.deepEqual(
        datasets.map(({ label }) => label),
        labels,
      );
    });
  }

  it('draw the counts of both, the reference dashed and muted', () => {
    const [current, reference] = chartOf({ current: CURRENT, reference: REFERENCE }).data.datasets;
    assert.deepEqual(current.data, histogramPoints(CURRENT, false));
    assert.deepEqual(reference.data, histogramPoints(REFERENCE, false));
    assert.deepEqual([current.borderColor, current.borderDash], ['#0000c8', undefined]);
    assert.deepEqual([reference.borderColor, reference.borderDash], ['rgba(128, 128, 128, 0.9)', [3, 2]]);
  });

  it('have the range of the bins as x axis, whichever of the two exists', () => {
    for (const pair of [{ current: CURRENT }, { reference: histogram([1], -1, 1) }]) {
      const x = chartOf(pair).options?.scales?.['x'];
      assert.deepEqual([x?.min, x?.max], [-1, 1]);
    }
    assert.equal(chartOf({}).options?.scales?.['x']?.min, undefined);
  });

  it('have a tick at the smallest value, even if Chart.js has none there', () => {
    const x = chartOf({ current: CURRENT }).options?.scales?.['x'];
    const ticksOf = (...values: number[]) => {
      const scale = { min: -1, max: 1, ticks: values.map((value) => ({ value })) };
      callback(x?.afterBuildTicks, scale);
      return scale.ticks.map(({ value }) => value);
    };
    assert.deepEqual(ticksOf(1), [-1, 1]);
    assert.deepEqual(ticksOf(-1, 0, 1), [-1, 0, 1]);
    assert.deepEqual(ticksOf(), []);
  });

  const COUNT_AXES: readonly [logCounts: boolean, type: string, min: number | undefined, fill: string][] = [
    [false, 'linear', undefined, 'origin'],
    [true, 'logarithmic', 0.5, 'start'],
  ];
  for (const [logCounts, type, min, fill] of COUNT_AXES) {
    it(`have counts on a ${type} axis`, () => {
      const { data, options } = chartOf({ current: CURRENT }, logCounts);
      const y = options?.scales?.['y'];
      assert.deepEqual([y?.type, y?.min, data.datasets[0].fill], [type, min, fill]);
    });
  }

  it('have lines only at powers of ten on a logarithmic axis', () => {
    const ticks = [0.5, 0.9, ...[1, 10, 100, 1000].flatMap((power) => [1, 2, 5, 9].map((k) => k * power))];
    const scale = { ticks: ticks.map((value) => ({ value })) };
    callback(chartOf({ current: CURRENT }, true).options?.scales?.['y']?.afterBuildTicks, scale);
    assert.deepEqual(
      scale.ticks.map(({ value }) => value),
      [1, 10, 100, 1000],
    );
  });

  it('report the range in view after a zoom', () => {
    const zooms: object[] = [];
    const zoom = chartOf({ current: CURRENT }, false, (range) => zooms.push(range)).options?.plugins?.zoom;
    callback(zoom?.zoom?.onZoomComplete, { chart: { scales: { x: { min: -0.5, max: 0.25, width: 9 } } } });
    assert.deepEqual(zooms, [{ min: -0.5, max: 0.25 }]);
  });

  it('have a tooltip with the position and the count', () => {
    const of = chartOf({ current: CURRENT }).options?.plugins?.tooltip?.callbacks;
    assert.equal(callback(of?.title, [{ parsed: { x: -0.25, y: 10 } }]), 'near −0.25');
    assert.equal(callback(of?.title, []), '');
    const label = { dataset: { label: 'this step' }, parsed: { x: -0.25, y: 10.04 } };
    assert.equal(callback(of?.label, label), 'this step: 10 values');
  });
});
