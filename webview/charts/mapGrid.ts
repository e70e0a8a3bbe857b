import { exceedsFloor } from '../../src/model/analysis';
import type { RecordPlace } from '../../src/model/catalog';
import { placesOf } from '../../src/model/placeColumns';
import type { ShiftTable } from '../../src/model/shiftTable';
import type { PanelCatalog } from '../../src/protocol/panelApi';
import { type Figures, isDiverging, type ShownScale, sizeOfDifference } from './comparedFigures';
import { type MapScale, mapScale } from './mapScale';

/** What the map shows: the shift of a method (its position in METHODS), or the figures of a quantity. */
export interface MapSource {
  readonly scale: ShownScale;
  readonly shiftMap: ShiftTable;
  /** Absent: the shift. */
  readonly figures?: Figures;
  readonly method: number;
  /** While options change: 1 for each record whose figure is of the current ones. */
  readonly renewed?: Uint8Array | undefined;
}

export const QUIET = 1;
export const BROKEN = 2;
export const DEAD = 4;
export const FORMER = 8;

/**
 * The figures of a variant as layers × columns. Each column has one or more steps, and shows the worst of them: the
 * largest figure, of those above noise if there are any.
 */
export interface MapGrid {
  readonly source: MapSource;
  /** First and last step of each column. */
  readonly columns: readonly { readonly first: number; readonly last: number }[];
  /** Steps of each column; the last column may have fewer. */
  readonly perColumn: number;
  readonly layers: number;
  /** By layer and column, as are the others: the record that is shown; -1 if there is none. */
  readonly records: Int32Array;
  /** NaN if it is undefined. */
  readonly values: Float64Array;
  /** The order in which figures are worse. */
  readonly ranks: Float64Array;
  /** {@link QUIET}: no larger than noise, a share of 0, or no difference. {@link BROKEN}: a record has NaN or infinite values. {@link DEAD}: a
   * record is dead. {@link FORMER}: the figure is of former options. */
  readonly flags: Uint8Array;
  /** Of the figures that are not quiet. */
  readonly scale: MapScale;
  /** The first record of the variant with NaN or infinite values: the earliest step, and in it the first layer. */
  readonly firstNonFinite: RecordPlace | undefined;
}

type Run = Pick<PanelCatalog, 'steps' | 'layers' | 'records'>;

/** Lays out what a source has of a variant. If there are more steps than `maxColumns`, several share a column. */
export function mapGrid(run: Run, source: MapSource, variant: number, maxColumns: number): MapGrid {
  const { steps, layers, records } = run;
  const perColumn = Math.max(1, Math.ceil(steps.length / Math.max(1, maxColumns)));
  const columns: { first: number; last: number }[] = [];
  for (let i = 0; i < steps.length; i += perColumn)
    columns.push({ first: steps[i], last: steps[Math.min(i + perColumn, steps.length) - 1] });
  const columnOf = columnFinder(steps, perColumn);
  const size = layers.length * columns.length;
  const shown = new Int32Array(size).fill(-1);
  const values = new Float64Array(size).fill(Number.NaN);
  const ranks = new Float64Array(size).fill(Number.NEGATIVE_INFINITY);
  const flags = new Uint8Array(size);
  let firstNonFinite: RecordPlace | undefined;
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const places = placesOf(records);
  const width = columns.length;
  const placeOf = (record: number) => {
    // A table grows in place, so it may be ahead of the catalog.
    if (record >= places.length || places.variant[record] !== variant) return -1;
    const x = columnOf(places.step[record]);
    return x < 0 ? -1 : places.layer[record] * width + x;
  };
  const note = (at: number, record: number, value: number, floor: number | undefined) => {
    const rank = rankOf(source, value, floor);
    const isQuiet = !(rank > 0);
    if (shown[at] < 0 || rank > ranks[at]) {
      shown[at] = record;
      ranks[at] = rank;
      values[at] = value;
      const marks = (isQuiet ? QUIET : 0) | (source.renewed?.[record] === 0 ? FORMER : 0);
      flags[at] = (flags[at] & (BROKEN | DEAD)) | marks;
    }
    if (isQuiet && source.scale !== 'signed') return;
    if (value < min && Number.isFinite(value)) min = value;
    if (value > max && Number.isFinite(value)) max = value;
  };
  const { figures, shiftMap, method } = source;
  const noteValue = (record: number, value: number, floor?: number) => {
    const at = placeOf(record);
    if (at >= 0) note(at, record, value, floor);
  };
  if (figures === undefined) shiftMap.forEach(method, noteValue);
  else figures.forEach(noteValue);
  shiftMap.forEachMarked((record, isNonFinite, isDead) => {
    const at = placeOf(record);
    if (at < 0) return;
    if (shown[at] < 0) shown[at] = record;
    if (isDead) flags[at] |= DEAD;
    if (!isNonFinite) return;
    flags[at] |= BROKEN;
    const entry = records[record];
    if (firstNonFinite === undefined || isBefore(entry, firstNonFinite)) firstNonFinite = entry;
  });
  return {
    source,
    columns,
    perColumn,
    layers: layers.length,
    records: shown,
    values,
    ranks,
    flags,
    scale: mapScale(source.scale, min <= max ? { min, max } : undefined),
    firstNonFinite,
  };
}

/** Above 0 for what counts: a shift above noise, a share that is not 0. Below, what is quiet; last, what is undefined. */
function rankOf({ scale, figures }: MapSource, value: number, floor: number | undefined): number {
  if (Number.isNaN(value)) return -2;
  if (figures === undefined) return exceedsFloor(value, floor) ? value : value / (1 + value) - 1;
  if (scale === 'signed') return Math.abs(value) + Number.MIN_VALUE;
  if (isDiverging(scale)) return sizeOfDifference(scale, value) || -1;
  if (scale === 'size' || scale === 'sigmas') return value + Number.MIN_VALUE;
  return value > 0 ? value : -1;
}

function isBefore(a: RecordPlace, b: RecordPlace): boolean {
  return a.step < b.step || (a.step === b.step && a.layer < b.layer);
}

/** Finds the column of a step, or -1. It is fastest if steps are asked for in order. */
function columnFinder(steps: readonly number[], perColumn: number): (step: number) => number {
  let position = 0;
  return (step) => {
    if (steps[position] !== step)
      position = steps[position + 1] === step ? position + 1 : lowerBound(steps, step);
    return position < steps.length && steps[position] === step ? Math.floor(position / perColumn) : -1;
  };
}

/** The position of the first step that is not before this one. */
function lowerBound(steps: readonly number[], step: number): number {
  let low = 0;
  for (let high = steps.length; low < high; ) {
    const middle = (low + high) >> 1;
    if (steps[middle] < step) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The column of a step; a step that has no column yet is in the last one. -1 before the first step. */
export function columnAt({ columns }: Pick<MapGrid, 'columns'>, step: number): number {
  let low = 0;
  for (let high = columns.length; low < high; ) {
    const middle = (low + high) >> 1;
    if (columns[middle].first <= step) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The place in the grid's arrays of the worst of some layers in a column; undefined if none has a record. */
export function worstAt(grid: MapGrid, layers: readonly number[], column: number): number | undefined {
  const width = grid.columns.length;
  let worst: number | undefined;
  for (const layer of layers) {
    const at = layer * width + column;
    if (grid.records[at] >= 0 && (worst === undefined || grid.ranks[at] > grid.ranks[worst])) worst = at;
  }
  return worst;
}

/** The flags of all of some layers in a column that say what is wrong. */
export function marksAt(grid: MapGrid, layers: readonly number[], column: number): number {
  const width = grid.columns.length;
  let marks = 0;
  for (const layer of layers) marks |= grid.flags[layer * width + column];
  return marks & (BROKEN | DEAD);
}
