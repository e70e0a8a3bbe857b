import type { RecordSummary } from '../model/analysis';
import type { Diagnosis } from '../model/findings';
import { layerFormulas } from '../model/layerFormulas';
import { findingsInTurns } from './findings';
import type { FindingsInput } from './input';
import { verdictOf } from './verdict';

/** Number of summaries to copy in one slice: about a millisecond. */
const COPIED_AT_ONCE = 4000;

/**
 * Computes the findings, the verdict, and the formulas of a run. Ignores estimates, which cover only part of a
 * record. Calls `turn` at least every `slice` milliseconds so that other work can run.
 */
export async function diagnosisInTurns(
  input: FindingsInput,
  turn: () => Promise<void>,
  slice?: number,
): Promise<Diagnosis> {
  const summaries = new Map<number, RecordSummary>();
  let seen = 0;
  for (const [record, summary] of input.summaries) {
    if (summary.estimate === undefined) summaries.set(record, summary);
    if (++seen % COPIED_AT_ONCE === 0) await turn();
  }
  await turn();
  const findings = await findingsInTurns({ ...input, summaries }, turn, slice);
  await turn();
  return {
    verdict: verdictOf(input.catalog, findings, summaries.keys()),
    findings,
    formulas: layerFormulas(input.catalog, input.checks.values()),
  };
}
