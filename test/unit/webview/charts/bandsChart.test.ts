import assert from 'node:assert/strict';
import type { Point } from 'chart.js';
import type { Method, RecordSummary } from '../../../../src/model/analysis';
import { type Bands, type BandsOptions, bandsChart, bandsRange } from '../../../../webview/charts/bandsChart';
import { BandTable } from '../../../../webview/charts/bandTable';
import { summaryOf } from '../../model/samples';
import { callback, chartWith, THEME } from '../samples';

const PERCENTILES = [15, 50, 85];
const GAP = Number.NaN;

/** Steps 0, 100 and 200; the middle one has not been computed. */
const SERIES: readonly { step: number; summary: RecordSummary | undefined }[] = [
  { step: 0, summary: summaryOf(0, [-1, 0, 1]) },
  { step: 100, summary: undefined },
  { step: 200, summary: summaryOf(2, [-2, 0.5, 6]) },
];
const BANDS = bandsOf(SERIES, 'batch', PERCENTILES);

function bandsOf(steps: typeof SERIES, method: Method, percentiles: readonly number[]): Bands {
  const table = new BandTable();
  const summaries = steps.flatMap(({ summary }, id) =>
    summary === undefined ? [] : [[id, summary] as const],
  );
  table.take(
    steps.map(({ step }, id) => ({ id, step })),
    new Map(summaries),
    percentiles,
  );
  return table.bandsOf(method);
}

/** The bands as lists. */
function plain({ steps, percentiles }: Bands) {
  return {
    steps,
    percentiles: percentiles.map(({ percentile, values }) => ({ percentile, values: Array.from(values) })),
  };
}

function chartOf(bands: Bands, changed: Partial<BandsOptions> = {}) {
  return bandsChart(bands, {
    color: '#0000c8',
    theme: THEME,
    yRange: undefined,
    step: 200,
    reference: 0,
    onStep: () => {},
    ...changed,
  });
}

describe('webview: percentile bands', () => {
  it('have one row for each percentile, and a gap for a missing step', () => {
    assert.deepEqual(plain(BANDS), {
      steps: [0, 100, 200],
      percentiles: [
        { percentile: 15, values: [-1, GAP, -2] },
        { percentile: 50, values: [0, GAP, 0.5] },
        { percentile: 85, values: [1, GAP, 6] },
      ],
    });
  });

  it('have only gaps if the method is undefined or percentiles are not computed', () => {
    const gaps = [GAP, GAP, GAP];
    for (const bands of [bandsOf(SERIES, 'instance', [50]), bandsOf(SERIES, 'none', [1, 2, 3, 4])]) {
      assert.deepEqual(plain(bands).percentiles.at(-1)?.values, gaps);
    }
  });

  const RANGES: readonly [what: string, bands: Bands, range: object | undefined][] = [
    ['over all percentiles and steps, gaps aside', BANDS, { min: -2, max: 6 }],
    ['of one value', bandsOf(SERIES.slice(0, 1), 'none', [15]), { min: -1, max: -1 }],
    ['of gaps', bandsOf(SERIES, 'instance', PERCENTILES), undefined],
    ['of no steps', bandsOf([], 'none', PERCENTILES), undefined],
  ];
  for (const [what, bands, range] of RANGES) {
    it(`have a range: ${what}`, () => assert.deepEqual(bandsRange(bands), range));
  }

  it('are drawn through the steps with results', () => {
    assert.deepEqual(
      chartOf(BANDS).data.datasets.map(({ label, data }) => [label, data]),
      [
        ['p15', [xy(0, -1), xy(200, -2)]],
        ['p50', [xy(0, 0), xy(200, 0.5)]],
        ['p85', [xy(0, 1), xy(200, 6)]],
      ],
    );
  });

  const FILLS: readonly [percentiles: readonly number[], fills: readonly unknown[]][] = [
    [
      [15, 50, 85],
      [2, false, false],
    ],
    [
      [1, 20, 80, 99],
      [3, 2, false, false],
    ],
    [
      [5, 25, 50, 75, 95],
      [4, 3, false, false, false],
    ],
    [[50], [false]],
  ];
  for (const [percentiles, fills] of FILLS) {
    it(`are filled between the mirror images of ${percentiles}`, () => {
      const { datasets } = chartOf(bandsOf(SERIES, 'none', percentiles)).data;
      assert.deepEqual(
        datasets.map(({ fill }) => fill),
        fills,
      );
    });
  }

  it('have a strong median and faded other percentiles', () => {
    assert.deepEqual(
      chartOf(BANDS).data.datasets.map(({ borderColor, borderWidth }) => [borderColor, borderWidth]),
      [
        ['rgba(0, 0, 200, 0.65)', 1],
        ['#0000c8', 1.75],
        ['rgba(0, 0, 200, 0.65)', 1],
      ],
    );
  });

  it('show a point only for a single step', () => {
    const radius = (bands: Bands) => chartOf(bands).data.datasets[0].pointRadius;
    assert.deepEqual([radius(BANDS), radius(bandsOf(SERIES.slice(0, 1), 'none', PERCENTILES))], [0, 2]);
  });

  it('have an x axis over the whole run, or an automatic one for a single step', () => {
    const x = (bands: Bands) => chartOf(bands).options?.scales?.['x'];
    assert.deepEqual([x(BANDS)?.min, x(BANDS)?.max], [0, 200]);
    assert.equal(x(bandsOf(SERIES.slice(0, 1), 'none', PERCENTILES))?.min, undefined);
  });

  it('use the common y range exactly, or their own with some space', () => {
    const y = (yRange: BandsOptions['yRange']) => {
      const axis = chartOf(BANDS, { yRange }).options?.scales?.['y'];
      return { min: axis?.min, max: axis?.max, grace: axis !== undefined && 'grace' in axis && axis.grace };
    };
    assert.deepEqual(y({ min: -5, max: 7 }), { min: -5, max: 7, grace: 0 });
    assert.deepEqual(y(undefined), { min: undefined, max: undefined, grace: '4%' });
  });

  it('mark the step in view, and the reference if there is one', () => {
    const marks = (reference: number | undefined) =>
      chartOf(BANDS, { reference }).options?.plugins?.markers?.lines?.map((line) => line?.x);
    assert.deepEqual(marks(0), [0, 200]);
    assert.deepEqual(marks(undefined), [200]);
  });

  it('go to the step of a point that is clicked, and nowhere otherwise', () => {
    const steps: number[] = [];
    const { options, data } = chartOf(BANDS, { onStep: (step) => steps.push(step) });
    callback(options?.onClick, {}, [{ datasetIndex: 1, index: 1 }], chartWith(data));
    callback(options?.onClick, {}, [], chartWith(data));
    assert.deepEqual(steps, [200]);
  });

  it('have a tooltip with the step and the percentile', () => {
    const of = chartOf(BANDS).options?.plugins?.tooltip?.callbacks;
    assert.equal(callback(of?.title, [{ parsed: xy(100, 0) }]), 'step 100');
    assert.equal(callback(of?.title, []), '');
    assert.equal(callback(of?.label, { dataset: { label: 'p15' }, parsed: xy(100, -0.5) }), 'p15: −0.5');
  });

  it('have those of another run as dashed lines without areas, over the steps of both', () => {
    const there = [...SERIES.slice(0, 1), { step: 300, summary: summaryOf(3, [-3, 0, 3]) }];
    const other = { bands: bandsOf(there, 'batch', PERCENTILES), name: 'seed2' };
    const { data, options } = chartOf(BANDS, { other });
    assert.equal(data.datasets.length, 6);
    for (const [i, dataset] of data.datasets.slice(3).entries()) {
      assert.equal(dataset.label, `seed2, p${PERCENTILES[i]}`);
      assert.equal(dataset.fill, false);
      assert.deepEqual(dataset.borderDash, [4, 2]);
      assert.deepEqual(
        dataset.data.map(({ x }) => x),
        [0, 300],
      );
    }
    assert.deepEqual([options?.scales?.['x']?.min, options?.scales?.['x']?.max], [0, 300]);
    assert.equal(data.datasets[0].fill, 2, 'the areas are as before');
  });
});

function xy(x: number, y: number): Point {
  return { x, y };
}
