import type { ChartArea, ChartConfiguration } from 'chart.js';
import { isAboveFloor } from '../../src/model/analysis';
import type { PanelCatalog } from '../../src/protocol/panelApi';
import { figure, middleEllipsis } from '../format';
import type { Theme } from '../theme';
import { linearAxis } from './axes';
import { fade, mix } from './colors';
import type { Paint } from './painting';
import { type GridCell, type ShiftGrid, shade } from './shiftGrid';

export interface ShiftMapOptions {
  readonly catalog: PanelCatalog;
  readonly theme: Theme;
  /** Column and row of the record in view. */
  readonly selected: { readonly x: number; readonly y: number };
  readonly onRecord: (record: number) => void;
}

/** Cells that are elements of the chart; more are painted. */
const MAX_ELEMENTS = 600;
/** Colours that painted cells have, enough that none can be told from its neighbour. */
const SHADES = 128;
/** Ticks over the columns that are measured to find out how many there is room for. */
const MAX_TICKS = 60;
/** Longest layer name that the axis shows whole. */
const NAME_LENGTH = 18;

/** Layers × steps, coloured by shift; what is below its noise floor is grey. */
export function shiftMapChart(
  grid: ShiftGrid,
  { catalog, theme, selected, onRecord }: ShiftMapOptions,
): ChartConfiguration<'matrix', { x: number; y: number }[]> {
  const rows = catalog.layers.length;
  const cells = grid.cells;
  // Chart.js also asks for the style of the whole dataset: no cell then.
  const isSelected = (cell: GridCell | undefined) => cell?.x === selected.x && cell.y === selected.y;
  const axis = linearAxis(theme);
  // An element for each of thousands of cells takes longer than a frame: then they are painted, and the only element
  // is the one below the pointer, for its tooltip.
  const isPainted = cells.length > MAX_ELEMENTS;
  const elements: GridCell[] = isPainted ? [] : [...cells];
  const at = (index: number): GridCell | undefined => elements[index];
  return {
    type: 'matrix',
    data: {
      datasets: [
        {
          label: 'W1/σ',
          data: elements.map(({ x, y }) => ({ x, y })),
          backgroundColor: ({ dataIndex }) => cellColor(at(dataIndex), grid.largest, theme),
          borderColor: ({ dataIndex }) => borderColor(at(dataIndex), isSelected(at(dataIndex)), theme),
          borderWidth: ({ dataIndex }) => borderWidth(at(dataIndex), isSelected(at(dataIndex))),
          width: ({ chart }) => cellSize(chart.chartArea?.width, grid.columns.length),
          height: ({ chart }) => cellSize(chart.chartArea?.height, rows),
        },
      ],
    },
    options: {
      layout: { padding: 0 },
      scales: {
        x: {
          ...axis,
          min: -0.5,
          max: grid.columns.length - 0.5,
          offset: false,
          grid: { display: false },
          ticks: {
            ...axis.ticks,
            autoSkip: true,
            maxTicksLimit: 60,
            autoSkipPadding: 8,
            callback: (value) => String(grid.columns[Number(value)]?.first ?? ''),
          },
          afterBuildTicks: (scale) => {
            scale.ticks = positions(grid.columns.length, Math.ceil(grid.columns.length / MAX_TICKS));
          },
        },
        y: {
          ...axis,
          reverse: true,
          min: -0.5,
          max: rows - 0.5,
          offset: false,
          grid: { display: false },
          ticks: {
            ...axis.ticks,
            autoSkip: true,
            autoSkipPadding: 0,
            maxTicksLimit: 60,
            callback: (value) => middleEllipsis(catalog.layers[Number(value)]?.name ?? '', NAME_LENGTH),
          },
          afterBuildTicks: (scale) => {
            scale.ticks = positions(rows);
          },
        },
      },
      onClick: (_event, active) => {
        const [element] = active;
        if (element !== undefined) onRecord(elements[element.index].record);
      },
      plugins: {
        painting: {
          mark: marker(grid, rows, theme),
          ...(isPainted && {
            paint: painter(grid, rows, theme, isSelected),
            hover: (x: number, y: number) => {
              const cell = cells.find((each) => each.x === x && each.y === y);
              elements.splice(0, 1, ...(cell === undefined ? [] : [cell]));
              return elements.map(() => ({ x, y }));
            },
          }),
        },
        tooltip: {
          displayColors: false,
          callbacks: {
            title: ([item]) => (item === undefined ? '' : cellTitle(elements[item.dataIndex], catalog)),
            label: ({ dataIndex }) => cellLines(elements[dataIndex], grid),
          },
        },
      },
    },
  };
}

type Place = readonly [left: number, top: number, width: number, height: number];

/** Where cells lie: from whole pixel to whole pixel, or the background would show through between cells that share one. */
function placer({ columns }: ShiftGrid, rows: number, area: ChartArea): (cell: GridCell) => Place {
  const width = (area.right - area.left) / columns.length;
  const height = (area.bottom - area.top) / rows;
  const gap = height > 6 ? 1 : 0;
  return ({ x, y }) => {
    const left = Math.round(area.left + x * width);
    const top = Math.round(area.top + y * height);
    const right = Math.round(area.left + (x + 1) * width);
    const bottom = Math.round(area.top + (y + 1) * height);
    return [left, top, Math.max(1, right - left), Math.max(1, bottom - top - gap)];
  };
}

/** Paints all cells, then the borders of those that have one. */
function painter(
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
      const line = borderWidth(cell, selected);
      if (line === 0) continue;
      context.strokeStyle = borderColor(cell, selected, theme);
      context.lineWidth = line;
      context.strokeRect(...place(cell));
    }
  };
}

/**
 * A bar along the bottom of every cell with NaN or infinite values. Their border alone has the colour of the largest
 * shift, which the layer that broke first often has; a bar can be told at any width, and without colours.
 */
function marker(grid: ShiftGrid, rows: number, theme: Theme): Paint {
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

/** The colours that painted cells have, from no shift to the largest; made once for a theme. */
function paletteOf(theme: Theme): readonly string[] {
  const known = palettes.get(theme);
  if (known !== undefined) return known;
  const palette = Array.from({ length: SHADES + 1 }, (_, i) => shiftColor(i / SHADES, theme));
  palettes.set(theme, palette);
  return palette;
}

/** A tick in the middle of every cell, or of every so many; Chart.js would start them at the edge. */
function positions(cells: number, every = 1): { value: number }[] {
  return Array.from({ length: Math.ceil(cells / every) }, (_, i) => ({ value: i * every }));
}

/** Cells touch where there is no room for gaps. */
function cellSize(extent: number | undefined, cells: number): number {
  const size = (extent ?? 0) / Math.max(1, cells);
  return Math.max(1, size - (size > 6 ? 1 : 0));
}

function borderWidth(cell: GridCell | undefined, selected: boolean): number {
  if (selected) return 2;
  return cell?.nonFinite ? 1 : 0;
}

function cellColor(cell: GridCell | undefined, largest: number, theme: Theme): string {
  if (cell === undefined || Number.isNaN(cell.w1)) return 'transparent';
  if (!isAboveFloor(cell)) return fade(theme.muted, 0.15);
  return shiftColor(shade(cell.w1, largest), theme);
}

/** The colour scale, t from 0 to 1: from near the background over blue and purple to red. */
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

function borderColor(cell: GridCell | undefined, selected: boolean, theme: Theme): string {
  if (selected) return theme.foreground;
  return cell?.nonFinite ? theme.error : 'transparent';
}

function cellTitle({ record }: GridCell, catalog: PanelCatalog): string {
  const { layer, step } = catalog.records[record];
  return `${catalog.layers[layer].fullName}, step ${step}`;
}

function cellLines(cell: GridCell, { columns, perColumn }: ShiftGrid): string[] {
  const { w1, floor, nonFinite } = cell;
  const isNoise = !Number.isNaN(w1) && !isAboveFloor(cell);
  const lines = [Number.isNaN(w1) ? 'no shift: undefined here' : `shift W1/σ ${figure(w1, 3)}`];
  if (floor !== undefined) lines.push(`noise floor ${figure(floor, 3)}${isNoise ? ': within noise' : ''}`);
  if (nonFinite) lines.push('has NaN or infinite values');
  const { first, last } = columns[cell.x];
  if (perColumn > 1 && first !== last) lines.push(`the largest of steps ${first} to ${last}`);
  return lines;
}
