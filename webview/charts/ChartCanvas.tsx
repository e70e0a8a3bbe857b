import { Chart, type ChartConfiguration, type ChartType, type DefaultDataPoint } from 'chart.js';
import { useEffect, useRef } from 'preact/hooks';
import { drawSoon } from './drawSoon';

interface Props<Type extends ChartType, Data> {
  readonly config: ChartConfiguration<Type, Data>;
  /** What a person who cannot see the chart is told. */
  readonly label: string;
  readonly name: string;
}

/**
 * A chart that follows its configuration. The chart lives as long as its canvas: new data goes into it and it is
 * drawn once, in the next frame.
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
      if (chart.current === null) {
        chart.current = new Chart(canvas.current, config);
        return;
      }
      chart.current.data = config.data;
      if (config.options !== undefined) chart.current.options = config.options;
      chart.current.update('none');
    });
  }, [config]);

  return (
    <div class="chart">
      <canvas ref={canvas} role="img" aria-label={label} data-chart={name} />
    </div>
  );
}
