import type { FileSystem } from '../io/fileSystem';
import { checkRun } from '../kernel/check/checkRun';
import { analyseRun } from '../kernel/run/analyseRun';
import { referenceRuns } from '../kernel/run/references';
import { kernelContext } from '../kernel/run/sketchStore';
import { openFiles } from '../kernel/tensor/openFiles';
import { bytesOf } from '../kernel/workers/computeRecord';
import type { WorkerPool } from '../kernel/workers/workerPool';
import type { AnalysisOptions, RecordShift, RecordSummary } from '../model/analysis';
import type { RunCatalog } from '../model/catalog';
import type { LayerCheck } from '../model/check';
import { compactResults } from '../model/compactResults';
import { type Problem, toProblem } from '../model/problem';
import { runKey } from '../model/runKey';
import { openLiveRun } from '../run/liveRun';
import { ArgumentError, type Arguments } from './arguments';
import { comparedReport, keyedRun, openOthers } from './compareReports';
import { buildReport, type Report, type ReportInput } from './report';

/** Budget for sketches; those of the reference steps matter most. */
const MEMORY_BUDGET = 64 * 2 ** 20;

/** Bytes of a run's tensors from which starting workers takes less time than they save. */
const POOL_BYTES = 8 * 2 ** 20;

export type ReportOptions = Pick<Arguments, 'options' | 'layouts' | 'statistics'>;

export interface ReportContext {
  /** Gets the number of records that are done, and of all records. */
  onRecord?(done: number, total: number): void;
  /** Gets each problem with its cause. */
  onProblem?(problem: Problem): void;
  /** Starts workers, if there are any. They are stopped at the end. */
  openPool?(): WorkerPool | undefined;
}

/**
 * Computes the report of the run at `roots` (URIs) with the panel's code. Throws ArgumentError if the run lacks a layer
 * or step that the arguments name.
 */
export async function reportRun(
  fileSystem: FileSystem,
  roots: readonly string[],
  options: ReportOptions,
  context: ReportContext = {},
): Promise<Report> {
  return buildReport(await computeReport(fileSystem, roots, options, context));
}

/** Computes what {@link buildReport} makes the report of; throws as {@link reportRun} does. */
export async function computeReport(
  fileSystem: FileSystem,
  roots: readonly string[],
  { options, layouts, statistics }: ReportOptions,
  { onRecord = () => {}, onProblem = () => {}, openPool = () => undefined }: ReportContext = {},
): Promise<ReportInput> {
  const signal = new AbortController().signal;
  const open = (of: readonly string[]) => openLiveRun(fileSystem, of, { signal, readings: options.readings });
  const { catalog, curves } = await open(roots);
  checkReference(catalog, options);
  const others = await openOthers(options.reference, async (of) => (await open(of)).catalog);
  const chosen = { ...options, layouts: layoutsByFullName(catalog, layouts) };
  const compact = compactResults();
  const summaries: RecordSummary[] = [];
  const shifts: RecordShift[] = [];
  const problems: Problem[] = [];
  const onDefect = (error: unknown) => onProblem(toProblem(error, ''));
  const checks: LayerCheck[] = [];
  const files = openFiles(fileSystem);
  const bytes = catalog.records.reduce((sum, record) => sum + bytesOf(record), 0);
  const pool = bytes < POOL_BYTES ? undefined : openPool();
  try {
    const kernel = kernelContext(fileSystem, {
      memoryBudget: MEMORY_BUDGET,
      keepsStatistics: false,
      pool,
      onDefect,
    });
    const run = { run: runKey(roots), catalog, options: chosen };
    const other = referenceRuns(run, (of) => keyedRun(others, of));
    // While compute workers analyze records, this thread checks layers.
    await Promise.all([
      analyseRun(kernel, { ...run, other, focus: [], statistics }, signal, (progress) => {
        if (progress.kind === 'shift') shifts.push(compact.shift(progress.shift));
        else if (progress.kind === 'problem') {
          problems.push(progress.problem);
          onProblem(progress.problem);
        } else onRecord(summaries.push(compact.summary(progress.summary)), catalog.records.length);
      }),
      checkRun(files, catalog, chosen, new Map(), signal, (check) => checks.push(check), onDefect),
    ]);
    const comparison = other && (await comparedReport(kernel, files, { ...run, other }, signal, onDefect));
    return { catalog, options: chosen, summaries, shifts, problems, checks, scalars: curves, comparison };
  } finally {
    pool?.dispose();
    await files.closeAll();
  }
}

/** A step that no layer has would silently omit every shift. */
function checkReference({ steps }: RunCatalog, { reference }: AnalysisOptions): void {
  if (typeof reference !== 'number' || steps.length === 0 || steps.includes(reference)) return;
  throw new ArgumentError(
    `--reference ${reference}: the run has no such step. It has: ${abbreviated(steps.map(String))}.`,
  );
}

/** `--layout` takes a layer's short or full name. */
function layoutsByFullName(
  { layers }: RunCatalog,
  layouts: ReadonlyMap<string, string>,
): Record<string, string> {
  const byFullName: [string, string][] = [];
  for (const [name, layout] of layouts) {
    const layer = layers.find((each) => each.fullName === name) ?? layers.find((each) => each.name === name);
    if (layer === undefined) {
      throw new ArgumentError(
        `--layout ${name}=${layout}: the run has no such layer. It has: ${abbreviated(layers.map((each) => each.fullName))}.`,
      );
    }
    byFullName.push([layer.fullName, layout]);
  }
  return Object.fromEntries(byFullName);
}

/** The names, without those in the middle if there are many. */
function abbreviated(names: readonly string[]): string {
  return (names.length > 20 ? [...names.slice(0, 10), '…', ...names.slice(-10)] : names).join(', ');
}
