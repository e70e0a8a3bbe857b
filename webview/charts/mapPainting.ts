import type { Theme } from '../theme';
import { fade } from './colors';
import { isDiverging } from './comparedFigures';
import { divergingColor, type MapColors, rampColor } from './mapColors';
import { BROKEN, DEAD, FORMER, type MapGrid, marksAt, QUIET, worstAt } from './mapGrid';
import type { MapRow } from './mapRows';

/** What painting needs of a 2D context. */
export type Context = Pick<
  CanvasRenderingContext2D,
  'fillStyle' | 'strokeStyle' | 'lineWidth' | 'fillRect' | 'strokeRect'
>;

/** The rows of the overview, and which of them are in view. */
export interface RowLayout {
  readonly rows: readonly MapRow[];
  /** Height of a row, in CSS pixels. */
  readonly rowHeight: number;
  /** How far the rows are scrolled. */
  readonly scrolled: number;
}

/** Opacity of what is of former options. */
const DIMMED = 0.5;

/** Between rows that are higher than this, in pixels, there is room for a gap. */
const ROOMY = 6;

/** The rows that are in view, at least in part, with their upper and lower edges. */
export function rowsInView(
  { rows, rowHeight, scrolled }: RowLayout,
  height: number,
): { row: MapRow; at: number; top: number; bottom: number }[] {
  const first = Math.max(0, Math.floor(scrolled / rowHeight));
  const last = Math.min(rows.length, Math.ceil((scrolled + height) / rowHeight));
  // Equal to the last bit where two rows meet: no line is between them after rounding.
  const edge = (at: number) => at * rowHeight - scrolled;
  return rows
    .slice(first, last)
    .map((row, i) => ({ row, at: first + i, top: edge(first + i), bottom: edge(first + i + 1) }));
}

interface Cells extends RowLayout {
  readonly grid: MapGrid;
  readonly theme: Theme;
  readonly colors: MapColors;
  /** Fills what is dead. */
  readonly hatch: string | CanvasPattern;
  /** Column and row of the record in view; -1 if it is not shown. */
  readonly selected: { readonly column: number; readonly row: number };
}

/**
 * Paints the cells of the rows in view, neighbors of one color together, from whole pixel to whole pixel; hatched where a
 * record is dead, barred along the bottom where it has NaN or infinite values. An open module has no cells.
 */
export function paintCells(context: Context, cells: Cells, width: number, height: number): void {
  const { grid, rowHeight, colors, theme, hatch, selected } = cells;
  const columns = grid.columns.length;
  const edge = edgeOf(columns, width);
  const gapY = rowHeight > ROOMY ? 1 : 0;
  for (const { row, top, bottom } of rowsInView(cells, height)) {
    if (row.module?.isOpen) continue;
    const y = Math.round(top);
    const cellHeight = Math.max(1, Math.round(bottom) - y - gapY);
    const fill = (style: (column: number) => string | CanvasPattern | undefined, at: number, tall: number) =>
      fillRuns(context, columns, style, (from, to) => {
        context.fillRect(edge(from), y + at, Math.max(1, edge(to) - edge(from)), tall);
      });
    fill((column) => colorAt(grid, colors, row.layers, column), 0, cellHeight);
    const bar = Math.ceil(cellHeight / 5);
    const marked = (mark: number, style: string | CanvasPattern) => (column: number) =>
      marksAt(grid, row.layers, column) & mark ? style : undefined;
    fill(marked(DEAD, hatch), 0, cellHeight);
    // A line apart, so that the bar is visible on a color that is like it.
    if (cellHeight > bar) fill(marked(BROKEN, theme.background), cellHeight - bar - 1, 1);
    fill(marked(BROKEN, theme.foreground), cellHeight - bar, bar);
  }
  if (selected.column < 0) return;
  const { left, right } = paintColumn(context, theme, { column: selected.column, columns }, width, height);
  if (selected.row < 0) return;
  const top = Math.round(selected.row * rowHeight - cells.scrolled);
  const bottom = Math.round((selected.row + 1) * rowHeight - cells.scrolled) - gapY;
  // Two lines: one of them contrasts with any color.
  const within = (by: number): Box => [
    Math.max(left - by, 4 - by),
    Math.max(top - by, 4 - by),
    Math.min(right + by, width - 4 + by),
    Math.min(bottom + by, height - 4 + by),
  ];
  frame(context, theme.background, within(1));
  frame(context, theme.foreground, within(3));
}

/** The left edge of a column, in whole pixels. */
function edgeOf(columns: number, width: number): (column: number) => number {
  return (column) => Math.round((column * width) / columns);
}

/** Paints the edges of the column of the step in view, if it is one, and returns them. */
export function paintColumn(
  context: Pick<Context, 'fillStyle' | 'fillRect'>,
  theme: Theme,
  { column, columns }: { readonly column: number; readonly columns: number },
  width: number,
  height: number,
): { readonly left: number; readonly right: number } {
  const edge = edgeOf(columns, width);
  const left = edge(column);
  const right = Math.max(left + 1, edge(column + 1));
  if (column >= 0) {
    context.fillStyle = fade(theme.foreground, 0.45);
    context.fillRect(left - 1, 0, 1, height);
    context.fillRect(right, 0, 1, height);
  }
  return { left, right };
}

type Box = readonly [left: number, top: number, right: number, bottom: number];

/** A frame, two pixels wide, whose inner edge is a box. */
function frame(context: Context, style: string, [left, top, right, bottom]: Box): void {
  context.strokeStyle = style;
  context.lineWidth = 2;
  context.strokeRect(left, top, right - left, bottom - top);
}

/** Fills neighboring columns of one style together. */
function fillRuns(
  context: Context,
  columns: number,
  style: (column: number) => string | CanvasPattern | undefined,
  fill: (from: number, to: number) => void,
): void {
  let from = 0;
  let current = style(0);
  for (let column = 1; column <= columns; column++) {
    const next = column < columns ? style(column) : undefined;
    if (column < columns && next === current) continue;
    if (current !== undefined) {
      context.fillStyle = current;
      fill(from, column);
    }
    from = column;
    current = next;
  }
}

/** The color of the worst of some layers in a column; undefined without a figure. */
export function colorAt(
  grid: MapGrid,
  colors: MapColors,
  layers: readonly number[],
  column: number,
): string | undefined {
  const at = worstAt(grid, layers, column);
  if (at === undefined || Number.isNaN(grid.values[at])) return undefined;
  const color = colorOf(grid, colors, at);
  return grid.flags[at] & FORMER ? fade(color, DIMMED) : color;
}

function colorOf({ flags, scale, values, source }: MapGrid, colors: MapColors, at: number): string {
  if (flags[at] & QUIET) return colors.quiet;
  const place = scale.place(values[at]);
  return isDiverging(source.scale) ? divergingColor(colors, place) : rampColor(colors, place);
}
