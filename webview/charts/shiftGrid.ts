import { isAboveFloor, type Method } from '../../src/protocol/analysis';
import type { RunCatalog } from '../../src/protocol/catalog';
import type { ShiftCell } from '../../src/protocol/panelApi';

/** One cell of the map: the record whose shift it shows. */
export interface GridCell {
  /** Column and row. */
  readonly x: number;
  readonly y: number;
  readonly record: number;
  /** W1/σ; NaN where the method is undefined or σ is 0. */
  readonly w1: number;
  readonly floor: number | undefined;
  /** Of any record that shares the cell. */
  readonly nonFinite: boolean;
}

/** The map's columns (one step each, or several where there are more steps than columns) and its cells. */
export interface ShiftGrid {
  /** First and last step of each column. */
  readonly columns: readonly { readonly first: number; readonly last: number }[];
  readonly cells: readonly GridCell[];
  /** Greatest shift that is above its noise floor; 0 where none is. */
  readonly largest: number;
}

/**
 * Lays out a variant's shifts as layers × steps. More steps than `maxColumns` share columns, each showing its
 * largest shift and whether any of them holds non-finite values, so that a short excursion is never hidden.
 */
export function shiftGrid(
  catalog: RunCatalog,
  shiftMap: ReadonlyMap<number, ShiftCell>,
  variant: number,
  method: Method,
  maxColumns: number,
): ShiftGrid {
  const perColumn = Math.ceil(catalog.steps.length / Math.max(1, maxColumns));
  const columnOf = new Map(catalog.steps.map((step, i) => [step, Math.floor(i / perColumn)]));
  const columns: { first: number; last: number }[] = [];
  for (let i = 0; i < catalog.steps.length; i += perColumn) {
    columns.push({
      first: catalog.steps[i],
      last: catalog.steps[Math.min(i + perColumn, catalog.steps.length) - 1],
    });
  }
  const cells = new Map<string, GridCell>();
  let largest = 0;
  for (const { record, w1, floor, nonFinite } of shiftMap.values()) {
    const entry = catalog.records[record];
    const x = columnOf.get(entry.step);
    if (entry.variant !== variant || x === undefined) continue;
    const cell = { x, y: entry.layer, record, w1: w1[method] ?? Number.NaN, floor: floor[method], nonFinite };
    const key = `${x}/${entry.layer}`;
    const other = cells.get(key);
    const shown = other === undefined || cell.w1 > other.w1 || Number.isNaN(other.w1) ? cell : other;
    cells.set(key, { ...shown, nonFinite: nonFinite || other?.nonFinite === true });
    if (isAboveFloor(cell) && cell.w1 > largest) largest = cell.w1;
  }
  return { columns, cells: [...cells.values()], largest };
}

/** Place on the colour scale, 0 to 1; by the square root, so that small shifts can be told apart beside large ones. */
export function shade(w1: number, largest: number): number {
  return largest > 0 ? Math.sqrt(Math.min(1, Math.max(0, w1 / largest))) : 0;
}
