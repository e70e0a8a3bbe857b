import { findingsOf } from '../findings/findings';
import { checkRun } from '../kernel/check/checkRun';
import { analyseRun } from '../kernel/run/analyseRun';
import { compareRuns } from '../kernel/run/compareRuns';
import type { KernelContext, ReferenceRuns, RunOptions } from '../kernel/run/sketchStore';
import type { OpenFiles } from '../kernel/tensor/openFiles';
import type { RecordShift, RecordSummary } from '../model/analysis';
import type { RunCatalog } from '../model/catalog';
import type { LayerCheck } from '../model/check';
import { compactResults } from '../model/compactResults';
import type { RecordComparison } from '../model/comparison';
import type { Finding } from '../model/findings';
import { isOtherRun, type Reference } from '../model/reference';
import { runKey } from '../model/runKey';
import type { ComparedReport } from './comparisonReport';

/** Opens the run that is the reference, and those of its kind: by their keys. Empty if a step is. */
export async function openOthers(
  reference: Reference,
  open: (roots: readonly string[]) => Promise<RunCatalog>,
): Promise<ReadonlyMap<string, RunCatalog>> {
  const others = new Map<string, RunCatalog>();
  if (!isOtherRun(reference)) return others;
  for (const roots of [reference.roots, ...(reference.group ?? [])])
    others.set(runKey(roots), await open(roots));
  return others;
}

/** An opened run with its key. */
export function keyedRun(
  runs: ReadonlyMap<string, RunCatalog>,
  roots: readonly string[],
): { readonly run: string; readonly catalog: RunCatalog } {
  const run = runKey(roots);
  const catalog = runs.get(run);
  if (catalog === undefined) throw new Error(`The run ${run} was not opened.`);
  return { run, catalog };
}

/** Compares a run with the one that is its reference, and looks for the findings of that one alone. */
export async function comparedReport(
  kernel: KernelContext,
  files: OpenFiles,
  run: RunOptions & { readonly other: ReferenceRuns },
  signal: AbortSignal,
  onDefect: (error: unknown) => void,
): Promise<ComparedReport> {
  const comparisons: RecordComparison[] = [];
  await compareRuns(kernel, run, signal, (comparison) => void comparisons.push(comparison));
  const otherFindings = await findingsAlone(kernel, files, run.other.run, signal, onDefect);
  return {
    join: run.other.join,
    group: run.other.group.map((each) => each.run.catalog),
    comparisons,
    otherFindings,
  };
}

/** The findings of a run whose problems its own report tells. */
async function findingsAlone(
  kernel: KernelContext,
  files: OpenFiles,
  run: RunOptions,
  signal: AbortSignal,
  onDefect: (error: unknown) => void,
): Promise<readonly Finding[]> {
  const { catalog } = run;
  const options = { ...run.options, reference: 'first' } as const;
  const compact = compactResults();
  const summaries = new Map<number, RecordSummary>();
  const shifts = new Map<number, RecordShift>();
  const checks = new Map<number, LayerCheck>();
  await analyseRun(kernel, { ...run, options, focus: [], statistics: false }, signal, (progress) => {
    if (progress.kind === 'summary')
      summaries.set(progress.summary.record, compact.summary(progress.summary));
    else if (progress.kind === 'shift') shifts.set(progress.shift.record, compact.shift(progress.shift));
  });
  await checkRun(
    files,
    catalog,
    options,
    new Map(),
    signal,
    (check) => checks.set(check.record, check),
    onDefect,
  );
  return findingsOf({ catalog, summaries, shifts, checks, isComplete: true });
}
