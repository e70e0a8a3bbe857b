import { t } from '@vscode/l10n';
import type { Finding } from '../model/findings';

/**
 * The results of a run: one cell per record with a result, but summaries only for the records that are kept in full.
 */
export interface KeptResults {
  readonly cells: { readonly size: number; has(record: number): boolean };
  readonly summaries: ReadonlyMap<number, unknown>;
}

/** Returns a note that the findings cover only part of the run, if not all results are kept in full. */
export function partialResults({ cells, summaries }: KeptResults): Finding[] {
  let inFull = 0;
  for (const record of summaries.keys()) if (cells.has(record)) inFull++;
  if (inFull === cells.size) return [];
  return [
    {
      kind: 'in-part',
      severity: 'note',
      layers: [],
      title: t('Findings cover only part of this run'),
      evidence: t(
        'This run is too large to keep in memory. {0} of {1} records are checked, from the layers you viewed last. The map covers all records.',
        inFull,
        cells.size,
      ),
      why: t('A problem in the other records does not show here.'),
      advice: t('Open a layer to check it, or export the report, which checks every record.'),
      refute: t('A report without further findings.'),
    },
  ];
}
