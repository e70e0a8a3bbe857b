import { t } from '@vscode/l10n';
import type { ChartConfiguration, ChartDataset, Point } from 'chart.js';
import { type MethodSweep, removedShare } from '../../src/model/methodSweep';
import { figure } from '../format';
import type { Theme } from '../theme';
import { axisOfValues, linearAxis } from './axes';

/**
 * The share of the shift that group normalization removes, by its number of groups on a logarithmic axis. The number that
 * is in use has a larger point.
 */
export function groupSweepChart(
  sweep: MethodSweep,
  own: number | undefined,
  theme: Theme,
): ChartConfiguration<'line', Point[]> {
  const points = sweep.groups.flatMap(({ groups, w1 }) => {
    const share = removedShare(sweep, w1);
    return Number.isFinite(share) ? [{ x: groups, y: 100 * share }] : [];
  });
  const dataset: ChartDataset<'line', Point[]> = {
    label: t('removed'),
    data: points,
    borderColor: theme.methods.group,
    backgroundColor: theme.methods.group,
    borderWidth: 1.5,
    pointRadius: points.map(({ x }) => (x === own ? 5 : 2.5)),
    pointHitRadius: 4,
  };
  const axis = linearAxis(theme);
  return {
    type: 'line',
    data: { datasets: [dataset] },
    options: {
      parsing: false,
      normalized: true,
      interaction: { mode: 'index', axis: 'x', intersect: false },
      scales: {
        x: axisOfValues(
          theme,
          t('groups G'),
          points.map(({ x }) => x),
        ),
        y: {
          ...axis,
          ticks: {
            ...axis.ticks,
            maxTicksLimit: 5,
            callback: (value) => t('{0} %', figure(Number(value), 6)),
          },
        },
      },
      plugins: {
        tooltip: {
          displayColors: false,
          callbacks: {
            title: ([item]) => (item === undefined ? '' : t('G = {0}', item.parsed.x ?? '')),
            label: ({ parsed }) => t('removes {0} % of the shift', figure(parsed.y, 3)),
          },
        },
      },
    },
  };
}
