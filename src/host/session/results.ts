import {
  isAboveFloor,
  METHODS,
  type Method,
  type RecordShift,
  type RecordSummary,
} from '../../model/analysis';
import type { LayerEntry, RunCatalog } from '../../model/catalog';
import { isDead } from '../../model/mapQuantities';
import type { Problem } from '../../model/problem';
import { QuantityTable } from '../../model/quantityTable';
import { seriesOf, seriesOfLayer } from '../../model/series';
import { type ShiftCell, ShiftTable } from '../../model/shiftTable';
import type { AnalyseProgress } from '../../protocol/kernelApi';
import type { Focus, LayerResults } from '../../protocol/panelApi';

/** The results of a run with the current options. */
export interface Results {
  /** One cell for each record with a summary and a shift. */
  readonly cells: ShiftTable;
  /** The quantities of every record with exact figures. */
  readonly quantities: QuantityTable;
  /** Records with a summary or a problem. */
  readonly done: Set<number>;
  /** In large runs, only those of the layers that were in view last; see {@link trimResults}. */
  readonly summaries: Map<number, RecordSummary>;
  readonly shifts: Map<number, RecordShift>;
  /** By record id. */
  readonly problems: Map<number, Problem>;
}

export function emptyResults(): Results {
  return {
    cells: ShiftTable.empty(),
    quantities: new QuantityTable(),
    done: new Set(),
    summaries: new Map(),
    shifts: new Map(),
    problems: new Map(),
  };
}

/** Adds a result. `layerOf` is the layer of a record, which decides how some quantities are read. */
export function addResult(
  results: Results,
  progress: AnalyseProgress,
  layerOf: (record: number) => Pick<LayerEntry, 'module'> | undefined = () => undefined,
): void {
  const { summaries, shifts, problems, done, cells, quantities } = results;
  let record: number;
  if (progress.kind === 'summary') {
    record = progress.summary.record;
    const isEstimate = progress.summary.estimate !== undefined;
    if (isEstimate && done.has(record)) return;
    summaries.set(record, progress.summary);
    if (!isEstimate) quantities.set(progress.summary, layerOf(record) ?? {});
    problems.delete(record);
  } else if (progress.kind === 'shift') {
    record = progress.shift.record;
    shifts.set(record, progress.shift);
  } else {
    record = progress.record;
    problems.set(record, progress.problem);
    if (summaries.get(record)?.estimate !== undefined) summaries.delete(record);
  }
  if (progress.kind !== 'shift' && summaries.get(record)?.estimate === undefined) done.add(record);
  const cell = shiftCell(results, record);
  if (cell !== undefined) cells.set(cell);
}

/** Forgets the results of records whose file was deleted or rewritten. */
export function forgetResults({ cells, ...others }: Results, records: Iterable<number>): void {
  for (const record of records) {
    cells.delete(record);
    for (const each of Object.values(others)) each.delete(record);
  }
}

/** Records with a result or a problem. */
export function recordsDone({ done }: Results): number {
  return done.size;
}

/** The cell of the shift map for a record that has both a summary and a shift. */
export function shiftCell({ summaries, shifts }: Results, record: number): ShiftCell | undefined {
  const summary = summaries.get(record);
  const shift = shifts.get(record);
  if (summary === undefined || shift === undefined) return undefined;
  const w1: Partial<Record<Method, number>> = {};
  const floor: Partial<Record<Method, number>> = {};
  for (const method of METHODS) {
    const metrics = shift.methods[method];
    if (metrics === undefined) continue;
    w1[method] = metrics.w1;
    if (metrics.noiseFloor !== undefined) floor[method] = metrics.noiseFloor.w1;
  }
  const nonFinite = summary.finite < summary.count;
  return { record, reference: shift.reference, w1, floor, nonFinite, dead: isDead(summary) };
}

/** Summaries and shifts of these records. */
export function resultsOf(
  { summaries, shifts }: Results,
  records: readonly number[],
): Pick<LayerResults, 'summaries' | 'shifts'> {
  return {
    summaries: records.flatMap((id) => summaries.get(id) ?? []),
    shifts: records.flatMap((id) => shifts.get(id) ?? []),
  };
}

/** Records of a layer and variant that have a cell but no longer full results. */
export function trimmedRecords({ cells, summaries }: Results, catalog: RunCatalog, focus: Focus): number[] {
  return seriesOf(catalog, focus.layer, focus.variant).flatMap(({ id }) =>
    cells.has(id) && !summaries.has(id) ? [id] : [],
  );
}

/**
 * Bounds memory: if there are more full results than `limit`, keeps only those of the layers in `keep`, and all cells
 * and quantities.
 * The kernel can compute the others again.
 */
export function trimResults(
  { cells, summaries, shifts }: Results,
  catalog: RunCatalog,
  keep: readonly number[],
  limit: number,
): void {
  if (summaries.size <= limit) return;
  for (const record of summaries.keys()) {
    if (keep.includes(catalog.records[record].layer) || !cells.has(record)) continue;
    summaries.delete(record);
    shifts.delete(record);
  }
}

/**
 * The headline shift of a layer: the largest raw W1/σ of its records so far, preferring records above their noise floor,
 * because one outlier makes a distance of 1e26 and as much noise. Undefined if there is no shift yet.
 */
export function headlineShift({ cells }: Results, catalog: RunCatalog, layer: number): number | undefined {
  const raw = METHODS.indexOf('none');
  let beyondNoise = Number.NEGATIVE_INFINITY;
  let any = Number.NEGATIVE_INFINITY;
  for (const series of seriesOfLayer(catalog, layer)) {
    for (const { id } of series) {
      const w1 = cells.w1Of(id, raw);
      if (!Number.isFinite(w1)) continue;
      any = Math.max(any, w1);
      if (isAboveFloor({ w1, floor: cells.floorOf(id, raw) })) beyondNoise = Math.max(beyondNoise, w1);
    }
  }
  const headline = Number.isFinite(beyondNoise) ? beyondNoise : any;
  return Number.isFinite(headline) ? headline : undefined;
}
