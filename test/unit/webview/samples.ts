import type { Chart } from 'chart.js';
import { DEFAULT_OPTIONS } from '../../../src/model/analysis';
import type { RunCatalog } from '../../../src/model/catalog';
import { packCatalog } from '../../../src/model/catalogColumns';
import { withoutTurns } from '../../../src/model/inTurns';
import type { QuantityColumn } from '../../../src/model/quantityTable';
import type { ShiftCell } from '../../../src/model/shiftTable';
import { type ShiftColumns, ShiftTable } from '../../../src/model/shiftTable';
import type { LayerResults, PanelSnapshot } from '../../../src/protocol/panelApi';
import { fromSnapshot, type RunData } from '../../../webview/state/runData';
import type { Theme } from '../../../webview/theme';

export const THEME: Theme = {
  foreground: '#ffffff',
  muted: '#808080',
  background: '#000000',
  grid: '#404040',
  accent: '#0000ff',
  error: '#ff0000',
  methods: {
    none: '#ffffff',
    batch: '#0000c8',
    layer: '#c8c800',
    instance: '#00c800',
    group: '#c800c8',
    rms: '#00c8c8',
  },
  fontFamily: 'sans-serif',
};

export function snapshotOf(
  catalog: RunCatalog | undefined,
  shiftMap: readonly ShiftCell[] = [],
  layer?: LayerResults,
): PanelSnapshot {
  return {
    ...(catalog === undefined ? {} : { catalog: packCatalog(catalog) }),
    roots: ['file:///run'],
    title: 'run',
    options: DEFAULT_OPTIONS,
    progress: { state: 'computing', done: shiftMap.length, total: catalog?.records.length ?? 0 },
    problems: [],
    diagnosis: { isCurrent: true },
    shiftMap: columnsOf(shiftMap),
    quantity: NO_FIGURES,
    ...(layer === undefined ? {} : { layer }),
  };
}

/** What a panel gets that shows the shift. */
export const NO_FIGURES: QuantityColumn = {
  quantity: 'shift',
  record: Int32Array.of(),
  value: Float64Array.of(),
};

export function tableOf(cells: readonly ShiftCell[]): ShiftTable {
  const table = ShiftTable.empty();
  for (const cell of cells) table.set(cell);
  return table;
}

/** Cells in the form in which they are sent. */
export function columnsOf(cells: readonly ShiftCell[]): ShiftColumns {
  return tableOf(cells).columns(cells.map(({ record }) => record));
}

export function runDataOf(...snapshot: Parameters<typeof snapshotOf>): RunData {
  return withoutTurns(fromSnapshot(snapshotOf(...snapshot)));
}

/**
 * Calls a callback of a chart's configuration as Chart.js would, with the parts of its arguments that it uses.
 * (Chart.js's types ask for whole charts and scales.)
 */
export function callback<Result>(
  of: unknown,
  ...args: readonly (object | number | undefined)[]
): Result | undefined {
  if (typeof of !== 'function') throw new TypeError(`No callback but ${typeof of}.`);
  return of.call(undefined, ...args);
}

/** A chart with only its data, for callbacks that use it. */
export function chartWith(data: unknown): Chart {
  return { data } as Chart;
}
