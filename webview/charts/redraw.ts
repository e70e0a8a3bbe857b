import { BasicPlatform, Chart, type ChartConfiguration, type ChartType } from 'chart.js';
import type { Theme } from '../theme';
import { svgElement } from './svgElement';
import { vectorCanvas } from './vectorCanvas';

/** Draws what a canvas shows again, into a picture: its size in CSS pixels, and its colors. */
export type Redraw = (width: number, height: number, theme: Theme) => SVGElement;

const redraws = new WeakMap<HTMLCanvasElement, Redraw>();

/** Says how a canvas is drawn into a picture; the last one counts. */
export function setRedraw(canvas: HTMLCanvasElement, redraw: Redraw): void {
  redraws.set(canvas, redraw);
}

/** How this canvas is drawn into a picture. */
export function redrawOf(canvas: HTMLCanvasElement): Redraw | undefined {
  return redraws.get(canvas);
}

/** A chart as vectors. */
export function chartVectors<Type extends ChartType, Data>(
  { type, data, options }: ChartConfiguration<Type, Data>,
  width: number,
  height: number,
): SVGElement {
  const { canvas, vectors } = vectorCanvas(width, height);
  const configuration = {
    type,
    // With options by segment, Chart.js draws lines without Path2D, which a canvas of vectors does not have.
    data: { ...data, datasets: data.datasets.map((dataset) => ({ ...dataset, segment: {} })) },
    options: {
      ...options,
      responsive: false,
      animation: false,
      devicePixelRatio: 1,
      events: [],
      plugins: { ...options?.plugins, tooltip: { enabled: false }, zoom: false },
    },
    platform: BasicPlatform,
  };
  const chart = new Chart(
    canvas as unknown as HTMLCanvasElement,
    configuration as unknown as ChartConfiguration<Type, Data>,
  );
  // A chart empties its canvas when it goes.
  const drawn = vectors().cloneNode(true) as SVGElement;
  chart.destroy();
  return drawn;
}

/** What `paint` draws, as vectors. */
export function paintedVectors(
  paint: (context: CanvasRenderingContext2D) => void,
  width: number,
  height: number,
): SVGElement {
  const { canvas, vectors } = vectorCanvas(width, height);
  paint(canvas.getContext('2d'));
  return vectors();
}

/** Pixels per CSS pixel of an image in a picture: it is as sharp in print. */
const IMAGE_SCALE = 3;

/** What `paint` draws, as an image: thousands of cells, which would be as many elements. */
export function paintedImage(
  paint: (context: CanvasRenderingContext2D) => void,
  width: number,
  height: number,
): SVGElement {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [Math.round(width * IMAGE_SCALE), Math.round(height * IMAGE_SCALE)];
  const context = canvas.getContext('2d');
  if (context !== null) {
    context.scale(IMAGE_SCALE, IMAGE_SCALE);
    paint(context);
  }
  return svgElement('image', { width, height, href: canvas.toDataURL('image/png') });
}
