import {
  CategoryScale,
  Chart,
  Filler,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  PointElement,
  Tooltip,
} from 'chart.js';
import zoomPlugin from 'chartjs-plugin-zoom';
import { densityPlugin } from './densityPlugin';
import { markerPlugin } from './markers';
import { placeTooltipsAway } from './tooltipPlace';

/** Registers the parts of Chart.js that the panel's charts use. */
export function registerCharts(): void {
  Chart.register(
    LineController,
    LineElement,
    PointElement,
    LinearScale,
    LogarithmicScale,
    CategoryScale,
    Filler,
    Tooltip,
    zoomPlugin,
    markerPlugin,
    densityPlugin,
  );
  placeTooltipsAway();
  Chart.defaults.animation = false;
  Chart.defaults.responsive = true;
  Chart.defaults.maintainAspectRatio = false;
}
