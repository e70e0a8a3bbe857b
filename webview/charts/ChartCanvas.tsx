import { Chart, type ChartConfiguration, type ChartType, type DefaultDataPoint } from 'chart.js';
import { useEffect, useRef } from 'preact/hooks';
import { drawSoon } from './drawSoon';

interface Props<Type extends ChartType, Data> {
  /** Makes the configuration when the chart is drawn; another function where it is another one. */
  readonly config: () => ChartConfiguration<Type, Data>;
  /** What a person who cannot see the chart is told. */
  readonly label: string;
  readonly name: string;
}

/**
 * A chart that follows its configuration. The chart lives as long as its canvas: new data goes into it and it is
 * drawn once, soon.
 */
export function ChartCanvas<Type extends ChartType, Data = DefaultDataPoint<Type>>({
  config,
  label,
  name,
}: Props<Type, Data>) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const chart = useRef<Chart<Type, Data> | null>(null);

  useEffect(
    () => () => {
      chart.current?.destroy();
      chart.current = null;
    },
    [],
  );
  useEffect(() => {
    return drawSoon(() => {
      if (canvas.current === null) return;
      const { type, data, options } = config();
      if (chart.current === null) {
        chart.current = new Chart(canvas.current, { type, data, options });
        return;
      }
      chart.current.data = data;
      if (options !== undefined) chart.current.options = options;
      chart.current.update('none');
    });
  }, [config]);

  return (
    <div class="chart">
      <canvas ref={canvas} role="img" aria-label={label} data-chart={name} />
    </div>
  );
}
