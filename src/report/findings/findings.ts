import type { Finding } from '../../protocol/findings';
import { channelFindings } from './channels';
import { declaredFindings } from './declared';
import type { FindingsInput } from './input';
import { movedFirstFindings } from './movedFirst';
import { nonFiniteFindings } from './nonFinite';
import { rankFindings } from './ranks';

const SEVERITIES: readonly Finding['severity'][] = ['error', 'warning', 'note'];

/** Everything that is found wrong with a run from what was computed so far: errors first, then by step and layer. */
export function findingsOf(input: FindingsInput): readonly Finding[] {
  const all = [
    ...declaredFindings(input),
    ...nonFiniteFindings(input),
    ...channelFindings(input),
    ...rankFindings(input),
    ...movedFirstFindings(input),
  ];
  return all.sort(
    (a, b) =>
      SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
      (a.step ?? 0) - (b.step ?? 0) ||
      (a.layer ?? -1) - (b.layer ?? -1),
  );
}
