import { t } from '@vscode/l10n';
import { variantLabel } from '../model/catalog';
import { knobsText } from '../model/knobs';
import { slopeText, widthWords } from '../model/widthWords';
import type { CoordinateLayer, CoordinateReport } from './coordinateReport';
import { csvLine } from './csv';
import type { ReportFormat } from './format';
import { code, plain } from './markdownText';

/** The text of a check of coordinates. */
export function coordinateText(report: CoordinateReport, format: ReportFormat): string {
  switch (format) {
    case 'json':
      return `${JSON.stringify(report, null, 2)}\n`;
    case 'csv':
      return csv(report);
    case 'md':
      return markdown(report);
  }
}

/** One line for each layer, step and run. */
function csv({ runs, layers }: CoordinateReport): string {
  const header = [
    ...['layer', 'phase', 'rank', 'call', 'step', 'run', 'width', 'size', 'change'],
    ...['sizeSlope', 'sizeMargin', 'sizeTrend', 'changeSlope', 'changeMargin', 'changeTrend'],
  ];
  const lines = layers.flatMap((layer) =>
    layer.steps.flatMap(({ step, ...of }, i) => {
      const slopes = [of.size, of.change].flatMap((slope) => [slope?.slope, slope?.margin, slope?.trend]);
      const { phase, rank, ranks, call } = layer;
      return layer.runs.map(({ run, width, size, change }) =>
        csvLine([
          ...[layer.layer, phase, ranks === undefined ? rank : 'all', call, step, runs[run].name, width],
          ...[size[i], change[i], ...slopes],
        ]),
      );
    }),
  );
  return [csvLine(header), ...lines].join('');
}

function markdown({ runs, problems, layers }: CoordinateReport): string {
  const header = [t('layer'), t('step'), t('slope of |h|'), t('slope of the change'), t('in words')];
  const lines = [
    `# ${t('Coordinate check of {0} runs', runs.length)}`,
    '',
    plain(
      t(
        'Mean |h| of each layer, and of its change since the first step, against width: size ∝ width^slope. A µP network stays flat (Yang et al. 2022, appendix D.1).',
      ),
    ),
    '',
    ...runs.map(({ name, width, knobs = {} }) =>
      [
        '-',
        `${code(name)}:`,
        plain([t('width {0}', width), knobsText(knobs, others(knobs))].filter(Boolean).join(' · ')),
      ].join(' '),
    ),
    '',
    ...problems.map(({ path, message }) => `- ${code(path)}: ${plain(message)}`),
    ...(problems.length > 0 ? [''] : []),
    `| ${header.map(plain).join(' | ')} |`,
    '| --- | --- | --- | --- | --- |',
  ];
  for (const layer of layers) lines.push(...rows(layer));
  const reasons = [...new Set(layers.flatMap((layer) => layer.reasons))];
  return `${[...lines, ...reasons.flatMap((reason) => ['', plain(reason)])].join('\n')}\n`;
}

function others(knobs: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.keys(knobs).filter((name) => name !== 'width');
}

function rows(layer: CoordinateLayer): readonly string[] {
  const label = variantLabel(layer);
  const name = plain(label === '' ? layer.layer : `${layer.layer} (${label})`);
  return layer.steps.map(({ step, size, change }, i) => {
    const cells = [size, change].map((slope) => (slope === undefined ? '–' : slopeText(slope)));
    const words = i === 0 ? widthWords(size) : t('|h| {0}; change {1}', widthWords(size), widthWords(change));
    return `| ${[name, step, ...cells, plain(words)].join(' | ')} |`;
  });
}
