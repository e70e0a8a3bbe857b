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

const views = inView<Element>(drawSoon);
const observer = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) views.tell(target, isIntersecting);
});

interface Props<Type extends ChartType, Data> {
  /** Makes the configuration when the chart is drawn; another function where it is another one. */
  readonly config: () => ChartConfiguration<Type, Data>;
  /** What a person who cannot see the chart is told. */
  readonly label: string;
  readonly name: string;
}

/**
 * A chart that follows its configuration. The chart lives as long as its canvas: new data goes into it and it is
 * drawn once, soon or when it comes into view.
 */
export function ChartCanvas<Type extends ChartType, Data = DefaultDataPoint<Type>>({
  config,
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
    return views.draw(canvas.current, () => {
      if (canvas.current === null) return;
      const { type, data, options } = config();
      if (chart.current === null) {
        chart.current = new Chart(canvas.current, { type, data, options });
        resizeInTurns(chart.current);
        return;
      }
      if (options !== undefined) chart.current.options = options;
      if (type === 'line') {
        chart.current.data.datasets = kept(chart.current.data.datasets, data.datasets);
        // Not 'none': options that a dataset's points share would stay those of its first drawing.
        chart.current.update();
      } else {
        chart.current.data = data;
        chart.current.update('none');
      }
    });
  }, [config]);

  return (
    <div class="chart">
      <canvas ref={canvas} role="img" aria-label={label} data-chart={name} />
    </div>
  );
}

/** A width that changes resizes all charts, and draws them: each in a task of its own, not all in one frame. */
function resizeInTurns<Type extends ChartType, Data>(chart: Chart<Type, Data>): void {
  const resize = chart.resize.bind(chart);
  let takeBack: (() => void) | undefined;
  chart.resize = (width, height) => {
    // Of sizes that follow each other, the last.
    takeBack?.();
    takeBack = drawSoon(() => {
      // A chart that was destroyed has no canvas.
      if (chart.canvas !== null) resize(width, height);
    });
  };
}

/**
 * The new datasets, as the objects that those of the same labels were: where a dataset is another object, Chart.js makes
 * all its points again, thousands a second while a run grows.
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
