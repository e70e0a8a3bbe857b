import { isAboveFloor, METHODS, type Method } from '../../src/protocol/analysis';
import type { PanelCatalog } from '../../src/protocol/panelApi';
import type { ShiftTable } from '../../src/protocol/shiftTable';

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
  /** Steps of a column, but for the last, which may have fewer. */
  readonly perColumn: number;
  readonly cells: readonly GridCell[];
  /** Greatest shift that is above its noise floor; 0 where none is. */
  readonly largest: number;
}

/**
 * Lays out a variant's shifts as layers × steps. More steps than `maxColumns` share columns, each showing its
 * largest shift beyond its noise and whether any of them holds non-finite values, so that a short excursion is never hidden.
 */
export function shiftGrid(
  { steps, layers, records }: Pick<PanelCatalog, 'steps' | 'layers' | 'records'>,
  shiftMap: ShiftTable,
  variant: number,
  method: Method,
  maxColumns: number,
): ShiftGrid {
  const perColumn = Math.max(1, Math.ceil(steps.length / Math.max(1, maxColumns)));
  const columnOf = new Map(steps.map((step, i) => [step, Math.floor(i / perColumn)]));
  const columns: { first: number; last: number }[] = [];
  for (let i = 0; i < steps.length; i += perColumn) {
    columns.push({ first: steps[i], last: steps[Math.min(i + perColumn, steps.length) - 1] });
  }
  // By row and column: the record that is shown, and whether any has non-finite values.
  const shown = new Int32Array(layers.length * columns.length).fill(-1);
  const broken = new Uint8Array(shown.length);
  const ranks = new Float64Array(shown.length);
  const of = METHODS.indexOf(method);
  let largest = 0;
  for (const record of shiftMap.records()) {
    const entry = records[record];
    const x = columnOf.get(entry.step);
    if (entry.variant !== variant || x === undefined) continue;
    const at = entry.layer * columns.length + x;
    const w1 = shiftMap.w1Of(record, of);
    const isShift = isAboveFloor({ w1, floor: shiftMap.floorOf(record, of) });
    // A shift before noise, then the larger, then a number before none.
    const rank = Number.isNaN(w1) ? -2 : isShift ? w1 : w1 / (1 + w1) - 1;
    if (shown[at] < 0 || rank > ranks[at]) {
      shown[at] = record;
      ranks[at] = rank;
    }
    if (shiftMap.isNonFinite(record)) broken[at] = 1;
    if (w1 > largest && isShift) largest = w1;
  }
  const cells: GridCell[] = [];
  shown.forEach((record, at) => {
    if (record < 0) return;
    const floor = shiftMap.floorOf(record, of);
    cells.push({
      x: at % columns.length,
      y: Math.floor(at / columns.length),
      record,
      w1: shiftMap.w1Of(record, of),
      floor: Number.isNaN(floor) ? undefined : floor,
      nonFinite: broken[at] === 1,
    });
  });
  return { columns, perColumn, cells, largest };
}

/** Place on the colour scale, 0 to 1; by the square root, so that small shifts can be told apart beside large ones. */
export function shade(w1: number, largest: number): number {
  return largest > 0 ? Math.sqrt(Math.min(1, Math.max(0, w1 / largest))) : 0;
}
