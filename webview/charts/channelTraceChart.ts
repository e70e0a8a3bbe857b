import { t } from '@vscode/l10n';
import type { ChartConfiguration, ChartDataset, Point } from 'chart.js';
import type { Theme } from '../theme';
import { fade } from './colors';
import { type MarkedSteps, stepChartOptions } from './stepChartOptions';

/** Statistics of one channel over training; NaN if unknown. */
export interface ChannelTrace {
  readonly steps: readonly number[];
  readonly mean: ArrayLike<number>;
  readonly deviation: ArrayLike<number>;
  /** Largest |x|. */
  readonly greatest: ArrayLike<number>;
}

/** One channel over training: its mean with one deviation to either side, and its largest |x|. */
export function channelTraceChart(
  { steps, mean, deviation, greatest }: ChannelTrace,
  marked: MarkedSteps,
  theme: Theme,
): ChartConfiguration<'line', Point[]> {
  const curve = (y: (i: number) => number): Point[] =>
    steps.flatMap((x, i) => (Number.isFinite(x) && Number.isFinite(y(i)) ? [{ x, y: y(i) }] : []));
  const line = (label: string, y: (i: number) => number, color: string): ChartDataset<'line', Point[]> => ({
    label,
    data: curve(y),
    borderColor: color,
    borderWidth: 1,
    backgroundColor: fade(theme.methods.none, 0.16),
    pointRadius: steps.length === 1 ? 2 : 0,
    pointHitRadius: 4,
  });
  const shared = stepChartOptions(steps.filter(Number.isFinite), marked, theme);
  const edge = fade(theme.methods.none, 0.65);
  return {
    type: 'line',
    data: {
      datasets: [
        { ...line('µ − σ', (i) => mean[i] - deviation[i], edge), fill: 1 },
        line('µ + σ', (i) => mean[i] + deviation[i], edge),
        { ...line('µ', (i) => mean[i], theme.methods.none), borderWidth: 1.75 },
        { ...line(t('largest |x|'), (i) => greatest[i], theme.methods.layer), borderDash: [4, 3] },
      ],
    },
    options: { ...shared, interaction: { mode: 'index', axis: 'x', intersect: false } },
  };
}
