import { t } from '@vscode/l10n';
import { METHODS } from '../model/analysis';
import { type Variant, variantLabel } from '../model/catalog';
import type {
  Report,
  ReportDistribution,
  ReportFinding,
  ReportFormula,
  ReportLayer,
  ReportStep,
} from './report';
import { visible } from './visible';

export type ReportFormat = 'json' | 'csv' | 'md';
export const REPORT_FORMATS: readonly ReportFormat[] = ['json', 'csv', 'md'];

/** Writes a report; a text that ends in a line break. */
export function formatReport(report: Report, format: ReportFormat): string {
  if (format === 'json') return `${JSON.stringify(report, null, 2)}\n`;
  return format === 'csv' ? formatCsv(report) : formatMarkdown(report);
}

const SHIFT_FIELDS = [
  'w1',
  'w1Location',
  'w1Scale',
  'w1Shape',
  'ks',
  'js',
  'meanShift',
  'logStdRatio',
  'channelFrechet',
] as const;

/** One line for each layer, step, variant and method [RFC 4180]. */
function formatCsv(report: Report): string {
  const percentiles = report.options.percentiles.map(String);
  const header = [
    ...['layer', 'layout', 'dtype', 'step', 'phase', 'rank', 'call', 'shape'],
    ...['count', 'nan', 'posInf', 'negInf', 'zeros', 'method', 'undefined'],
    ...['mean', 'variance', 'min', 'max', ...percentiles.map((p) => `p${p}`)],
    ...['reference', ...SHIFT_FIELDS, 'noiseFloorW1', 'noiseFloorKs', 'noiseFloorJs', 'summarized'],
    ...['storedFrom', 'storageError', 'overflowed'],
  ];
  const rows = report.layers.flatMap((layer) =>
    layer.steps.flatMap((step) =>
      METHODS.map((method) => {
        const of = step.methods[method];
        const storage = [step.storedFrom, step.storageError, step.overflowed];
        const own = [
          ...[layer.fullName, layer.layout, step.dtype, step.step, step.phase],
          ...[step.ranks === undefined ? step.rank : 'all', step.call],
          ...[step.shape.join('x'), step.count, step.nan, step.posInf, step.negInf, step.zeros, method],
        ];
        if ('undefined' in of) {
          const empty = new Array<undefined>(header.length - own.length - 2 - storage.length).fill(undefined);
          return [...own, of.undefined, ...empty, layer.summarized, ...storage];
        }
        const { shift } = of;
        return [
          ...[...own, undefined, of.mean, of.variance, of.min, of.max],
          ...percentiles.map((p) => of.percentiles[p]),
          ...[shift?.reference, ...SHIFT_FIELDS.map((field) => shift?.[field])],
          ...[shift?.noiseFloor?.w1, shift?.noiseFloor?.ks, shift?.noiseFloor?.js],
          layer.summarized,
          ...storage,
        ];
      }),
    ),
  );
  return [header, ...rows].map((row) => `${header.map((_, i) => csvField(row[i])).join(',')}\r\n`).join('');
}

/** Control characters but for line breaks, which a quoted field may hold. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const CONTROL = /[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f]/gu;

function csvField(value: string | number | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : '';
  // What begins so a spreadsheet would compute [OWASP, CSV Injection]; names of layers may.
  const safe = /^[=+\-@\t\r]/u.test(value) ? `'${value}` : value;
  const shown = safe.replaceAll(CONTROL, (char) => visible(char));
  return /[",\r\n]/.test(shown) ? `"${shown.replaceAll('"', '""')}"` : shown;
}

/** A table a layer, a line a step and method, for pasting into an issue or a notebook. */
function formatMarkdown(report: Report): string {
  const lines = [`# ${t('Normscope report: {0}', code(report.run.name))}`, ''];
  for (const remark of report.run.remarks ?? []) lines.push(plain(remark), '');
  if (report.run.assumptions !== undefined) {
    lines.push(`## ${t('Assumptions')}`, '');
    for (const { text, options } of report.run.assumptions)
      lines.push(`- ${plain(t('{0} To change it:', text))} ${options.map(code).join(', ')}`);
    lines.push('');
  }
  if (report.problems.length > 0) {
    lines.push(`## ${t('Problems')}`, '');
    for (const { path, tensor, message } of report.problems) {
      const key = tensor === undefined || tensor === '' ? '' : ` ${code(tensor)}`;
      lines.push(`- ${code(path)}${key}: ${plain(message)}`);
    }
    lines.push('');
  }
  lines.push(...findingsSection(report));
  for (const layer of report.layers) lines.push(...layerSection(report, layer));
  return `${lines.join('\n')}\n`;
}

function findingsSection({ verdict, findings }: Report): string[] {
  const lines = ['## Findings', '', `**${plain(verdict.sentence)}**`, ''];
  lines.push(...findings.flatMap((finding) => findingItem(finding, '')));
  return findings.length === 0 ? lines : [...lines, ''];
}

/** One item of a list, with what follows from it; `indent`: that of the list. */
function findingItem(finding: ReportFinding, indent: string): string[] {
  const { severity, title, evidence, why, advice, refute, consequences = [] } = finding;
  const details = [
    ...(why === undefined ? [] : [t('Why it matters: {0}', why)]),
    t('What to try: {0}', advice),
    ...(refute === undefined ? [] : [t('What would refute it: {0}', refute)]),
  ];
  return [
    `${indent}- **${severity}**: ${[`${title}.`, evidence].map(plain).join(' ')}`,
    ...details.map((each) => `${indent}  - ${plain(each)}`),
    ...(consequences.length === 0 ? [] : [`${indent}  - ${t('Follows from it:')}`]),
    ...consequences.flatMap((each) => findingItem(each, `${indent}    `)),
  ];
}

function layerSection(report: Report, layer: ReportLayer): string[] {
  const percentiles = report.options.percentiles.map(String);
  const columns = [
    ...[t('step'), t('method'), t('mean'), t('variance'), ...percentiles.map((p) => `p${p}`)],
    ...['W1/σ', t('noise floor'), 'KS', 'Δµ/σ', 'ln(σt/σs)'],
  ];
  const lines = [
    `## ${code(layer.fullName)}`,
    '',
    [
      describeLayer(layer),
      ...[layer.summarized, layer.storage].flatMap((each) => (each === undefined ? [] : plain(each))),
    ].join(' '),
    '',
  ];
  for (const formula of layer.formulas ?? []) lines.push(`- ${formulaLine(formula)}`);
  if (layer.formulas !== undefined) lines.push('');
  lines.push(`| ${columns.join(' | ')} |`, `|${' --- |'.repeat(columns.length)}`);
  for (const step of layer.steps) {
    for (const method of METHODS) {
      const of = step.methods[method];
      const cells =
        'undefined' in of
          ? [of.undefined, ...new Array<string>(columns.length - 3).fill('')]
          : distributionCells(of, percentiles);
      lines.push(`| ${[stepLabel(step), method, ...cells].map(tableCell).join(' | ')} |`);
    }
  }
  return [...lines, ''];
}

/** `y = x/√(mean(x²) + 1e-6) · γ, over axis 2 (steps 0, 100).` */
function formulaLine({ formula, notes, steps, ...variant }: ReportFormula): string {
  const label = variantLabel(variant);
  const where = `${steps.length === 1 ? 'step' : 'steps'} ${steps.join(', ')}${label === '' ? '' : `, ${label}`}`;
  const known = formula === undefined ? [] : [`${code(`y = ${formula}`)}.`];
  return [...known, ...notes.map(plain), `(${plain(where)})`].join(' ');
}

function describeLayer({ layout, layoutGuessed, dtype }: ReportLayer): string {
  if (layout === '') return t('Histograms.');
  return layoutGuessed
    ? t('Layout {0} (guessed), {1}.', layout, dtype)
    : t('Layout {0}, {1}.', layout, dtype);
}

/** A name as it is, whatever Markdown would make of its characters [CommonMark 0.31, code spans]. */
function code(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return longest === 0 ? `${fence}${oneLine(text)}${fence}` : `${fence} ${oneLine(text)} ${fence}`;
}

/** A pipe would end the cell [GitHub Flavored Markdown, tables]. */
function tableCell(text: string): string {
  return oneLine(text).replaceAll('|', '\\|');
}

/** A sentence whose characters stand for themselves [CommonMark 0.31, backslash escapes]. */
function plain(text: string): string {
  return oneLine(text).replaceAll(/[\\`*_[\]<>|]/g, '\\$&');
}

function oneLine(text: string): string {
  return visible(text);
}

function stepLabel({ step, phase, rank, call, ranks }: ReportStep): string {
  const variant: Variant = {
    ...(phase === undefined ? {} : { phase }),
    ...(rank === undefined ? {} : { rank }),
    ...(call === undefined ? {} : { call }),
    ...(ranks === undefined ? {} : { ranks }),
  };
  const label = variantLabel(variant);
  return label === '' ? String(step) : `${step} (${label})`;
}

function distributionCells(
  { mean, variance, percentiles, shift }: ReportDistribution,
  asked: string[],
): string[] {
  const places = [mean, ...asked.map((p) => percentiles[p])].map((value) =>
    number(value, Math.sqrt(variance)),
  );
  const metrics = [shift?.w1, shift?.noiseFloor?.w1, shift?.ks, shift?.meanShift, shift?.logStdRatio];
  return [places[0], number(variance), ...places.slice(1), ...metrics.map((value) => number(value))];
}

/** Five digits; more if the value is large compared to its deviation, so that neighbors do not look equal. */
function number(value: number | undefined, deviation = Number.NaN): string {
  if (value === undefined || !Number.isFinite(value)) return '–';
  const beyond = Math.floor(Math.log10(Math.abs(value) / deviation));
  const digits = beyond > 0 && deviation > 0 ? Math.min(17, 5 + beyond) : 5;
  return String(Number(value.toPrecision(digits)));
}
