import { t } from '@vscode/l10n';
import type { LayerEntry, RecordPlace } from '../../src/model/catalog';
import type { PanelCatalog } from '../../src/protocol/panelApi';
import { isDiverging } from './comparedFigures';
import { type Points, worstPoint } from './depthProfile';
import { BROKEN, columnAt, DEAD, type MapGrid, marksAt, QUIET, worstAt } from './mapGrid';
import type { MapRow } from './mapRows';
import { quantityFigure } from './mapScale';
import { type ShownQuantity, shownName } from './mapSource';

/** The layer and step in view. */
interface Selection {
  readonly layer: Pick<LayerEntry, 'name'>;
  readonly record: RecordPlace;
}

interface Cell {
  readonly catalog: PanelCatalog;
  readonly grid: MapGrid;
  readonly shown: ShownQuantity;
  readonly selection: Selection;
  /** Where the pointer is: on a cell, or on a row of the depth chart. */
  /** What a record is compared with, if runs are. */
  readonly fromOf?: ((record: number) => string | undefined) | undefined;
  readonly pointed: { readonly row: MapRow; readonly column: number | undefined } | undefined;
}

/** What the map says about the cell below the pointer, or about the layer and step in view. */
export function cellSentence({ catalog, grid, shown, selection, pointed, fromOf }: Cell): string {
  const layers = pointed?.row.layers ?? [selection.record.layer];
  const column = pointed?.column ?? columnAt(grid, selection.record.step);
  const at = column < 0 ? undefined : worstAt(grid, layers, column);
  if (at === undefined || pointed?.row.module?.isOpen) {
    const name = pointed?.row.module?.path ?? catalog.layers[layers[0]].name;
    return pointed?.row.module === undefined ? t('{0}: no figure', name) : name;
  }
  const { layer, step } = catalog.records[grid.records[at]];
  const place = t('{0}, step {1}', catalog.layers[layer].name, step);
  const value = Number.isNaN(grid.values[at])
    ? t('{0}: no figure', place)
    : t('{0}: {1} {2}', place, shownName(shown), quantityFigure(shown.scale, grid.values[at]));
  const from = shown.id === 'shift' || isDiverging(shown.scale) ? fromOf?.(grid.records[at]) : undefined;
  const details = detailsOf(grid, shown, layers, at, column);
  return [value, ...(from === undefined ? [] : [t('from {0}', from)]), ...details].join(' · ');
}

function detailsOf(
  grid: MapGrid,
  shown: ShownQuantity,
  layers: readonly number[],
  at: number,
  column: number,
): string[] {
  const details: string[] = [];
  if (shown.id === 'shift') {
    const floor = shown.shiftMap.floorOf(grid.records[at], shown.method);
    if (!Number.isNaN(floor)) details.push(t('batch noise {0}', quantityFigure('sigmas', floor)));
    if (grid.flags[at] & QUIET && grid.values[at] > 0) details.push(t('no larger than batch noise'));
  }
  const marks = marksAt(grid, layers, column);
  if (marks & BROKEN) details.push(t('some values are NaN or infinite'));
  if (marks & DEAD) details.push(t('every channel has the same value everywhere'));
  const { first, last } = grid.columns[column];
  if (first !== last) details.push(t('largest of steps {0}–{1}', first, last));
  if (layers.length > 1) details.push(t('largest of {0} layers', layers.length));
  return details;
}

/** What a screen reader says about a row: its name and its figure at the step in view. */
export function layerSentence(
  { layers }: Pick<PanelCatalog, 'layers'>,
  profile: Points,
  shown: ShownQuantity,
  row: MapRow,
): string {
  const name = row.module === undefined ? layers[row.layers[0]].name : row.module.path;
  const point = worstPoint(profile, row.layers);
  if (point === undefined) return name;
  const figure = quantityFigure(shown.scale, point.now[point.now.length >> 1]);
  const sentence = t('{0}: {1} {2}', name, shownName(shown), figure);
  return row.module === undefined ? sentence : t('{0}, largest of {1} layers', sentence, row.layers.length);
}

/** The layer and step in view, and the figure of the map there. */
export function selectionSentence({ layer, record }: Selection, shown: ShownQuantity): string {
  const value =
    shown.figures === undefined ? shown.shiftMap.w1Of(record.id, shown.method) : shown.figures.get(record.id);
  const place = t('Layer {0}, step {1}', layer.name, record.step);
  if (Number.isNaN(value)) return place;
  return t('{0}: {1} {2}', place, shownName(shown), quantityFigure(shown.scale, value));
}
