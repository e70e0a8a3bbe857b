import type { RecordSummary } from '../model/analysis';
import type { Diagnosis } from '../model/findings';
import { findingsInTurns } from './findings';
import type { FindingsInput } from './input';
import { verdictOf } from './verdict';

/**
 * The findings of a run and its verdict. Estimates, which are of a part of a record, are left out. `turn` is called
 * whenever others may have a turn, at the latest some milliseconds after the last time; `slice`: how many.
 */
export async function diagnosisInTurns(
  input: FindingsInput,
  turn: () => Promise<void>,
  slice?: number,
): Promise<Diagnosis> {
  const summaries = new Map<number, RecordSummary>();
  for (const [record, summary] of input.summaries)
    if (summary.estimate === undefined) summaries.set(record, summary);
  await turn();
  const findings = await findingsInTurns({ ...input, summaries }, turn, slice);
  await turn();
  return { verdict: verdictOf(input.catalog, findings, summaries.keys()), findings };
}
