import { t } from '@vscode/l10n';
import type { ChartConfiguration, ChartDataset, Point } from 'chart.js';
import { figure } from '../format';
import type { Theme } from '../theme';
import { linearAxis } from './axes';
import { fade } from './colors';

/** Statistics of one channel over training; NaN if unknown. */
export interface ChannelTrace {
  readonly steps: readonly number[];
  readonly mean: ArrayLike<number>;
  readonly deviation: ArrayLike<number>;
  /** Largest |x|. */
  readonly greatest: ArrayLike<number>;
}

export interface TraceOptions {
  readonly theme: Theme;
  readonly step: number;
  readonly reference: number | undefined;
  readonly onStep: (step: number) => void;
}

/** One channel over training: its mean with one deviation to either side, and its largest |x|. */
export function channelTraceChart(
  { steps, mean, deviation, greatest }: ChannelTrace,
  { theme, step, reference, onStep }: TraceOptions,
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
    options: {
      parsing: false,
      normalized: true,
      interaction: { mode: 'index', axis: 'x', intersect: false },
      scales: { x: linearAxis(theme, t('step')), y: { ...linearAxis(theme), grace: '4%' } },
      onClick: (_event, elements, chart) => {
        const [element] = elements;
        const point = element && chart.data.datasets[element.datasetIndex]?.data[element.index];
        if (typeof point === 'object' && point !== null && 'x' in point) onStep(Number(point.x));
      },
      plugins: {
        tooltip: {
          displayColors: false,
          callbacks: {
            title: ([item]) => (item === undefined ? '' : t('step {0}', item.parsed.x ?? '')),
            label: ({ dataset, parsed }) => `${dataset.label}: ${figure(parsed.y)}`,
          },
        },
        markers: {
          lines: [
            ...(reference === undefined ? [] : [{ x: reference, color: theme.muted, dash: [2, 3] }]),
            { x: step, color: theme.accent, dash: [] },
          ],
        },
      },
    },
  };
}
