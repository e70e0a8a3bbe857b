import { t } from '@vscode/l10n';
import { METHODS, type Method } from '../../src/model/analysis';
import { type NumbersRow, numbersRows } from './numbers';
import type { Selection } from './selection';

/**
 * The statistics of the record in view; while runs are compared, with those of the record of the other run that belongs to
 * it, and their difference, below each.
 */
export function comparedNumbers(selection: Selection, percentiles: readonly number[]): readonly NumbersRow[] {
  const rows = numbersRows(selection, percentiles);
  const { other } = selection;
  const summary = other?.joined?.summary;
  if (other === undefined || summary === undefined) return rows;
  const ofOther = new Map(
    numbersRows({ summary, shift: undefined }, percentiles).map((row) => [row.field, row]),
  );
  return rows.flatMap((row) => {
    const there = ofOther.get(row.field);
    // A distance is between both runs.
    if (there === undefined || METHODS.every((method) => there.values[method] === undefined)) return [row];
    return [row, inOther(there, other.name), difference(row, there, other.name)];
  });
}

function inOther(row: NumbersRow, name: string): NumbersRow {
  return {
    ...row,
    field: `${row.field}Other`,
    label: `  ${t('in {0}', name)}`,
    title: t('{0}, in {1}', row.title, name),
  };
}

function difference(row: NumbersRow, there: NumbersRow, name: string): NumbersRow {
  const of = (method: Method) => {
    const [here, from] = [row.values[method], there.values[method]];
    return here === undefined || from === undefined ? undefined : here - from;
  };
  const values = Object.fromEntries(METHODS.map((method) => [method, of(method)]));
  return {
    field: `${row.field}Difference`,
    label: `  ${t('difference')}`,
    title: t('{0}: this run minus {1}', row.title, name),
    values: values as NumbersRow['values'],
    scale: (method) => {
      const [here, from] = [row.scale(method), there.scale(method)];
      return here === undefined || from === undefined ? undefined : Math.max(here, from);
    },
  };
}
