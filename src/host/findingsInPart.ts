import type { Finding } from '../protocol/findings';
import type { Results } from './results';

/** Says of a run whose results are not all kept in full that findings are not of all; nothing of others. */
export function findingsInPart({ cells, summaries }: Pick<Results, 'cells' | 'summaries'>): Finding[] {
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
