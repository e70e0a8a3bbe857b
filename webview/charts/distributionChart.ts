import { t } from '@vscode/l10n';
import type { ChartConfiguration, ChartDataset, Point, Scale } from 'chart.js';
import type { DistributionPair, Histogram, Range } from '../../src/model/analysis';
import { figure } from '../format';
import type { Theme } from '../theme';
import { linearAxis } from './axes';
import { fade } from './colors';

export interface DistributionOptions {
  readonly color: string;
  readonly theme: Theme;
  readonly logCounts: boolean;
  /** What the dashed distribution is, if it is of another run. */
  readonly reference?: string | undefined;
  /** Absent: a drag does not zoom. */
  readonly onZoom?: (range: Range) => void;
}

/** One distribution with its reference behind it, as a step line over equal bins. */
export function distributionChart(
  pair: DistributionPair,
  { theme, color, logCounts, reference = t('reference'), onZoom }: DistributionOptions,
): ChartConfiguration<'line', Point[]> {
  const extent = pair.current ?? pair.reference;
  const datasets: ChartDataset<'line', Point[]>[] = [];
  if (pair.current !== undefined) {
    datasets.push({
      ...shared(pair.current, logCounts),
      label: t('this step'),
      borderColor: color,
      borderWidth: 1.5,
      backgroundColor: fade(color, 0.25),
    });
  }
  if (pair.reference !== undefined) {
    datasets.push({
      ...shared(pair.reference, logCounts),
      label: reference,
      borderColor: fade(theme.muted, 0.9),
      borderWidth: 1,
      borderDash: [3, 2],
      backgroundColor: fade(theme.muted, 0.15),
    });
  }
  return {
    type: 'line',
    data: { datasets },
    options: {
      interaction: { mode: 'index', axis: 'x', intersect: false },
      scales: {
        x: {
          ...linearAxis(theme),
          ...(extent === undefined ? {} : { min: extent.min, max: extent.max }),
          afterBuildTicks: tickAtBothEnds,
        },
        y: logCounts
          ? {
              ...linearAxis(theme),
              type: 'logarithmic',
              min: 0.5,
              ticks: { display: false },
              afterBuildTicks: tickAtDecades,
            }
          : { ...linearAxis(theme), beginAtZero: true, ticks: { display: false } },
      },
      plugins: {
        tooltip: {
          displayColors: false,
          callbacks: {
            title: ([item]) => (item === undefined ? '' : t('near {0}', figure(item.parsed.x))),
            label: ({ dataset, parsed }) => t('{0}: {1} values', dataset.label ?? '', figure(parsed.y, 3)),
          },
        },
        zoom: {
          zoom: {
            mode: 'x',
            drag: { enabled: onZoom !== undefined, backgroundColor: fade(theme.accent, 0.2) },
            wheel: { enabled: onZoom !== undefined, modifierKey: 'ctrl' },
            onZoomComplete: ({ chart }) => {
              const { min, max } = chart.scales['x'];
              onZoom?.({ min, max });
            },
          },
        },
      },
    },
  };
}

/** Chart.js guesses a label's length from a number's digits, and drops the tick at the start if there are many. */
function tickAtBothEnds(scale: Scale): void {
  const [first] = scale.ticks;
  if (first !== undefined && first.value > scale.min) scale.ticks.unshift({ value: scale.min });
}

/** Keeps the powers of ten: Chart.js's lines at 1, 2, 3 … 9 times each form a gray field over five decades. */
function tickAtDecades(scale: Scale): void {
  scale.ticks = scale.ticks.filter(({ value }) => {
    const power = Math.log10(value);
    return Math.abs(power - Math.round(power)) < 1e-9;
  });
}

function shared(histogram: Histogram, logCounts: boolean): ChartDataset<'line', Point[]> {
  return {
    data: histogramPoints(histogram, logCounts),
    stepped: 'middle',
    pointRadius: 0,
    fill: logCounts ? 'start' : 'origin',
  };
}

/** Middles of the bins and their counts; on a log axis an empty bin lies at the bottom. */
export function histogramPoints({ min, max, counts }: Histogram, logCounts: boolean): Point[] {
  const width = (max - min) / counts.length;
  return Array.from(counts, (value, i) => ({
    x: min + (i + 0.5) * width,
    y: logCounts ? Math.max(value, 0.5) : value,
  }));
}
