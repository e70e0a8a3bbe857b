import type { Range } from '../../src/model/analysis';
import { type ChannelFigure, type ChannelFigures, figureAt } from '../../src/model/channelFigures';
import type { Theme } from '../theme';
import { parseColor } from './colors';
import { type MapColors, rampColor } from './mapColors';
import type { MapScale } from './mapScale';

/** What a map of channels × steps shows. */
export interface ChannelMap {
  readonly figures: ChannelFigures;
  readonly figure: ChannelFigure;
  /** Columns of the figures, from the top row to the bottom one. */
  readonly order: readonly number[];
  readonly scale: MapScale;
}

/** The smallest and largest finite value of a figure; undefined if there is none. */
export function rangeOf(figures: ChannelFigures, figure: ChannelFigure): Range | undefined {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of figures[figure]) {
    if (!Number.isFinite(value)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return min <= max ? { min, max } : undefined;
}

/** One pixel for each step and channel, row by row, RGBA. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

/**
 * Colors one pixel per step and channel. If there are more channels than `most` rows, several share a row, which shows
 * the value that is farthest from 0. A value that is not known stays transparent.
 */
export function channelPixels(
  { figures, figure, order, scale }: ChannelMap,
  colors: MapColors,
  most: number,
): Pixels {
  const width = figures.records.length;
  const height = Math.min(order.length, Math.max(1, most));
  const data = new Uint8ClampedArray(4 * width * height);
  const known = new Map<string, readonly number[]>();
  const rgbOf = (color: string) => {
    const rgb = known.get(color) ?? parseColor(color);
    known.set(color, rgb);
    return rgb;
  };
  for (let y = 0; y < height; y++) {
    const from = Math.floor((y * order.length) / height);
    const to = Math.floor(((y + 1) * order.length) / height);
    for (let x = 0; x < width; x++) {
      let farthest = Number.NaN;
      for (let i = from; i < to; i++) {
        const value = figureAt(figures, figure, x, order[i]);
        if (Number.isNaN(farthest) || Math.abs(value) > Math.abs(farthest)) farthest = value;
      }
      if (Number.isNaN(farthest)) continue;
      const [r, g, b] = rgbOf(rampColor(colors, scale.place(farthest)));
      data.set([r, g, b, 255], 4 * (y * width + x));
    }
  }
  return { width, height, data };
}

/** A cell of the map: a step and a channel, by their places; -1 for one that the map does not have. */
export interface Cell {
  readonly column: number;
  readonly row: number;
}

/** The size of the map: cells, and CSS pixels. */
export interface MapSize {
  readonly columns: number;
  readonly rows: number;
  readonly width: number;
  readonly height: number;
}

/** Frames a cell by two lines, in the colors of the background and the text: one of them is visible on any color. */
export function frameCell(
  context: Pick<CanvasRenderingContext2D, 'strokeStyle' | 'lineWidth' | 'strokeRect'>,
  { column, row }: Cell,
  { columns, rows, width, height }: MapSize,
  theme: Theme,
): void {
  if (column < 0 || row < 0) return;
  const edges = (at: number, of: number, pixels: number) => {
    const from = Math.round((at * pixels) / of);
    return [from, Math.max(1, Math.round(((at + 1) * pixels) / of) - from)] as const;
  };
  const [left, wide] = edges(column, columns, width);
  const [top, tall] = edges(row, rows, height);
  context.lineWidth = 2;
  for (const [color, by] of [
    [theme.background, 1],
    [theme.foreground, 3],
  ] as const) {
    context.strokeStyle = color;
    context.strokeRect(left - by, top - by, wide + 2 * by, tall + 2 * by);
  }
}
