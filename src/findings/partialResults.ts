import type { Finding } from '../model/findings';

/** The results of a run: a cell for each record with a result, summaries only of those that are kept in full. */
export interface KeptResults {
  readonly cells: { readonly size: number; has(record: number): boolean };
  readonly summaries: ReadonlyMap<number, unknown>;
}

/** A note that findings do not cover the whole run, where not all of its results are kept in full. */
export function partialResults({ cells, summaries }: KeptResults): Finding[] {
  let inFull = 0;
  for (const record of summaries.keys()) if (cells.has(record)) inFull++;
  if (inFull === cells.size) return [];
  return [
    {
      kind: 'in-part',
      severity: 'note',
      title: 'Findings are of a part of this large run',
      evidence: `The figures of ${inFull} of ${cells.size} records are kept in full: those of the layers looked at last. Non-finite values, dead channels, collapsed variance and what moved first are looked for in these; shifts and the map are of all.`,
      advice:
        'Choose a layer to have its records looked at, or export the report, which looks at every record.',
    },
  ];
}
