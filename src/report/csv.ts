import { METHODS, type Method } from '../model/analysis';
import { SHIFT_FIELDS } from '../model/compactResults';
import type { Report, ReportLayer, ReportStep } from './report';
import { visible } from './visible';

/** One line for each layer, step, variant and method [RFC 4180]. */
export function* csvChunks(report: Report): Generator<string> {
  const percentiles = report.options.percentiles.map(String);
  const header = [
    ...['layer', 'layout', 'dtype', 'step', 'phase', 'rank', 'call', 'shape'],
    ...['count', 'nan', 'posInf', 'negInf', 'zeros', 'method', 'undefined'],
    ...['mean', 'variance', 'min', 'max', ...percentiles.map((p) => `p${p}`)],
    ...['reference', ...SHIFT_FIELDS, 'noiseFloorW1', 'noiseFloorKs', 'noiseFloorJs', 'summarized'],
    ...['storedFrom', 'storageError', 'overflowed'],
    ...(report.comparison === undefined ? [] : COMPARISON_COLUMNS),
  ];
  const line = (row: readonly Field[]) => `${header.map((_, i) => csvField(row[i])).join(',')}\r\n`;
  yield line(header);
  const isCompared = report.comparison !== undefined;
  for (const layer of report.layers)
    for (const step of layer.steps)
      yield METHODS.map((method) =>
        line(fieldsOf(layer, step, method, { columns: header.length, percentiles, isCompared })),
      ).join('');
}

/** Columns of a comparison with another run. */
const COMPARISON_COLUMNS = ['otherStep', 'differing', 'ulps', 'chanceP', 'chanceFloor', 'chanceUnit'];

function comparisonFields({ comparison }: ReportStep): readonly Field[] {
  if (comparison === undefined) return COMPARISON_COLUMNS.map(() => undefined);
  const { step, difference, chance } = comparison;
  const [differing, ulps] =
    difference.kind === 'equal'
      ? [0, 0]
      : difference.kind === 'different'
        ? [difference.elements, difference.ulps]
        : [undefined, undefined];
  return [step, differing, ulps, chance?.p, chance?.floor, chance?.unit];
}

type Field = string | number | undefined;

interface Columns {
  readonly columns: number;
  readonly percentiles: readonly string[];
  readonly isCompared: boolean;
}

function fieldsOf(
  layer: ReportLayer,
  step: ReportStep,
  method: Method,
  { columns, percentiles, isCompared }: Columns,
): readonly Field[] {
  const figures = step.methods[method];
  const last = [
    step.storedFrom,
    step.storageError,
    step.overflowed,
    ...(isCompared ? comparisonFields(step) : []),
  ];
  const own = [
    ...[layer.fullName, layer.layout, step.dtype, step.step, step.phase],
    ...[step.ranks === undefined ? step.rank : 'all', step.call],
    ...[step.shape.join('x'), step.count, step.nan, step.posInf, step.negInf, step.zeros, method],
  ];
  if ('undefined' in figures) {
    const empty = new Array<undefined>(columns - own.length - 2 - last.length).fill(undefined);
    return [...own, figures.undefined, ...empty, layer.summarized, ...last];
  }
  const { shift } = figures;
  return [
    ...[...own, undefined, figures.mean, figures.variance, figures.min, figures.max],
    ...percentiles.map((p) => figures.percentiles[p]),
    ...[shift?.reference, ...SHIFT_FIELDS.map((field) => shift?.[field])],
    ...[shift?.noiseFloor?.w1, shift?.noiseFloor?.ks, shift?.noiseFloor?.js],
    layer.summarized,
    ...last,
  ];
}

/** Control characters but for line breaks, which a quoted field may hold. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const CONTROL = /[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f]/gu;

/**
 * What a spreadsheet would compute: a field that begins like a formula, also behind spaces, line breaks, quotation marks
 * or characters that are not shown [OWASP, CSV Injection]. Full-width signs count in East Asian spreadsheets.
 */
const FORMULA = /^[\s"'\p{C}]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/u;

function csvField(value: Field): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : '';
  const safe = FORMULA.test(value) ? `'${value}` : value;
  const shown = safe.replaceAll(CONTROL, (char) => visible(char));
  return /[",\r\n]/.test(shown) ? `"${shown.replaceAll('"', '""')}"` : shown;
}
