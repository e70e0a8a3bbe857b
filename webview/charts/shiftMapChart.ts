import { t } from '@vscode/l10n';
import type { ChartConfiguration } from 'chart.js';
import { isAboveFloor } from '../../src/model/analysis';
import type { PanelCatalog } from '../../src/protocol/panelApi';
import { figure, middleEllipsis } from '../format';
import type { Theme } from '../theme';
import { linearAxis } from './axes';
import { cellAt, type GridCell, type ShiftGrid } from './shiftGrid';
import { cellPainter, nonFinitePainter } from './shiftMapPainting';

export interface ShiftMapOptions {
  readonly catalog: PanelCatalog;
  readonly theme: Theme;
  /** Column and row of the record in view. */
  readonly selected: { readonly x: number; readonly y: number };
  readonly onRecord: (record: number) => void;
}

/** Ticks along an axis, at most; Chart.js measures each to find out how many fit. */
const MAX_TICKS = 60;
/** Longest layer name that the axis shows whole. */
const NAME_LENGTH = 18;

/**
 * Layers × steps, colored by shift; what is below its noise floor is gray. The cells are painted: an element for each
 * of thousands takes longer than a frame. The only element is the point in the cell below the pointer, for its tooltip.
 */
export function shiftMapChart(
  grid: ShiftGrid,
  { catalog, theme, selected, onRecord }: ShiftMapOptions,
): ChartConfiguration<'scatter', { x: number; y: number }[]> {
  const rows = catalog.layers.length;
  const axis = linearAxis(theme);
  const isSelected = ({ x, y }: GridCell) => x === selected.x && y === selected.y;
  let pointed: GridCell | undefined;
  return {
    type: 'scatter',
    data: { datasets: [{ label: 'W1/σ', data: [], pointRadius: 0, pointHoverRadius: 0 }] },
    options: {
      layout: { padding: 0 },
      interaction: { mode: 'nearest', intersect: false },
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
            maxTicksLimit: MAX_TICKS,
            autoSkipPadding: 8,
            callback: (value) => String(grid.columns[Number(value)]?.first ?? ''),
          },
          afterBuildTicks: (scale) => {
            scale.ticks = middles(grid.columns.length, Math.ceil(grid.columns.length / MAX_TICKS));
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
            maxTicksLimit: MAX_TICKS,
            callback: (value) => middleEllipsis(catalog.layers[Number(value)]?.name ?? '', NAME_LENGTH),
          },
          afterBuildTicks: (scale) => {
            scale.ticks = middles(rows);
          },
        },
      },
      onClick: (_event, active) => {
        if (active.length > 0 && pointed !== undefined) onRecord(pointed.record);
      },
      plugins: {
        painting: {
          paint: cellPainter(grid, rows, theme, isSelected),
          mark: nonFinitePainter(grid, rows, theme),
          point: (x, y) => {
            pointed = cellAt(grid, x, y);
            return pointed === undefined ? [] : [{ x, y }];
          },
        },
        tooltip: {
          displayColors: false,
          callbacks: {
            title: () => (pointed === undefined ? '' : cellTitle(pointed, catalog)),
            label: () => (pointed === undefined ? [] : cellLines(pointed, grid)),
          },
        },
      },
    },
  };
}

/** A tick in the middle of each cell, or of each `every`th; Chart.js would start them at the edge. */
function middles(cells: number, every = 1): { value: number }[] {
  return Array.from({ length: Math.ceil(cells / every) }, (_, i) => ({ value: i * every }));
}

function cellTitle({ record }: GridCell, catalog: PanelCatalog): string {
  const { layer, step } = catalog.records[record];
  return t('{0}, step {1}', catalog.layers[layer].fullName, step);
}

function cellLines(cell: GridCell, { columns, perColumn }: ShiftGrid): string[] {
  const { w1, floor, nonFinite } = cell;
  const lines = [Number.isNaN(w1) ? t('Shift: undefined') : t('Shift: {0} σ', figure(w1, 3))];
  if (floor !== undefined) lines.push(t('Batch noise: {0} σ', figure(floor, 3)));
  if (floor !== undefined && !Number.isNaN(w1) && !isAboveFloor(cell))
    lines.push(t('The shift is no larger than the batch noise.'));
  if (nonFinite) lines.push(t('Some values are NaN or infinite.'));
  const { first, last } = columns[cell.x];
  if (perColumn > 1 && first !== last) lines.push(t('The largest shift of steps {0}–{1}', first, last));
  return lines;
}
