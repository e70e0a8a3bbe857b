import { t } from '@vscode/l10n';
import type { ChartConfiguration, ChartDataset, Point } from 'chart.js';
import type { BatchSizes } from '../../src/model/batchSizes';
import { figure } from '../format';
import type { Theme } from '../theme';
import { linearAxis } from './axes';

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
    label: string,
    color: string,
    y: (i: number) => number,
    dash: number[] = [],
  ): ChartDataset<'line', Point[]> => ({
    label,
    data: sizes.flatMap(({ size }, i) => (y(i) > 0 ? [{ x: size, y: y(i) }] : [])),
    borderColor: color,
    backgroundColor: color,
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
        line(t('normalized value'), theme.methods.batch, (i) => sizes[i].output),
        line('µ', theme.methods.none, (i) => sizes[i].mean),
        line('σ', theme.methods.layer, (i) => sizes[i].deviation),
        ...(shift === undefined ? [] : [line(t('shift of this step'), theme.error, () => shift, [4, 3])]),
      ],
    },
    options: {
      parsing: false,
      normalized: true,
      interaction: { mode: 'index', axis: 'x', intersect: false },
      scales: {
        x: {
          ...linearAxis(theme, t('batch size')),
          type: 'logarithmic',
          afterBuildTicks: (scale) => {
            scale.ticks = sizes.map(({ size }) => ({ value: size }));
          },
        },
        y: { ...axis, type: 'logarithmic', ticks: { ...axis.ticks, maxTicksLimit: 4 } },
      },
      plugins: {
        legend: { display: true, labels: { color: theme.muted, boxWidth: 12, boxHeight: 1 } },
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
