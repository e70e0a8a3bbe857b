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
  readonly onZoom: (range: Range) => void;
}

/** One distribution with its reference behind it, as steps over equal bins. */
export function distributionChart(
  pair: DistributionPair,
  options: DistributionOptions,
): ChartConfiguration<'line', Point[]> {
  const { theme, color, logCounts } = options;
  const extent = pair.current ?? pair.reference;
  const datasets: ChartDataset<'line', Point[]>[] = [];
  if (pair.current !== undefined) {
    datasets.push({
      ...shared(pair.current, logCounts),
      label: 'this step',
      borderColor: color,
      borderWidth: 1.5,
      backgroundColor: fade(color, 0.25),
    });
  }
  if (pair.reference !== undefined) {
    datasets.push({
      ...shared(pair.reference, logCounts),
      label: 'reference',
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
            title: ([item]) => (item === undefined ? '' : `near ${figure(item.parsed.x)}`),
            label: ({ dataset, parsed }) => `${dataset.label}: ${figure(parsed.y, 3)} values`,
          },
        },
        zoom: {
          zoom: {
            mode: 'x',
            drag: { enabled: true, backgroundColor: fade(theme.accent, 0.2) },
            wheel: { enabled: true, modifierKey: 'ctrl' },
            onZoomComplete: ({ chart }) => {
              const { min, max } = chart.scales['x'];
              options.onZoom({ min, max });
            },
          },
        },
      },
    },
  };
}

/** Chart.js takes a number's digits for its label's length, and lets the far end stand for both where they are many. */
function tickAtBothEnds(scale: Scale): void {
  const [first] = scale.ticks;
  if (first !== undefined && first.value > scale.min) scale.ticks.unshift({ value: scale.min });
}

/** Chart.js has lines at all of 1, 2, 3 … 9 times a power of ten, which over five decades are a grey field. */
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

/** Middles of the bins; on a log axis an empty bin lies on the floor. */
export function histogramPoints({ min, max, counts }: Histogram, logCounts: boolean): Point[] {
  const width = (max - min) / counts.length;
  return Array.from(counts, (value, i) => ({
    x: min + (i + 0.5) * width,
    y: logCounts ? Math.max(value, 0.5) : value,
  }));
}
