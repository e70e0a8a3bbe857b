import {
  Chart,
  type ChartConfiguration,
  type ChartDataset,
  type ChartType,
  type DefaultDataPoint,
} from 'chart.js';
import { useEffect, useRef } from 'preact/hooks';
import { drawSoon } from '../scheduling/drawQueue';
import { inView } from '../scheduling/inView';
import type { Theme } from '../theme';
import { chartVectors, setRedraw } from './redraw';

const views = inView<Element>(drawSoon);
const observer = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) views.set(target, isIntersecting);
});

interface Props<Type extends ChartType, Data> {
  /** Makes the configuration when the chart is drawn, in the colors of a theme. A new function draws the chart again. */
  readonly config: (theme: Theme) => ChartConfiguration<Type, Data>;
  readonly theme: Theme;
  /** The description for screen readers. */
  readonly label: string;
  readonly name: string;
}

/**
 * A chart that follows its configuration. The chart lives as long as its canvas. New data is drawn soon, or once the
 * chart comes into view.
 */
export function ChartCanvas<Type extends ChartType, Data = DefaultDataPoint<Type>>({
  config,
  theme,
  label,
  name,
}: Props<Type, Data>) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const chart = useRef<Chart<Type, Data> | null>(null);

  useEffect(() => {
    const watched = canvas.current;
    if (watched !== null) observer.observe(watched);
    return () => {
      if (watched !== null) observer.unobserve(watched);
      chart.current?.destroy();
      chart.current = null;
    };
  }, []);
  useEffect(() => {
    if (canvas.current === null) return undefined;
    setRedraw(canvas.current, (width, height, colors) => chartVectors(config(colors), width, height));
    return views.draw(canvas.current, () => {
      if (canvas.current === null) return;
      const { type, data, options } = config(theme);
      if (chart.current === null) {
        chart.current = new Chart(canvas.current, { type, data, options });
        resizeInTurns(chart.current);
        return;
      }
      if (options !== undefined) chart.current.options = options;
      if (type === 'line') {
        chart.current.data.datasets = kept(chart.current.data.datasets, data.datasets);
        // Not 'none', which keeps the options that a dataset's points share from the first drawing.
        chart.current.update();
      } else {
        chart.current.data = data;
        chart.current.update('none');
      }
    });
  }, [config, theme]);

  return (
    <div class="chart">
      <canvas ref={canvas} role="img" aria-label={label} data-chart={name} />
    </div>
  );
}

/** Makes a chart resize in a task of its own: a new width resizes and draws all charts, too many for one frame. */
function resizeInTurns<Type extends ChartType, Data>(chart: Chart<Type, Data>): void {
  const resize = chart.resize.bind(chart);
  let cancel: (() => void) | undefined;
  chart.resize = (width, height) => {
    // Only the last of several sizes counts.
    cancel?.();
    cancel = drawSoon(() => {
      // A destroyed chart has no canvas.
      if (chart.canvas !== null) resize(width, height);
    });
  };
}

/**
 * The new datasets, in the objects of the former datasets with the same labels. For a new object, Chart.js would make all
 * points again, thousands per second while a run grows.
 */
function kept<Type extends ChartType, Data>(
  before: ChartDataset<Type, Data>[],
  now: ChartDataset<Type, Data>[],
): ChartDataset<Type, Data>[] {
  return now.map((dataset) => {
    const same = before.find(({ label }) => label === dataset.label);
    return same === undefined ? dataset : Object.assign(same, dataset);
  });
}
