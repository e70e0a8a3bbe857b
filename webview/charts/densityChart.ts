import { t } from '@vscode/l10n';
import type { ChartConfiguration, ChartDataset, Point } from 'chart.js';
import type { Range } from '../../src/model/analysis';
import { type Densities, type MethodAtSteps, type MethodDensities, shareAt } from '../../src/model/densities';
import { spacedIndices } from '../../src/model/spacedIndices';
import { figure } from '../format';
import type { Theme } from '../theme';
import { linearAxis } from './axes';
import { fade } from './colors';
import { type MarkedSteps, stepChartOptions } from './stepChartOptions';

export interface DensityOptions extends MarkedSteps {
  readonly color: string;
  readonly theme: Theme;
  /** The range that all methods share; absent if each has its own. */
  readonly yRange: Range | undefined;
}

/** Shades of a density. Few, so that a square root makes thin tails visible. */
const SHADES = 24;

/**
 * The whole distribution over training: the darker a cell, the more of a step's values are in it, relative to the fullest cell of
 * that step. `middle` is the middle percentile at each step.
 */
export function densityChart(
  { densities, of, steps }: MethodAtSteps,
  middle: readonly Point[],
  options: DensityOptions,
): ChartConfiguration<'line', Point[]> {
  const { theme, color } = options;
  const { bins } = densities;
  const fullest = steps.map((_, row) => largestShare(densities, of, row));
  const opacity = (row: number, bin: number) =>
    Math.round(SHADES * Math.sqrt(shareAt(densities, of, row, bin) / fullest[row])) / SHADES;
  const shared = stepChartOptions(steps, options, theme);
  const range = options.yRange ?? { min: of.min, max: of.max };
  return {
    type: 'line',
    data: {
      datasets: [
        {
          label: t('median'),
          data: [...middle],
          borderColor: theme.foreground,
          borderWidth: 1,
          pointRadius: 0,
          pointHitRadius: 4,
        },
      ],
    },
    options: {
      ...shared,
      scales: { ...shared.scales, y: { ...linearAxis(theme), ...range } },
      plugins: {
        ...shared.plugins,
        density: { cells: { color, steps, range: { min: of.min, max: of.max }, bins, opacity } },
      },
    },
  };
}

/** How far a ridge rises over the base of the one behind it. */
const RISE = 1.6;
/** Ridges of a chart, at most. */
const RIDGES = 6;

/** The rows of the steps that ridgelines show: evenly spaced, with the first, the last, and that of the step in view. */
export function ridgeRows(steps: readonly number[], step: number): readonly number[] {
  const nearest = steps.reduce(
    (best, each, row) => (Math.abs(each - step) < Math.abs(steps[best] - step) ? row : best),
    0,
  );
  return spacedIndices(steps.length, RIDGES, nearest);
}

/** Distributions at some steps, one in front of the other, the latest in front. */
export function ridgelineChart(
  { densities, of, steps }: MethodAtSteps,
  { theme, color, step, onStep }: Omit<DensityOptions, 'yRange'>,
): ChartConfiguration<'line', Point[]> {
  const rows = ridgeRows(steps, step);
  const width = (of.max - of.min) / densities.bins;
  const datasets = rows.map((row, i): ChartDataset<'line', Point[]> => {
    const base = rows.length - 1 - i;
    const fullest = largestShare(densities, of, row);
    const isCurrent = steps[row] === step;
    return {
      label: t('step {0}', steps[row]),
      data: Array.from({ length: densities.bins }, (_, bin) => ({
        x: of.min + (bin + 0.5) * width,
        y: base + (RISE * shareAt(densities, of, row, bin)) / fullest,
      })),
      borderColor: isCurrent ? theme.foreground : color,
      borderWidth: isCurrent ? 1.75 : 1,
      backgroundColor: fade(color, 0.3),
      pointRadius: 0,
      fill: { value: base },
      // The latest one, which is drawn last, is in front.
      order: rows.length - i,
    };
  });
  const axis = linearAxis(theme);
  return {
    type: 'line',
    data: { datasets },
    options: {
      parsing: false,
      normalized: true,
      interaction: { mode: 'nearest', intersect: false },
      scales: {
        x: { ...linearAxis(theme), min: of.min, max: of.max },
        y: {
          ...axis,
          min: 0,
          max: rows.length - 1 + RISE,
          afterBuildTicks: (scale) => {
            scale.ticks = rows.map((_, i) => ({ value: i }));
          },
          ticks: {
            ...axis.ticks,
            callback: (value) => String(steps[rows[rows.length - 1 - Number(value)]] ?? ''),
          },
        },
      },
      onClick: (_event, [element]) => {
        if (element !== undefined) onStep(steps[rows[element.datasetIndex]]);
      },
      plugins: {
        tooltip: {
          displayColors: false,
          callbacks: {
            title: ([item]) => item?.dataset.label ?? '',
            label: ({ parsed }) => t('near {0}', figure(parsed.x)),
          },
        },
      },
    },
  };
}

function largestShare(densities: Densities, of: MethodDensities, row: number): number {
  let largest = 0;
  for (let bin = 0; bin < densities.bins; bin++) {
    const share = shareAt(densities, of, row, bin);
    if (share > largest) largest = share;
  }
  return largest;
}
