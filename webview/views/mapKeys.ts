import type { Navigation } from '../../src/protocol/panelApi';
import { type MapGrid, worstAt } from '../charts/mapGrid';
import { type MapRow, parentOf } from '../charts/mapRows';

/** What keys do in the tree of layers. */
export interface MapKeys {
  readonly rows: readonly MapRow[];
  readonly active: number;
  readonly grid: MapGrid;
  /** The column of the step in view. */
  readonly column: number;
  /** Goes to a layer of a row, or to the record at a place of the grid. */
  goTo(row: MapRow, at: number | undefined): void;
  /** Makes a row the active one: a layer comes into view. */
  moveTo(row: MapRow): void;
  fold(path: string, isOpen: boolean): void;
  togglePin(layer: number): void;
  /** Shows this many times as many steps. */
  zoom(factor: number): void;
  /** Makes rows this many times as high. */
  zoomRows(factor: number): void;
  /** Shows all steps, and rows of the usual height. */
  showAll(): void;
  /** Moves the steps that are shown by a part of them. */
  pan(part: number): void;
  /** Moves the focus to the charts of the layer in view. */
  inspect(): void;
  navigate(navigation: Navigation): void;
}

/**
 * The keys of a tree [WAI-ARIA APG, tree view]: up, down, Home and End move through the rows; left and right fold and
 * unfold a module, and move a layer through its steps; Enter goes to the worst layer of a module, or to the charts of a
 * layer; P pins a layer. + and − show fewer and more steps, Shift+left and Shift+right move along them, T and S make
 * rows taller and shorter, 0 undoes both.
 */
export function mapKeys(keys: MapKeys): (event: KeyboardEvent) => void {
  return (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const act = zoomAction(keys, event) ?? actionOf(keys, event.key);
    if (act === undefined) return;
    act();
    event.preventDefault();
  };
}

function zoomAction(
  { zoom, pan, zoomRows, showAll }: MapKeys,
  { key, shiftKey }: Pick<KeyboardEvent, 'key' | 'shiftKey'>,
): (() => void) | undefined {
  if (key === '+' || key === '=') return () => zoom(1 / 2);
  if (key === '-') return () => zoom(2);
  if (key === 't' || key === 'T') return () => zoomRows(2);
  if (key === 's' || key === 'S') return () => zoomRows(1 / 2);
  if (key === '0') return showAll;
  if (!shiftKey) return undefined;
  if (key === 'ArrowLeft') return () => pan(-1 / 4);
  return key === 'ArrowRight' ? () => pan(1 / 4) : undefined;
}

function actionOf(keys: MapKeys, key: string): (() => void) | undefined {
  const { rows, active } = keys;
  const move = (to: number) => () => {
    const row = rows[Math.min(rows.length - 1, Math.max(0, to))];
    if (row !== undefined) keys.moveTo(row);
  };
  if (key === 'ArrowDown') return move(active + 1);
  if (key === 'ArrowUp') return move(active < 0 ? rows.length - 1 : active - 1);
  if (key === 'Home') return move(0);
  if (key === 'End') return move(rows.length - 1);
  const row: MapRow | undefined = rows[active];
  if (row?.module !== undefined) return moduleAction(keys, row, row.module, key);
  if (key === 'ArrowLeft') return () => keys.navigate({ to: 'previousStep' });
  if (key === 'ArrowRight') return () => keys.navigate({ to: 'nextStep' });
  if (row === undefined) return undefined;
  if (key === 'Enter') return () => keys.inspect();
  return key === 'p' || key === 'P' ? () => keys.togglePin(row.layers[0]) : undefined;
}

function moduleAction(
  keys: MapKeys,
  row: MapRow,
  { path, isOpen }: NonNullable<MapRow['module']>,
  key: string,
): (() => void) | undefined {
  const { rows, active, grid, column } = keys;
  if (key === 'Enter')
    return () => keys.goTo(row, column < 0 ? undefined : worstAt(grid, row.layers, column));
  if (key === 'ArrowRight') return isOpen ? () => keys.moveTo(rows[active + 1]) : () => keys.fold(path, true);
  if (key !== 'ArrowLeft') return undefined;
  if (isOpen) return () => keys.fold(path, false);
  const parent = parentOf(rows, active);
  return parent === undefined ? undefined : () => keys.moveTo(rows[parent]);
}
