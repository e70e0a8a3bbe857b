import { t } from '@vscode/l10n';
import type { ChartOptions } from 'chart.js';
import type { Range } from '../../src/model/analysis';
import { figure } from '../format';
import type { Theme } from '../theme';
import { linearAxis } from './axes';

/** The steps that a chart over training marks, and what a click on one does. */
export interface MarkedSteps {
  readonly step: number;
  readonly reference: number | undefined;
  readonly onStep: (step: number) => void;
}

/**
 * Options that all line charts over training share: their points are objects with x and y, x ascending, a tooltip names
 * the step, lines mark the current and the reference step, and a click goes to a step. `steps`: the extent of the whole
 * run, so that the axis does not move while results arrive.
 */
export function stepChartOptions(
  steps: readonly number[],
  { step, reference, onStep }: MarkedSteps,
  theme: Theme,
): ChartOptions<'line'> {
  return {
    parsing: false,
    normalized: true,
    interaction: { mode: 'nearest', axis: 'x', intersect: false },
    scales: {
      x: { ...linearAxis(theme), ...extentOf(steps) },
      y: { ...linearAxis(theme), grace: '4%' },
    },
    onClick: (_event, elements, chart) => {
      const [element] = elements;
      const point =
        element === undefined ? undefined : chart.data.datasets[element.datasetIndex]?.data[element.index];
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
  };
}

function extentOf(steps: readonly number[]): Partial<Range> {
  const [first, last] = [steps[0], steps.at(-1)];
  return first === undefined || last === undefined || first === last ? {} : { min: first, max: last };
}
