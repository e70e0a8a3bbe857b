import { t } from '@vscode/l10n';
import type { ChartConfiguration, Point } from 'chart.js';
import type { LayerCoordinates, RunCoordinates } from '../../src/model/coordinateCheck';
import { figure } from '../format';
import type { Theme } from '../theme';
import { axisOfValues, linearAxis } from './axes';
import { fade } from './colors';

/** What is charted over width: mean |h_t|, or mean |h_t − h_0|. */
export type Coordinate = 'size' | 'change';

/** The sizes at one step: their geometric mean at each width, which the fitted line goes through, and every run. */
interface StepCurve {
  readonly step: number;
  readonly means: Point[];
  readonly runs: Point[];
}

/** The curves of all steps that have a size above 0, steps ascending. */
export function stepCurves({ steps, runs }: LayerCoordinates, of: Coordinate): readonly StepCurve[] {
  return steps.flatMap(({ step }, i) => {
    const points = runs.flatMap((run) => pointOf(run, of, i));
    const widths = [...new Set(points.map(({ x }) => x))].sort((a, b) => a - b);
    const means = widths.map((x) => {
      const logs = points.filter((point) => point.x === x).map(({ y }) => Math.log(y));
      return { x, y: Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length) };
    });
    return points.length === 0 ? [] : [{ step, means, runs: points }];
  });
}

function pointOf(run: RunCoordinates, of: Coordinate, step: number): { x: number; y: number }[] {
  const y = run[of][step];
  return y > 0 && Number.isFinite(y) ? [{ x: run.width, y }] : [];
}

/** The color of a step: later steps are stronger. */
export function stepColor(position: number, count: number, { methods }: Theme): string {
  return fade(methods.batch, count < 2 ? 1 : 0.35 + (0.65 * position) / (count - 1));
}

/** Sizes over width on logarithmic axes, one line a step [Yang et al. 2022, fig. 8; `plot_coord_data` of mup]. */
export function widthChart(
  layer: LayerCoordinates,
  of: Coordinate,
  theme: Theme,
): ChartConfiguration<'line', Point[]> {
  const curves = stepCurves(layer, of);
  const positionOf = new Map(layer.steps.map(({ step }, i) => [step, i]));
  const widths = [...new Set(layer.runs.map(({ width }) => width))].sort((a, b) => a - b);
  const axis = linearAxis(theme);
  const colorOf = (step: number) => stepColor(positionOf.get(step) ?? 0, layer.steps.length, theme);
  return {
    type: 'line',
    data: {
      datasets: curves.flatMap(({ step, means, runs }) => [
        {
          label: t('step {0}', step),
          data: means,
          borderColor: colorOf(step),
          backgroundColor: colorOf(step),
          borderWidth: 1.75,
          pointRadius: 0,
          pointHitRadius: 0,
        },
        {
          label: t('step {0}, each run', step),
          data: runs,
          borderColor: colorOf(step),
          backgroundColor: colorOf(step),
          showLine: false,
          pointRadius: 2.5,
          pointHitRadius: 5,
        },
      ]),
    },
    options: {
      parsing: false,
      normalized: false,
      interaction: { mode: 'nearest', intersect: false },
      scales: {
        x: axisOfValues(theme, t('width'), widths),
        y: { ...axis, type: 'logarithmic', ticks: { ...axis.ticks, maxTicksLimit: 4 } },
      },
      plugins: {
        tooltip: {
          displayColors: false,
          callbacks: {
            title: ([item]) => (item === undefined ? '' : t('width {0}', item.parsed.x ?? '')),
            label: ({ dataset, parsed }) => `${dataset.label}: ${figure(parsed.y, 3)}`,
          },
        },
      },
    },
  };
}
