import type { ChartArea } from 'chart.js';
import { isAboveFloor } from '../../src/model/analysis';
import type { Theme } from '../theme';
import { fade, mix } from './colors';
import type { Paint } from './painting';
import { type GridCell, type ShiftGrid, shade } from './shiftGrid';

/** Colors that cells can have: enough that neighbors on the scale look the same. */
const SHADES = 128;
/** In cells that are larger than this, in pixels, there is room for gaps between them and for borders inside them. */
const ROOMY = 6;

type Place = readonly [left: number, top: number, width: number, height: number];

/**
 * Where cells lie: from whole pixel to whole pixel. Otherwise the background shows through between cells that share a
 * pixel.
 */
function placer({ columns }: ShiftGrid, rows: number, area: ChartArea): (cell: GridCell) => Place {
  const width = (area.right - area.left) / columns.length;
  const height = (area.bottom - area.top) / rows;
  const [gapX, gapY] = [width, height].map((size) => (size > ROOMY ? 1 : 0));
  return ({ x, y }) => {
    const left = Math.round(area.left + x * width);
    const top = Math.round(area.top + y * height);
    const right = Math.round(area.left + (x + 1) * width);
    const bottom = Math.round(area.top + (y + 1) * height);
    return [left, top, Math.max(1, right - left - gapX), Math.max(1, bottom - top - gapY)];
  };
}

/** Paints all cells, then the borders of those that have one. `isSelected` tells the cell of the record in view. */
export function cellPainter(
  grid: ShiftGrid,
  rows: number,
  theme: Theme,
  isSelected: (cell: GridCell) => boolean,
): Paint {
  const palette = paletteOf(theme);
  const noise = fade(theme.muted, 0.15);
  return (context, area) => {
    const place = placer(grid, rows, area);
    for (const cell of grid.cells) {
      if (Number.isNaN(cell.w1)) continue;
      context.fillStyle = isAboveFloor(cell)
        ? palette[Math.round(SHADES * shade(cell.w1, grid.largest))]
        : noise;
      context.fillRect(...place(cell));
    }
    for (const cell of grid.cells) {
      const selected = isSelected(cell);
      if (!selected && !cell.nonFinite) continue;
      const line = selected ? 2 : 1;
      context.strokeStyle = selected ? theme.foreground : theme.error;
      context.lineWidth = line;
      context.strokeRect(...borderOf(place(cell), line));
    }
  };
}

/** The middle of a border: inside a large cell, and around a small one, which a border inside would hide. */
function borderOf([left, top, width, height]: Place, line: number): Place {
  const [insetX, insetY] = [width, height].map((size) => (size > ROOMY ? line / 2 : 0));
  return [left + insetX, top + insetY, width - 2 * insetX, height - 2 * insetY];
}

/**
 * Paints a bar along the bottom of every cell with NaN or infinite values. Their border alone has the color of the
 * largest shift, which the layer that broke first often has. A bar is visible at any width, and without colors.
 */
export function nonFinitePainter(grid: ShiftGrid, rows: number, theme: Theme): Paint {
  return (context, area) => {
    const place = placer(grid, rows, area);
    context.fillStyle = theme.foreground;
    for (const cell of grid.cells) {
      if (!cell.nonFinite) continue;
      const [left, top, width, height] = place(cell);
      const bar = Math.ceil(height / 8);
      context.fillRect(left, top + height - bar, width, bar);
    }
  };
}

const palettes = new WeakMap<Theme, readonly string[]>();

/** The colors of cells, from no shift to the largest; made once for a theme. */
function paletteOf(theme: Theme): readonly string[] {
  const known = palettes.get(theme);
  if (known !== undefined) return known;
  const palette = Array.from({ length: SHADES + 1 }, (_, i) => shiftColor(i / SHADES, theme));
  palettes.set(theme, palette);
  return palette;
}

/** The color scale, t from 0 to 1: from near the background over blue and purple to red. */
export function shiftColor(t: number, theme: Theme): string {
  const stops = [
    mix(theme.background, theme.methods.batch, 0.35),
    theme.methods.batch,
    theme.methods.group,
    theme.error,
  ];
  const place = Math.min(t * (stops.length - 1), stops.length - 1);
  const i = Math.min(Math.floor(place), stops.length - 2);
  return mix(stops[i], stops[i + 1], place - i);
}
