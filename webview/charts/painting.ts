import type { Chart, ChartArea, ChartType, Plugin } from 'chart.js';

/** How a chart over columns and rows is painted where elements would be too many. */
export interface Painting {
  readonly paint?: (context: CanvasRenderingContext2D, area: ChartArea) => void;
  /** The elements to have while the pointer is over a column and row. */
  readonly hover?: (x: number, y: number) => { x: number; y: number }[];
}

declare module 'chart.js' {
  interface PluginOptionsByType<TType extends ChartType> {
    painting?: Painting;
  }
}

/** Paints below the elements, and keeps an element where the pointer is. */
export const paintingPlugin: Plugin = {
  id: 'painting',
  beforeDatasetsDraw: (chart: Chart) => {
    const { paint } = paintingOf(chart);
    if (paint === undefined) return;
    chart.ctx.save();
    paint(chart.ctx, chart.chartArea);
    chart.ctx.restore();
  },
  beforeEvent: (chart: Chart, { event, inChartArea }) => {
    const { hover } = paintingOf(chart);
    const { x: xAxis, y: yAxis } = chart.scales;
    if (hover === undefined || event.x === null || event.y === null || !inChartArea) return;
    const x = Math.round(xAxis.getValueForPixel(event.x) ?? -1);
    const y = Math.round(yAxis.getValueForPixel(event.y) ?? -1);
    const [dataset] = chart.data.datasets;
    const [there] = dataset.data as { x: number; y: number }[];
    if (there?.x === x && there.y === y) return;
    dataset.data = hover(x, y);
    chart.update('none');
  },
};

/** Read from the configuration as it was given: Chart.js's own view of options calls functions in them. */
function paintingOf({ config }: Chart): Painting {
  return (config.options?.plugins?.painting ?? {}) as Painting;
}
