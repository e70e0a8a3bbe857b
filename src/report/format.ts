import { csvChunks } from './csv';
import { jsonChunks } from './json';
import { markdownChunks } from './markdown';
import type { Report } from './report';

export type ReportFormat = 'json' | 'csv' | 'md';
export const REPORT_FORMATS: readonly ReportFormat[] = ['json', 'csv', 'md'];

const WRITERS: Readonly<Record<ReportFormat, (report: Report) => Iterable<string>>> = {
  json: jsonChunks,
  csv: csvChunks,
  md: markdownChunks,
};

/** Characters of a piece, about: fewer make writing slow. */
const CHUNK = 1 << 16;

/**
 * Writes a report piece by piece: the text of a large one, with the statistics of every unit, is longer than a string can
 * be. It ends in a line break.
 */
export function* reportChunks(report: Report, format: ReportFormat): Generator<string> {
  let text = '';
  for (const chunk of WRITERS[format](report)) {
    text += chunk;
    if (text.length < CHUNK) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}

/** The text of a report that fits into one string. */
export function formatReport(report: Report, format: ReportFormat): string {
  return [...reportChunks(report, format)].join('');
}
