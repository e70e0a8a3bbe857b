import assert from 'node:assert/strict';
import type { BatchSizes } from '../../../../src/model/batchSizes';
import { batchSizeChart } from '../../../../webview/charts/batchSizeChart';
import type { Theme } from '../../../../webview/theme';

const THEME = {
  foreground: '#ffffff',
  muted: '#888888',
  error: '#ff0000',
  methods: { none: '#ffffff', batch: '#0000ff', layer: '#ffff00' },
} as Theme;

const FOUND: BatchSizes = {
  record: 0,
  samples: 8,
  of: 8,
  channels: 4,
  worth: 2,
  positions: 9,
  sizes: [
    { size: 2, mean: 0.5, deviation: 0.25, bias: -0.1, output: 0.6 },
    { size: 4, mean: 0.3, deviation: 0, bias: 0, output: 0.35 },
  ],
};

describe('webview: the chart of batch sizes', () => {
  it('has a line for each kind of noise, without what a logarithm cannot show', () => {
    const { datasets } = batchSizeChart(FOUND, undefined, THEME).data;
    assert.deepEqual(
      datasets.map(({ data }) => data),
      [
        [
          { x: 2, y: 0.6 },
          { x: 4, y: 0.35 },
        ],
        [
          { x: 2, y: 0.5 },
          { x: 4, y: 0.3 },
        ],
        [{ x: 2, y: 0.25 }],
      ],
    );
  });

  it('shows the shift as a level across all sizes', () => {
    const { datasets } = batchSizeChart(FOUND, 0.4, THEME).data;
    assert.deepEqual(datasets.at(-1)?.data, [
      { x: 2, y: 0.4 },
      { x: 4, y: 0.4 },
    ]);
  });
});
