import type { Finding } from '../model/findings';
import { channelFindings } from './channels';
import { declaredFindings } from './declared';
import type { FindingsInput } from './input';
import { movedFirstFindings } from './movedFirst';
import { nonFiniteFindings } from './nonFinite';
import { rankFindings } from './ranks';

const SEVERITIES: readonly Finding['severity'][] = ['error', 'warning', 'note'];

const KINDS: readonly ((input: FindingsInput) => readonly Finding[])[] = [
  declaredFindings,
  nonFiniteFindings,
  channelFindings,
  rankFindings,
  movedFirstFindings,
];

/** Everything that is found wrong with a run from what was computed so far: errors first, then by step and layer. */
export function findingsOf(input: FindingsInput): readonly Finding[] {
  return sorted(KINDS.flatMap((find) => find(input)));
}

/** The same, with a turn for others after each kind: of a large run all of them take longer than a frame. */
export async function findingsInTurns(
  input: FindingsInput,
  turn: () => Promise<void>,
): Promise<readonly Finding[]> {
  const all: Finding[] = [];
  for (const find of KINDS) {
    all.push(...find(input));
    await turn();
  }
  return sorted(all);
}

function sorted(all: Finding[]): readonly Finding[] {
  return all.sort(
    (a, b) =>
      SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
      (a.step ?? 0) - (b.step ?? 0) ||
      (a.layer ?? -1) - (b.layer ?? -1),
  );
}
