import { t } from '@vscode/l10n';
import type { ComparedFinding, ComparedLayer, ReportComparison } from './comparisonReport';
import { code, number, plain } from './markdownText';

/** Where two runs part, and a table of layers. */
export function comparisonSection(comparison: ReportComparison): string[] {
  const { other, group = [], line, records, layers, onlyThere, findings } = comparison;
  const lines = [`## ${t('Comparison with {0}', code(other.name))}`, '', `**${plain(line)}**`, ''];
  const remarks: string[] = [];
  if (group.length > 0)
    remarks.push(
      t(
        'Noise includes the distance of {0} from {1}.',
        code(other.name),
        group.map(({ name }) => code(name)).join(', '),
      ),
    );
  if (records.nearest > 0)
    remarks.push(
      records.nearest === 1
        ? t('One record is compared with the nearest step, because the other run does not have its step.')
        : t(
            '{0} records are compared with the nearest step, because the other run does not have their steps.',
            records.nearest,
          ),
    );
  if (records.alone > 0)
    remarks.push(
      records.alone === 1
        ? t('One record has no counterpart in the other run.')
        : t('{0} records have no counterpart in the other run.', records.alone),
    );
  if (onlyThere.length > 0) remarks.push(t('Only in the other run: {0}.', onlyThere.map(code).join(', ')));
  for (const remark of remarks) lines.push(`- ${remark}`);
  if (remarks.length > 0) lines.push('');
  const columns = [t('layer'), t('joined with'), t('by'), t('first difference')];
  columns.push('W1/σ', t('noise floor'), 'p', t('above noise'));
  lines.push(`| ${columns.join(' | ')} |`, `|${' --- |'.repeat(columns.length)}`);
  for (const layer of layers) lines.push(`| ${layerCells(layer).join(' | ')} |`);
  lines.push('');
  if (findings !== undefined) {
    lines.push(...findingList(t('Findings only in this run:'), findings.onlyHere));
    lines.push(...findingList(t('Findings only in the other run:'), findings.onlyThere));
  }
  return lines;
}

function layerCells({ layer, other, by, reason, firstDifference, farthest }: ComparedLayer): string[] {
  const first =
    firstDifference === undefined
      ? '–'
      : t(
          'step {0}: {1} of {2}, {3} ulps',
          ...[firstDifference.step, firstDifference.elements, firstDifference.of],
          Number.isFinite(firstDifference.ulps) ? number(firstDifference.ulps) : '∞',
        );
  return [
    code(layer),
    other === undefined ? '–' : code(other),
    reason === undefined ? (by ?? '–') : plain(reason),
    first,
    number(farthest?.w1),
    number(farthest?.floor),
    number(farthest?.p),
    farthest === undefined ? '–' : farthest.isAbove ? t('step {0}', farthest.step) : t('no'),
  ];
}

function findingList(heading: string, findings: readonly ComparedFinding[]): string[] {
  if (findings.length === 0) return [];
  return [heading, '', ...findings.map(({ title }) => `- ${plain(title)}.`), ''];
}
