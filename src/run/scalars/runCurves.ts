import type { RecordEntry } from '../../model/catalog';
import { type ScalarCurve, sortScalars } from '../../model/scalars';
import type { FileHeader } from '../fileHeader';
import { filesOf } from '../rebase';
import type { FileScalars } from './scalarFiles';

/** Values by name in one place: a folder of logs, a table, or the dumps themselves. */
type Place = Map<string, Points>;

interface Points {
  /** In the order in which they were written. */
  readonly steps: number[];
  readonly values: number[];
}

/** The place of values beside the tensors of dumps; their names are never qualified. */
const DUMPS = '';

/**
 * All scalars of a run: values beside the tensors of dumps, at the step of their file; those of logs among the dumps, and
 * of the files beside them. A name that several places have is qualified by the place.
 */
export function runCurves(
  headers: Iterable<FileHeader>,
  records: readonly RecordEntry[],
  files: readonly FileScalars[],
): readonly ScalarCurve[] {
  const places = new Map<string, Place>();
  const logs: FileScalars[] = [...files];
  const withValues = new Map<string, FileHeader>();
  for (const header of headers) {
    if (header.scalars.size > 0) withValues.set(header.file.uri, header);
    if (header.curves !== undefined)
      logs.push({ ...header.file, place: header.file.folders.join('/'), isLog: true, series: header.curves });
  }
  const steps = stepsOfFiles(withValues, records);
  for (const [uri, { scalars, fields }] of withValues) {
    const step = steps.get(uri) ?? fields.step;
    if (step === undefined || Number.isNaN(step)) continue;
    for (const [name, value] of scalars) add(places, DUMPS, name, step, value);
  }
  // By name, which begins with the time: a later writer replaces what an earlier one wrote from its first step on.
  for (const { place, isLog, series } of logs.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    for (const { name, steps: at, values } of series) {
      if (isLog && at.length > 0) removeFrom(places.get(place)?.get(name), at[0]);
      for (let i = 0; i < at.length; i++) add(places, place, name, at[i], values[i]);
    }
  }
  return named(places);
}

/** The step of the records of each file; NaN if it has several. */
function stepsOfFiles(
  headers: ReadonlyMap<string, unknown>,
  records: readonly RecordEntry[],
): ReadonlyMap<string, number> {
  const steps = new Map<string, number>();
  if (headers.size === 0) return steps;
  for (const record of records) {
    if (record.removed === true) continue;
    for (const file of filesOf(record)) {
      if (!headers.has(file)) continue;
      const known = steps.get(file);
      steps.set(file, known === undefined || known === record.step ? record.step : Number.NaN);
    }
  }
  return steps;
}

function add(places: Map<string, Place>, place: string, name: string, step: number, value: number): void {
  const known = places.get(place) ?? new Map<string, Points>();
  places.set(place, known);
  const points = known.get(name) ?? { steps: [], values: [] };
  known.set(name, points);
  points.steps.push(step);
  points.values.push(value);
}

/** Removes the last values whose step is not before this one. */
function removeFrom(points: Points | undefined, step: number): void {
  while (points !== undefined && points.steps.length > 0 && (points.steps.at(-1) ?? 0) >= step) {
    points.steps.pop();
    points.values.pop();
  }
}

function named(places: ReadonlyMap<string, Place>): readonly ScalarCurve[] {
  const counts = new Map<string, number>();
  for (const place of places.values())
    for (const name of place.keys()) counts.set(name, (counts.get(name) ?? 0) + 1);
  const curves = new Map<string, ScalarCurve>();
  for (const [place, byName] of places) {
    for (const [name, points] of byName) {
      const isShared = (counts.get(name) ?? 0) > 1 && place !== DUMPS;
      const full = isShared ? `${place}/${name}` : name;
      curves.set(full, curveOf(full, points, place === DUMPS));
    }
  }
  return sortScalars(curves.keys()).flatMap((name) => curves.get(name) ?? []);
}

/** Sorted by step; of several values at one step the last one, or the first one: that of the first rank or phase. */
function curveOf(name: string, { steps, values }: Points, isFirstKept: boolean): ScalarCurve {
  const later = isFirstKept ? -1 : 1;
  const order = steps.map((_, i) => i).sort((a, b) => steps[a] - steps[b] || later * (a - b));
  const kept = order.filter((i, at) => at + 1 === order.length || steps[order[at + 1]] !== steps[i]);
  return {
    name,
    steps: Float64Array.from(kept, (i) => steps[i]),
    values: Float64Array.from(kept, (i) => values[i]),
  };
}
