import {
  isAboveFloor,
  METHODS,
  type Method,
  type RecordShift,
  type RecordSummary,
} from '../protocol/analysis';
import type { RunCatalog } from '../protocol/catalog';
import type { AnalyseProgress } from '../protocol/kernelApi';
import type { Focus, LayerResults, ShiftCell } from '../protocol/panelApi';
import type { Problem } from '../protocol/problem';

/** What has been computed of a run under the options in force. */
export interface Results {
  readonly summaries: Map<number, RecordSummary>;
  readonly shifts: Map<number, RecordShift>;
  /** By record id. */
  readonly problems: Map<number, Problem>;
}

export function emptyResults(): Results {
  return { summaries: new Map(), shifts: new Map(), problems: new Map() };
}

export function addResult(results: Results, progress: AnalyseProgress): void {
  if (progress.kind === 'summary') results.summaries.set(progress.summary.record, progress.summary);
  else if (progress.kind === 'shift') results.shifts.set(progress.shift.record, progress.shift);
  else results.problems.set(progress.record, progress.problem);
}

/** Records with a result or a problem. */
export function recordsDone({ summaries, problems }: Results): number {
  return summaries.size + problems.size;
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
  return { record, reference: shift.reference, w1, floor, nonFinite: summary.finite < summary.count };
}

export function shiftCells(results: Results, records: Iterable<number>): ShiftCell[] {
  return [...records].flatMap((record) => shiftCell(results, record) ?? []);
}

/** Summaries and shifts of the records of one layer and variant. */
export function layerResults(results: Results, catalog: RunCatalog, focus: Focus): LayerResults {
  const records = catalog.records.filter(
    ({ layer, variant }) => layer === focus.layer && variant === focus.variant,
  );
  return {
    ...focus,
    summaries: records.flatMap(({ id }) => results.summaries.get(id) ?? []),
    shifts: records.flatMap(({ id }) => results.shifts.get(id) ?? []),
  };
}

/**
 * A layer's headline: the largest raw W1/σ of its records so far, of those beyond their noise floor where there are
 * any; undefined where there is none yet. One outlier makes a distance of 1e26, and as much noise.
 */
export function headlineShift({ shifts }: Results, catalog: RunCatalog, layer: number): number | undefined {
  const metrics = catalog.records.flatMap((record) =>
    record.layer === layer ? (shifts.get(record.id)?.methods.none ?? []) : [],
  );
  const finite = metrics.filter(({ w1 }) => Number.isFinite(w1));
  const beyondNoise = finite.filter(({ w1, noiseFloor }) => isAboveFloor({ w1, floor: noiseFloor?.w1 }));
  const counted = beyondNoise.length > 0 ? beyondNoise : finite;
  return counted.length === 0 ? undefined : Math.max(...counted.map(({ w1 }) => w1));
}
