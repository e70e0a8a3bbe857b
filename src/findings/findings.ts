import { type Finding, SEVERITIES } from '../model/findings';
import { type InTurns, withoutTurns } from '../model/inTurns';
import { channelAxisFindings } from './channelAxis';
import { channelFindings } from './channels';
import { collapsedFindings } from './collapsed';
import { nestConsequences } from './consequences';
import { declaredFindings } from './declared';
import { depthFindings } from './depth';
import type { Candidate, Detector } from './detector';
import { withDivergence } from './divergence';
import { formulaFindings } from './formula';
import { byPlace, joinCandidates } from './groups';
import { growthFindings } from './growth';
import type { FindingsInput } from './input';
import { inputScaleFindings } from './inputScale';
import { massiveFindings } from './massive';
import { measureInTurns } from './measured';
import { modeFindings } from './mode';
import { movedFirstFindings } from './movedFirst';
import { nonFiniteFindings } from './nonFinite';
import { numberFormatFindings } from './numberFormat';
import { rankDataFindings } from './rankData';
import { rankParameterFindings } from './rankParameters';
import { rankFindings } from './ranks';
import { recordedTwiceFindings } from './recordedTwice';
import { runningStatisticsFindings } from './runningStatistics';
import { runsPartFindings } from './runsPart';
import { saturationFindings } from './saturation';
import { signalFindings } from './signal';
import { smallBatchFindings } from './smallBatch';
import { smallUnitFindings } from './smallUnits';

const DETECTORS: readonly Detector[] = [
  declaredFindings,
  formulaFindings,
  nonFiniteFindings,
  growthFindings,
  depthFindings,
  signalFindings,
  inputScaleFindings,
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
  runsPartFindings,
];

/** Time in milliseconds between pauses. A frame has 16 ms, and the work after a pause may take some of it. */
const SLICE = 5;

/**
 * Returns all findings of a run from the results computed so far, one per cause. Sorted by severity (most severe
 * first), then by step and layer.
 */
export function findingsOf(input: FindingsInput): readonly Finding[] {
  return withoutTurns(findings(input));
}

/**
 * Same as {@link findingsOf}, but calls `turn` whenever `slice` milliseconds have passed, because the findings of a
 * large run take longer than a frame.
 */
export async function findingsInTurns(
  input: FindingsInput,
  turn: () => Promise<void>,
  slice = SLICE,
): Promise<readonly Finding[]> {
  const work = findings(input);
  let started = performance.now();
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
    if (performance.now() - started < slice) continue;
    await turn();
    started = performance.now();
  }
}

/** Yields where other work can run. */
function* findings(input: FindingsInput): InTurns<readonly Finding[]> {
  yield* measureInTurns(input);
  const candidates: Candidate[] = [];
  for (const detect of DETECTORS) {
    const found = detect(input);
    candidates.push(...('next' in found ? yield* found : found));
    yield;
  }
  const joined = joinCandidates(input.catalog, candidates).map((each) => withDivergence(input, each));
  yield;
  return inOrder(nestConsequences(input.catalog, joined));
}

function inOrder(all: readonly Finding[]): readonly Finding[] {
  // Who compares two runs asks first where they part.
  const rank = ({ kind }: Finding) => (kind === 'runs-part' ? 0 : 1);
  return [...all].sort(
    (a, b) =>
      SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || rank(a) - rank(b) || byPlace(a, b),
  );
}
