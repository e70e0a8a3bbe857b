import type { Chart, ChartType, Plugin } from 'chart.js';
import type { Range } from '../../src/model/analysis';
import { fade } from './colors';

/** Cells of equal opacity in columns of a chart over steps. */
export interface DensityCells {
  readonly color: string;
  /** The steps of the columns, ascending. */
  readonly steps: readonly number[];
  readonly range: Range;
  readonly bins: number;
  /** Opacity of a cell, 0 to 1. */
  readonly opacity: (row: number, bin: number) => number;
}

declare module 'chart.js' {
  interface PluginOptionsByType<TType extends ChartType> {
    density?: { cells?: DensityCells };
  }
}

/** Draws cells behind the curves of a chart over steps. A column reaches halfway to its neighbors. */
export const densityPlugin: Plugin = {
  id: 'density',
  beforeDatasetsDraw: (chart: Chart) => {
    // As they were given: Chart.js calls functions among resolved options. It declares them as deeply partial, but these are
    // complete.
    const cells = chart.config.options?.plugins?.density?.cells as DensityCells | undefined;
    if (cells === undefined) return;
    const { ctx, chartArea } = chart;
    const { color, steps, range, bins, opacity } = cells;
    const x = (step: number) => chart.scales['x'].getPixelForValue(step);
    const edges = columnEdges(steps);
    const y = (bin: number) =>
      chart.scales['y'].getPixelForValue(range.min + ((range.max - range.min) * bin) / bins);
    ctx.save();
    ctx.beginPath();
    ctx.rect(chartArea.left, chartArea.top, chartArea.width, chartArea.height);
    ctx.clip();
    steps.forEach((_, row) => {
      const left = Math.round(x(edges[row]));
      const width = Math.max(1, Math.round(x(edges[row + 1])) - left);
      for (let bin = 0; bin < bins; bin++) {
        const shade = opacity(row, bin);
        if (!(shade > 0)) continue;
        const top = Math.round(y(bin + 1));
        ctx.fillStyle = fade(color, shade);
        ctx.fillRect(left, top, width, Math.max(1, Math.round(y(bin)) - top));
      }
    });
    ctx.restore();
  },
};

/** Where columns begin and end: halfway between steps. */
export function columnEdges(steps: readonly number[]): readonly number[] {
  if (steps.length < 2) return steps.flatMap((step) => [step - 0.5, step + 0.5]);
  const last = steps.length - 1;
  return [
    steps[0] - (steps[1] - steps[0]) / 2,
    ...steps.slice(1).map((step, i) => (steps[i] + step) / 2),
    steps[last] + (steps[last] - steps[last - 1]) / 2,
  ];
}
