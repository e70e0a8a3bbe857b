import type { Chart, ChartArea, ChartType, Plugin } from 'chart.js';

export type Paint = (context: CanvasRenderingContext2D, area: ChartArea) => void;

/** What a chart over columns and rows draws besides its elements. */
export interface Painting {
  /** Below the elements. */
  readonly paint?: Paint;
  /** Over the elements. */
  readonly mark?: Paint;
  /** The element to have while the pointer is over a column and row; empty for none. */
  readonly point?: (x: number, y: number) => { x: number; y: number }[];
}

declare module 'chart.js' {
  interface PluginOptionsByType<TType extends ChartType> {
    painting?: Painting;
  }
}

/** Paints below and over the elements, and moves the element to where the pointer is. */
export const paintingPlugin: Plugin = {
  id: 'painting',
  beforeDatasetsDraw: (chart: Chart) => draw(paintingOf(chart).paint, chart),
  afterDatasetsDraw: (chart: Chart) => draw(paintingOf(chart).mark, chart),
  beforeEvent: (chart: Chart, { event, inChartArea }) => {
    const { point } = paintingOf(chart);
    const { x: xAxis, y: yAxis } = chart.scales;
    if (point === undefined || event.x === null || event.y === null || !inChartArea) return;
    const x = Math.round(xAxis.getValueForPixel(event.x) ?? -1);
    const y = Math.round(yAxis.getValueForPixel(event.y) ?? -1);
    const [dataset] = chart.data.datasets;
    const [there] = dataset.data as { x: number; y: number }[];
    if (there?.x === x && there.y === y) return;
    dataset.data = point(x, y);
    chart.update('none');
  },
};

function draw(paint: Paint | undefined, { ctx, chartArea }: Chart): void {
  if (paint === undefined) return;
  ctx.save();
  paint(ctx, chartArea);
  ctx.restore();
}

/** Read from the configuration as it was given, because Chart.js's own view of options calls the functions in them. */
function paintingOf({ config }: Chart): Painting {
  return (config.options?.plugins?.painting ?? {}) as Painting;
}
