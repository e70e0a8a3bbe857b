import type { Chart, ChartType, Plugin } from 'chart.js';

/** A vertical line at an x value. */
export interface Marker {
  readonly x: number;
  readonly color: string;
  readonly dash: readonly number[];
}

declare module 'chart.js' {
  interface PluginOptionsByType<TType extends ChartType> {
    markers?: { lines?: readonly Marker[] };
  }
}

/** Draws vertical lines, at the step in view and the reference step, into a chart over steps. */
export const markerPlugin: Plugin = {
  id: 'markers',
  afterDatasetsDraw: (chart: Chart) => {
    const { ctx, chartArea } = chart;
    const xAxis = chart.scales['x'];
    // Chart.js declares plugin options as deeply partial, but these are complete.
    const lines = (chart.options.plugins?.markers?.lines ?? []) as readonly Marker[];
    for (const { x, color, dash } of lines) {
      const pixel = xAxis.getPixelForValue(x);
      if (!(pixel >= chartArea.left - 1 && pixel <= chartArea.right + 1)) continue;
      ctx.save();
      ctx.strokeStyle = color;
      ctx.lineWidth = 1;
      ctx.setLineDash([...dash]);
      ctx.beginPath();
      ctx.moveTo(pixel, chartArea.top);
      ctx.lineTo(pixel, chartArea.bottom);
      ctx.stroke();
      ctx.restore();
    }
  },
};
