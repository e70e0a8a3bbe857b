import type { FileSystem } from '../io/fileSystem';
import { throwIfAborted } from '../protocol/abort';
import type { AnalysisOptions } from '../protocol/analysis';
import type { RecordEntry, RunCatalog } from '../protocol/catalog';
import type { AnalyseProgress } from '../protocol/kernelApi';
import { toProblem } from '../protocol/problem';
import { analyseRecord, type RecordSketch } from './analyseRecord';
import { knobsFor } from './knobs';
import { type OpenFiles, openFiles } from './openFiles';
import { openValues } from './recordValues';
import { recordOrder, referenceOf, type Series, seriesOf } from './series';
import { shiftBetween } from './shift';
import type { SketchCache } from './sketchCache';
import { summarize } from './summary';

export interface AnalyseRunRequest {
  /** How the cache tells runs apart. */
  readonly run: string;
  readonly catalog: RunCatalog;
  readonly options: AnalysisOptions;
  /** Layer ids to compute first. */
  readonly focus: readonly number[];
  /** Records to leave out: their results are there already. */
  readonly known?: ReadonlySet<number>;
  /** With every unit's statistics. */
  readonly statistics: boolean;
}

/** Where the kernel reads from and keeps what it computed. */
export interface Workplace {
  readonly fileSystem: FileSystem;
  readonly cache: SketchCache;
}

/**
 * Computes every record's summary and its shift from the reference, and tells each as it is there. A record that
 * fails is told as a problem and the others go on. Throws only the signal's reason.
 */
export async function analyseRun(
  { fileSystem, cache }: Workplace,
  request: AnalyseRunRequest,
  signal: AbortSignal,
  tell: (progress: AnalyseProgress) => void,
): Promise<{ done: number; failed: number }> {
  const { catalog, options } = request;
  const files = openFiles(fileSystem);
  let done = 0;
  let failed = 0;
  try {
    for (const { series, position } of recordOrder(seriesOf(catalog), request.focus)) {
      const record = series[position];
      if (request.known?.has(record.id)) continue;
      try {
        const sketch = await sketchOf(files, cache, request, record, request.statistics, signal);
        tell({ kind: 'summary', summary: summarize(record.id, sketch, options.percentiles) });
        await tellShift(series, position, sketch);
        done++;
      } catch (error) {
        throwIfAborted(signal);
        failed++;
        tell({ kind: 'problem', record: record.id, problem: toProblem(error, record.file, record.tensor) });
      }
    }
    return { done, failed };
  } finally {
    await files.closeAll();
  }

  async function tellShift(series: Series, position: number, sketch: RecordSketch): Promise<void> {
    const record = series[position];
    const reference = referenceOf(series, position, options.reference);
    if (reference === undefined) return;
    try {
      const from =
        reference === record ? sketch : await sketchOf(files, cache, request, reference, false, signal);
      tell({
        kind: 'shift',
        shift: { record: record.id, reference: reference.id, methods: shiftBetween(from, sketch) },
      });
    } catch {
      // The reference's own problem is told when its turn comes; this record only goes without a shift.
      throwIfAborted(signal);
    }
  }
}

/** One record's sketch, from the cache or from its file. */
export async function sketchOf(
  files: OpenFiles,
  cache: SketchCache,
  { run, catalog, options }: Pick<AnalyseRunRequest, 'run' | 'catalog' | 'options'>,
  record: RecordEntry,
  withUnits: boolean,
  signal: AbortSignal,
): Promise<RecordSketch> {
  const knobs = knobsFor(catalog.layers[record.layer], record.shape, options);
  const key = `${run}\n${record.id}\n${Object.values(knobs).join()}`;
  const kept = withUnits ? undefined : cache.get(key);
  if (kept !== undefined) return kept;
  const { axes, stream, close } = await openValues(files, record, knobs.layout, signal);
  try {
    const sketch = await analyseRecord(axes, stream, knobs, withUnits);
    if (!withUnits) cache.set(key, sketch);
    return sketch;
  } finally {
    await close();
  }
}
