import { type ChannelFigure, type ChannelFigures, figureAt } from '../../src/model/channelFigures';
import type { Theme } from '../theme';
import type { ChannelScale } from './channelScale';
import { mix, parseColor, type Rgba } from './colors';
import { type MapColors, rampColor } from './mapColors';
import type { Pixels } from './pixels';

/** What a map of channels × steps shows. */
export interface ChannelMap {
  readonly figures: ChannelFigures;
  readonly figure: ChannelFigure;
  /** Columns of the figures, from the top row to the bottom one. */
  readonly order: readonly number[];
  readonly scale: ChannelScale;
}

/** Colors that a map can have. */
const SHADES = 128;
/** The part of the scale in which colors fade to quiet: no noise floor of a channel says where they should end. */
const QUIET = 0.25;

/** The color at a place on the scale. */
export function channelColor(colors: MapColors, place: number): string {
  const rounded = Math.round(SHADES * place) / SHADES;
  if (rounded >= QUIET) return rampColor(colors, rounded);
  return mix(colors.quiet, rampColor(colors, QUIET), rounded / QUIET);
}

/**
 * Colors one pixel per step and channel. If there are more channels than `most` rows, several share a row, which shows
 * the most unusual one. A value that is not known stays transparent.
 */
export function channelPixels(map: ChannelMap, colors: MapColors, most: number): Pixels {
  const { figures, figure, order, scale } = map;
  const width = figures.records.length;
  const height = Math.min(order.length, Math.max(1, most));
  const data = new Uint8ClampedArray(4 * width * height);
  /** By place on the scale. */
  const shades: Rgba[] = [];
  for (let y = 0; y < height; y++) {
    const from = Math.floor((y * order.length) / height);
    const to = Math.floor(((y + 1) * order.length) / height);
    for (let x = 0; x < width; x++) {
      let place = -1;
      for (let i = from; i < to; i++) {
        const value = figureAt(figures, figure, x, order[i]);
        if (!Number.isNaN(value)) place = Math.max(place, scale.place(value));
      }
      if (place < 0) continue;
      const shade = Math.round(SHADES * place);
      shades[shade] ??= parseColor(channelColor(colors, place));
      const [r, g, b] = shades[shade];
      const at = 4 * (y * width + x);
      data[at] = r;
      data[at + 1] = g;
      data[at + 2] = b;
      data[at + 3] = 255;
    }
  }
  return { width, height, data };
}

/** {@link channelPixels} of a map, which are kept for as long as colors and height stay. */
export function channelPixelsOf(map: ChannelMap): (colors: MapColors, most: number) => Pixels {
  let kept: { readonly colors: MapColors; readonly most: number; readonly pixels: Pixels } | undefined;
  return (colors, most) => {
    if (kept?.colors !== colors || kept.most !== most)
      kept = { colors, most, pixels: channelPixels(map, colors, most) };
    return kept.pixels;
  };
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

/**
 * Frames a cell by two lines, in the colors of the background and the text: one of them is visible on any color. At an
 * edge of the map, the frame stays inside.
 */
export function frameCell(
  context: Pick<CanvasRenderingContext2D, 'strokeStyle' | 'lineWidth' | 'strokeRect'>,
  { column, row }: Cell,
  { columns, rows, width, height }: MapSize,
  theme: Theme,
): void {
  if (column < 0 || row < 0) return;
  context.lineWidth = 2;
  for (const [color, by] of [
    [theme.background, 1],
    [theme.foreground, 3],
  ] as const) {
    const [left, right] = edges(column, columns, width, by);
    const [top, bottom] = edges(row, rows, height, by);
    context.strokeStyle = color;
    context.strokeRect(left, top, right - left, bottom - top);
  }
}

/** Where a frame around a cell begins and ends, `by` pixels outside of it, in whole pixels. */
function edges(at: number, of: number, pixels: number, by: number): [from: number, to: number] {
  const from = Math.round((at * pixels) / of);
  const to = Math.max(from + 1, Math.round(((at + 1) * pixels) / of));
  return [Math.max(4 - by, from - by), Math.min(pixels - 4 + by, to + by)];
}
