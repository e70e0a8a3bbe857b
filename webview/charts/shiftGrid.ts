import { exceedsFloor, METHODS, type Method } from '../../src/model/analysis';
import type { RecordPlace } from '../../src/model/catalog';
import type { ShiftTable } from '../../src/model/shiftTable';
import type { PanelCatalog } from '../../src/protocol/panelApi';

/** One cell of the map: the record whose shift it shows. */
export interface GridCell {
  /** Column and row. */
  x: number;
  y: number;
  record: number;
  /** W1/σ; NaN if the method is undefined or σ is 0. */
  w1: number;
  floor: number | undefined;
  /** Whether any record of the cell has NaN or infinite values. */
  nonFinite: boolean;
}

/** The columns of the map, each with one or more steps, and its cells. */
export interface ShiftGrid {
  /** First and last step of each column. */
  readonly columns: readonly { readonly first: number; readonly last: number }[];
  /** Steps of each column; the last column may have fewer. */
  readonly perColumn: number;
  readonly cells: readonly Readonly<GridCell>[];
  /** The largest shift above its noise floor; 0 if there is none. */
  readonly largest: number;
  /** The first record of the variant with NaN or infinite values: the earliest step, and in it the first layer. */
  readonly firstNonFinite: RecordPlace | undefined;
}

/**
 * Lays out the shifts of a variant as layers × steps. If there are more steps than `maxColumns`, several share a column.
 * It shows the largest shift above noise and whether any of them has non-finite values, so that a short excursion is
 * never hidden.
 *
 * `into`: cells of a former grid, to reuse.
 */
export function shiftGrid(
  { steps, layers, records }: Pick<PanelCatalog, 'steps' | 'layers' | 'records'>,
  shiftMap: ShiftTable,
  variant: number,
  method: Method,
  maxColumns: number,
  into: GridCell[] = [],
): ShiftGrid {
  const perColumn = Math.max(1, Math.ceil(steps.length / Math.max(1, maxColumns)));
  const columns: { first: number; last: number }[] = [];
  const columnOf = columnFinder(steps, perColumn);
  for (let i = 0; i < steps.length; i += perColumn) {
    columns.push({ first: steps[i], last: steps[Math.min(i + perColumn, steps.length) - 1] });
  }
  // By row and column: the record that the cell shows, and whether any record has non-finite values.
  const shown = new Int32Array(layers.length * columns.length).fill(-1);
  const broken = new Uint8Array(shown.length);
  const ranks = new Float64Array(shown.length);
  const of = METHODS.indexOf(method);
  let largest = 0;
  let firstNonFinite: RecordPlace | undefined;
  shiftMap.forEach(of, (record, w1, floor, isNonFinite) => {
    // The table grows in place, so it may be ahead of the catalog.
    const entry: RecordPlace | undefined = records[record];
    if (entry?.variant !== variant) return;
    const x = columnOf(entry.step);
    if (x < 0) return;
    const at = entry.layer * columns.length + x;
    const isShift = exceedsFloor(w1, floor);
    // A shift above noise comes first, then the larger one, then a number before NaN.
    const rank = Number.isNaN(w1) ? -2 : isShift ? w1 : w1 / (1 + w1) - 1;
    if (shown[at] < 0 || rank > ranks[at]) {
      shown[at] = record;
      ranks[at] = rank;
    }
    if (w1 > largest && isShift) largest = w1;
    if (!isNonFinite) return;
    broken[at] = 1;
    if (firstNonFinite === undefined || isBefore(entry, firstNonFinite)) firstNonFinite = entry;
  });
  let length = 0;
  shown.forEach((record, at) => {
    if (record < 0) return;
    const floor = shiftMap.floorOf(record, of);
    const cell = into[length] ?? emptyCell();
    into[length++] = cell;
    cell.x = at % columns.length;
    cell.y = Math.floor(at / columns.length);
    cell.record = record;
    cell.w1 = shiftMap.w1Of(record, of);
    cell.floor = Number.isNaN(floor) ? undefined : floor;
    cell.nonFinite = broken[at] === 1;
  });
  into.length = length;
  return { columns, perColumn, cells: into, largest, firstNonFinite };
}

function emptyCell(): GridCell {
  return { x: 0, y: 0, record: -1, w1: Number.NaN, floor: undefined, nonFinite: false };
}

function isBefore(a: RecordPlace, b: RecordPlace): boolean {
  return a.step < b.step || (a.step === b.step && a.layer < b.layer);
}

/** Finds the column of a step, or -1. It is fastest if steps are asked for in order. */
function columnFinder(steps: readonly number[], perColumn: number): (step: number) => number {
  let position = 0;
  return (step) => {
    if (steps[position] !== step)
      position = steps[position + 1] === step ? position + 1 : positionOf(steps, step);
    return position < steps.length && steps[position] === step ? Math.floor(position / perColumn) : -1;
  };
}

/** The position of the first step that is not before this one. */
function positionOf(steps: readonly number[], step: number): number {
  let low = 0;
  for (let high = steps.length; low < high; ) {
    const middle = (low + high) >> 1;
    if (steps[middle] < step) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The cell in a column and row; undefined if there is none. */
export function cellAt({ cells }: Pick<ShiftGrid, 'cells'>, x: number, y: number): GridCell | undefined {
  return cells.find((cell) => cell.x === x && cell.y === y);
}

/** The column of a step; a step that has no column yet is in the last one. -1 before the first step. */
export function columnAt({ columns }: Pick<ShiftGrid, 'columns'>, step: number): number {
  let low = 0;
  for (let high = columns.length; low < high; ) {
    const middle = (low + high) >> 1;
    if (columns[middle].first <= step) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/**
 * The position on the color scale, 0 to 1: by the square root up to 1 σ, so that small shifts differ beside large ones,
 * and by the logarithm above, because a run that diverges passes twenty orders of magnitude.
 */
export function shade(w1: number, largest: number): number {
  return largest > 0 ? Math.min(1, compressed(w1) / compressed(largest)) : 0;
}

/** Has the same slope on both sides of 1. */
function compressed(w1: number): number {
  return w1 > 1 ? 1 + Math.log(w1) / 2 : Math.sqrt(Math.max(0, w1));
}
