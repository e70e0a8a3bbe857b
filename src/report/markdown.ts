import { t } from '@vscode/l10n';
import { METHODS } from '../model/analysis';
import { type Variant, variantLabel } from '../model/catalog';
import { comparisonSection } from './comparisonMarkdown';
import { code, number, plain } from './markdownText';
import type {
  Report,
  ReportDistribution,
  ReportFinding,
  ReportFormula,
  ReportLayer,
  ReportStep,
} from './report';

/** A table for each layer with a line for each step and method, to be pasted into an issue or a notebook. */
export function* markdownChunks(report: Report): Generator<string> {
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
  if (report.comparison !== undefined) lines.push(...comparisonSection(report.comparison));
  yield* lines.map((line) => `${line}\n`);
  for (const layer of report.layers) yield `${layerSection(report, layer).join('\n')}\n`;
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
    t('Why it matters: {0}', why),
    t('What to try: {0}', advice),
    t('What would refute it: {0}', refute),
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
          ? [plain(of.undefined), ...new Array<string>(columns.length - 3).fill('')]
          : distributionCells(of, percentiles);
      lines.push(`| ${[plain(stepLabel(step)), method, ...cells].join(' | ')} |`);
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
