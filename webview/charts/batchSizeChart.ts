import { t } from '@vscode/l10n';
import type { ChartConfiguration, ChartDataset, Point } from 'chart.js';
import type { BatchSizes } from '../../src/model/batchSizes';
import { figure } from '../format';
import type { Theme } from '../theme';
import { axisOfValues, linearAxis } from './axes';

/** The lines of the chart. */
export const NOISES = ['output', 'mean', 'deviation', 'shift'] as const;
export type Noise = (typeof NOISES)[number];

/** The name of a line. */
export function noiseName(noise: Noise): string {
  switch (noise) {
    case 'output':
      return t('normalized value');
    case 'mean':
      return 'µ';
    case 'deviation':
      return 'σ';
    case 'shift':
      return t('shift of this step');
  }
}

/** The color of a line. */
export function noiseColor(noise: Noise, { methods, error }: Theme): string {
  return { output: methods.batch, mean: methods.none, deviation: methods.layer, shift: error }[noise];
}

/**
 * The noise of batch normalization by batch size, both on logarithmic axes, as noise falls with the root of the size; beside
 * it the layer's own shift, if it is known [after Wu & He 2018, fig. 1].
 */
export function batchSizeChart(
  { sizes }: BatchSizes,
  shift: number | undefined,
  theme: Theme,
): ChartConfiguration<'line', Point[]> {
  const line = (
    noise: Noise,
    y: (i: number) => number,
    dash: number[] = [],
  ): ChartDataset<'line', Point[]> => ({
    label: noiseName(noise),
    data: sizes.flatMap(({ size }, i) => (y(i) > 0 ? [{ x: size, y: y(i) }] : [])),
    borderColor: noiseColor(noise, theme),
    backgroundColor: noiseColor(noise, theme),
    borderWidth: 1.5,
    borderDash: dash,
    pointRadius: dash.length === 0 ? 2 : 0,
    pointHitRadius: 4,
  });
  const axis = linearAxis(theme);
  return {
    type: 'line',
    data: {
      datasets: [
        line('output', (i) => sizes[i].output),
        line('mean', (i) => sizes[i].mean),
        line('deviation', (i) => sizes[i].deviation),
        ...(shift === undefined ? [] : [line('shift', () => shift, [4, 3])]),
      ],
    },
    options: {
      parsing: false,
      normalized: true,
      interaction: { mode: 'index', axis: 'x', intersect: false },
      scales: {
        x: axisOfValues(
          theme,
          t('batch size'),
          sizes.map(({ size }) => size),
        ),
        y: { ...axis, type: 'logarithmic', ticks: { ...axis.ticks, maxTicksLimit: 4 } },
      },
      plugins: {
        tooltip: {
          callbacks: {
            title: ([item]) => (item === undefined ? '' : t('batch of {0}', item.parsed.x ?? '')),
            label: ({ dataset, parsed }) => t('{0}: {1} σ', dataset.label ?? '', figure(parsed.y, 3)),
          },
        },
      },
    },
  };
}
