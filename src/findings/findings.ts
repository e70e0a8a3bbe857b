import type { Finding } from '../model/findings';
import { channelAxisFindings } from './channelAxis';
import { channelFindings } from './channels';
import { collapsedFindings } from './collapsed';
import { declaredFindings } from './declared';
import { depthFindings } from './depth';
import { growthFindings } from './growth';
import type { FindingsInput } from './input';
import { massiveFindings } from './massive';
import { modeFindings } from './mode';
import { movedFirstFindings } from './movedFirst';
import { nonFiniteFindings } from './nonFinite';
import { numberFormatFindings } from './numberFormat';
import { rankDataFindings } from './rankData';
import { rankParameterFindings } from './rankParameters';
import { rankFindings } from './ranks';
import { recordedTwiceFindings } from './recordedTwice';
import { runningStatisticsFindings } from './runningStatistics';
import { saturationFindings } from './saturation';
import { smallBatchFindings } from './smallBatch';
import { smallUnitFindings } from './smallUnits';

const SEVERITIES: readonly Finding['severity'][] = ['error', 'warning', 'note'];

const KINDS: readonly ((input: FindingsInput) => readonly Finding[])[] = [
  declaredFindings,
  nonFiniteFindings,
  growthFindings,
  depthFindings,
  saturationFindings,
  channelFindings,
  collapsedFindings,
  massiveFindings,
  smallUnitFindings,
  smallBatchFindings,
  runningStatisticsFindings,
  modeFindings,
  rankFindings,
  rankDataFindings,
  rankParameterFindings,
  numberFormatFindings,
  channelAxisFindings,
  recordedTwiceFindings,
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
