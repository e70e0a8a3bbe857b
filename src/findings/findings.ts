import { type Finding, SEVERITIES } from '../model/findings';
import { channelAxisFindings } from './channelAxis';
import { channelFindings } from './channels';
import { collapsedFindings } from './collapsed';
import { nestConsequences } from './consequences';
import { declaredFindings } from './declared';
import { depthFindings } from './depth';
import { type Candidate, type Detector, withoutTurns } from './detector';
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
];

/** Milliseconds of work after which others get a turn: a frame has 16, and what comes next may take some. */
const SLICE = 5;

/**
 * Everything that is found wrong with a run from what was computed so far, one finding a cause, in the order in which to
 * look at them: the gravest first, then by step and layer.
 */
export function findingsOf(input: FindingsInput): readonly Finding[] {
  return withoutTurns(findings(input));
}

/** The same, with a turn for others whenever `slice` milliseconds have passed: of a large run all of it takes longer than a frame. */
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

/** Yields wherever others may have a turn. */
function* findings(input: FindingsInput): Generator<undefined, readonly Finding[]> {
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
  return [...all].sort(
    (a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || byPlace(a, b),
  );
}
