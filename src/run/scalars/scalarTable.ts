import { t } from '@vscode/l10n';
import { type ScalarSeries, scalarSeries } from '../../formats/scalarSeries';
import { problemError } from '../../model/problem';
import { counterNamed } from '../metadata/metadata';
import { numberIn } from '../metadata/numberIn';
import { delimitedRows } from './delimitedText';
import { jsonLines } from './jsonLines';

/** How a table of scalars is read. */
export interface TableColumns {
  /** Name of the column with the steps; absent: the first column whose name means a step. */
  readonly step?: string | undefined;
  /** Names of the columns to read; absent: all with numbers. */
  readonly columns?: readonly string[] | undefined;
}

/** Columns of a table that are read, at most: more are a data set, not a log. */
const MAX_COLUMNS = 1000;

/**
 * Reads the scalars of a table: a CSV file with a header, or JSON Lines (`.jsonl`, `.ndjson`). Each row has a step and the
 * values at it. Cells that are empty or no numbers are skipped, and so are rows without a step. A later row replaces what
 * an earlier one says of the same step. Throws `malformed` if no column has the steps. `path` is the URI in problems.
 */
export function readScalarTable(text: string, path: string, columns: TableColumns): readonly ScalarSeries[] {
  return /\.(?:jsonl|ndjson)$/iu.test(path)
    ? readObjects(text, path, columns)
    : readCells(text, path, columns);
}

function readCells(text: string, path: string, { step, columns }: TableColumns): readonly ScalarSeries[] {
  const series = scalarSeries();
  let header: readonly string[] | undefined;
  let stepAt = -1;
  let chosen: readonly number[] = [];
  for (const row of delimitedRows(text)) {
    if (header === undefined) {
      header = row.map((name) => name.trim());
      stepAt = stepColumn(header, step);
      if (stepAt < 0) throw noSteps(path, step, header);
      chosen = header.flatMap((name, at) => (at !== stepAt && isChosen(name, columns) ? [at] : []));
      chosen = chosen.slice(0, MAX_COLUMNS);
      continue;
    }
    const at = numberIn(row[stepAt]);
    if (!isStep(at)) continue;
    for (const column of chosen) {
      const value = numberIn(row[column]);
      if (value !== undefined) series.add(header[column], at, value);
    }
  }
  return series.all();
}

function readObjects(text: string, path: string, { step, columns }: TableColumns): readonly ScalarSeries[] {
  const series = scalarSeries();
  const names = new Set<string>();
  let stepName: string | undefined;
  let first: readonly string[] | undefined;
  for (const row of jsonLines(text)) {
    const keys = Object.keys(row);
    first ??= keys;
    stepName ??= keys[stepColumn(keys, step)];
    if (stepName === undefined || !Object.hasOwn(row, stepName)) continue;
    const at = numberIn(row[stepName]);
    if (!isStep(at)) continue;
    for (const name of keys) {
      if (name === stepName || !isChosen(name, columns)) continue;
      const value = numberIn(row[name]);
      if (value === undefined || (!names.has(name) && names.size >= MAX_COLUMNS)) continue;
      names.add(name);
      series.add(name, at, value);
    }
  }
  if (first !== undefined && stepName === undefined) throw noSteps(path, step, first);
  return series.all();
}

/** The position of the column with the steps; -1 if there is none. */
function stepColumn(names: readonly string[], step: string | undefined): number {
  if (step !== undefined) return names.indexOf(step);
  const at = names.findIndex((name) => counterNamed(name) === 'step');
  return at >= 0 ? at : names.findIndex((name) => counterNamed(name) === 'epoch');
}

function isChosen(name: string, columns: readonly string[] | undefined): boolean {
  if (columns !== undefined) return columns.includes(name);
  return name !== '' && counterNamed(name) === undefined;
}

function isStep(value: number | undefined): value is number {
  return value !== undefined && Number.isSafeInteger(value) && value >= 0;
}

function noSteps(path: string, step: string | undefined, names: readonly string[]): Error {
  const shown = names.slice(0, 20).join(', ').slice(0, 200);
  return problemError(
    'malformed',
    path,
    step === undefined
      ? t('Expected a column "step". The columns are: {0}.', shown)
      : t('Expected a column "{0}", which normscope.json names. The columns are: {1}.', step, shown),
  );
}
