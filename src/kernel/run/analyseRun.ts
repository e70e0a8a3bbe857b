import type { RecordSummary } from '../../model/analysis';
import type { LayerEntry, RecordEntry, RunCatalog } from '../../model/catalog';
import { type InTurns, inTurns } from '../../model/inTurns';
import { isDefect, toProblem } from '../../model/problem';
import { allSeries, positionOf, recordAt, seriesOf } from '../../model/series';
import type { AnalyseProgress } from '../../protocol/kernelApi';
import { isAbortError, throwIfAborted } from '../../rpc/abort';
import { mapBounded } from '../../rpc/mapBounded';
import { turns, withTurns } from '../../rpc/turns';
import type { CachedRecords } from '../cache/cachedRecords';
import { rankSpread } from '../figures/rankSpread';
import { summarize } from '../figures/summary';
import type { RecordSketch } from '../record/recordSketch';
import { bytesOf, isFailed, isSmall, type SketchOutcome } from '../workers/computeRecord';
import { gapOf, rankParametersOf, withZeroScale } from './parameterFigures';
import { type Place, recordOrder } from './recordOrder';
import { openReferences } from './references';
import { type KernelContext, openSketchStore, type RunOptions } from './sketchStore';
import { storageOf } from './storage';

export interface AnalyseRunRequest extends RunOptions {
  /** Layer ids to compute first. */
  readonly focus: readonly number[];
  /** Records to skip because their results are already known. */
  readonly known?: ReadonlySet<number>;
  /** If present, compute only these records, in this order. */
  readonly records?: readonly number[];
  /** Whether to include the statistics of every unit. */
  readonly statistics: boolean;
  /** Whether to report large records at the ends of a series from some of their samples until they are complete. */
  readonly estimates?: boolean;
}

/** The figures of a summary that are added to those of the sketch. */
type AddedFigures = {
  -readonly [Key in
    | 'storage'
    | 'rankSpread'
    | 'runningGap'
    | 'channelHealth'
    | 'rankParameters']?: RecordSummary[Key];
};

/**
 * Computes every record's summary and its shift from the reference, and reports each when it is ready. A record that
 * fails is reported as a problem, and the others continue. Rejects only with the signal's reason.
 */
export async function analyseRun(
  context: KernelContext,
  request: AnalyseRunRequest,
  signal: AbortSignal,
  tell: (progress: AnalyseProgress) => void,
): Promise<{ done: number; failed: number }> {
  const { options, statistics } = request;
  const sketches = openSketchStore(context, request, signal);
  const references = openReferences(context, request, sketches, signal);
  const turn = turns();
  let done = 0;
  let failed = 0;
  try {
    const order = await withTurns(orderOf(request), signal);
    const batches = await withTurns(inBatches(order, sketches.width), signal);
    await mapBounded(batches, sketches.width, analyseBatch, signal);
    return { done, failed };
  } finally {
    await references.close();
    await sketches.close();
  }

  /** Computes records together and reports each individually. */
  async function analyseBatch(batch: readonly Place[]): Promise<void> {
    const missing = await notCached(batch);
    done += batch.length - missing.length;
    if (missing.length === 1) await tellEstimate(missing[0]);
    const outcomes = await sketches.ofEach(missing.map(recordOf), statistics);
    for (const [i, place] of missing.entries()) {
      // Compute workers may answer sooner than results are reported, so there are always answers to take in.
      await turn();
      await analyseOne(place, outcomes[i]);
    }
  }

  /** Reports the results that are in the disk cache. Returns the other records. */
  async function notCached(batch: readonly Place[]): Promise<readonly Place[]> {
    const { disk } = context;
    if (disk === undefined || statistics) return batch;
    const cached = await Promise.all(batch.map((place) => tellCached(disk, place)));
    return batch.filter((_, i) => !cached[i]);
  }

  async function analyseOne(place: Place, outcome: SketchOutcome): Promise<void> {
    const record = recordOf(place);
    try {
      throwIfAborted(signal);
      if (isFailed(outcome)) throw outcome.error;
      const summary = summarize(record.id, outcome, options.percentiles);
      const storage = storageOf(record, outcome);
      if (storage !== undefined) summary.storage = storage;
      const layer = request.catalog.layers[record.layer];
      if (record.parts !== undefined) await addRankSpread(summary, record, outcome);
      if (layer.parameters !== undefined) await addParameterFigures(summary, layer, record, outcome);
      tell({ kind: 'summary', summary });
      const reference = references.of(place.series, place.position);
      if (reference !== undefined) await tellShift(reference, record, outcome, summary);
      done++;
    } catch (error) {
      throwIfAborted(signal);
      failed++;
      const found = toProblem(error, record.file, record.tensor);
      // A problem raised where only values were known has no path yet.
      const problem = found.path === '' ? { ...found, path: record.file } : found;
      tell({ kind: 'problem', record: record.id, problem });
    }
  }

  /** Reports an estimate. If it fails, the failure occurs again for the whole record, or does not matter there. */
  async function tellEstimate({ series, position }: Place): Promise<void> {
    const record = series[position];
    const isEnd = position === 0 || position === series.length - 1;
    if (request.estimates !== true || !isEnd) return;
    const found = await sketches.estimate(record).catch(goOnWithout);
    throwIfAborted(signal);
    if (found === undefined) return;
    const { sketch, samples, of } = found;
    const summary = summarize(record.id, sketch, options.percentiles);
    tell({ kind: 'summary', summary: { ...summary, estimate: { samples, of } } });
  }

  /**
   * Figures that depend on parameters in the records' files. If parameters cannot be read, the record itself is still
   * valid.
   */
  async function addParameterFigures(
    summary: AddedFigures,
    layer: LayerEntry,
    record: RecordEntry,
    sketch: RecordSketch,
  ): Promise<void> {
    const reading = { work: context.local, recordOptions: sketches.withOptions(record).recordOptions };
    const gap = await gapOf(reading, layer, record, sketch).catch(goOnWithout);
    if (gap !== undefined) summary.runningGap = gap;
    const health = await withZeroScale(reading, layer, record, summary.channelHealth).catch(goOnWithout);
    if (health !== undefined) summary.channelHealth = health;
    if (record.parts === undefined) return;
    const ranks = await rankParametersOf(reading, layer, ranksOf(record)).catch(goOnWithout);
    if (ranks !== undefined) summary.rankParameters = ranks;
  }

  /** Skips an additional figure that fails, and reports a defect. */
  function goOnWithout(error: unknown): undefined {
    if (isDefect(error) && !isAbortError(error)) context.onDefect(error);
    return undefined;
  }

  /** Computes the spread from the ranks' own sketches, which are needed anyway. */
  async function addRankSpread(
    summary: AddedFigures,
    record: RecordEntry,
    sketch: RecordSketch,
  ): Promise<void> {
    const ranks: (readonly [number, RecordSketch])[] = [];
    for (const [rank, own] of ranksOf(record)) ranks.push([rank, await sketches.of(own)]);
    const spread = rankSpread(sketch, ranks);
    if (spread !== undefined) summary.rankSpread = spread;
  }

  /** Returns the records of the ranks that make up a combined record. */
  function ranksOf(record: RecordEntry): readonly (readonly [rank: number, record: RecordEntry])[] {
    return (record.parts ?? []).flatMap(({ rank }) => {
      const own = recordOfRank(request.catalog, record, rank);
      return own === undefined ? [] : [[rank, own] as const];
    });
  }

  /** Reports results from the disk cache. Returns false if some are missing. */
  async function tellCached(disk: CachedRecords, { series, position }: Place): Promise<boolean> {
    const record = series[position];
    const reference = references.of(series, position);
    if (reference === undefined) return false;
    const [of, from] = [sketches.withOptions(record), references.sources(reference)];
    const found = await disk.result(of, from, options.percentiles);
    throwIfAborted(signal);
    if (found === undefined) return false;
    tell({ kind: 'summary', summary: { record: record.id, ...found.summary } });
    tell({ kind: 'shift', shift: { record: record.id, reference: reference.id, methods: found.shift } });
    return true;
  }

  async function tellShift(
    reference: RecordEntry,
    record: RecordEntry,
    sketch: RecordSketch,
    full: RecordSummary,
  ): Promise<void> {
    const kept = reference === record ? sketch : references.sketches.kept(reference);
    const from = kept ?? (await referenceSketch(reference));
    if (from === undefined) return;
    const shift = await references.shift(reference, from, sketch);
    tell({ kind: 'shift', shift: { record: record.id, reference: reference.id, methods: shift } });
    if (statistics || context.disk === undefined) return;
    const { record: _, ...summary } = full;
    const [of, sources] = [sketches.withOptions(record), references.sources(reference)];
    context.disk.keepResult(of, sources, options.percentiles, { summary, shift });
  }

  /** Undefined if it has a problem, which is reported with the reference; the records just have no shift. */
  async function referenceSketch(reference: RecordEntry): Promise<RecordSketch | undefined> {
    const sketch = await references.sketches.of(reference).catch(() => undefined);
    throwIfAborted(signal);
    return sketch;
  }
}

function recordOf({ series, position }: Place): RecordEntry {
  return series[position];
}

/** Maximum number, and bytes, of small records in a batch: a few milliseconds of work for a compute worker. */
const BATCH = 32;
const BATCH_BYTES = 1 << 21;
/** Bytes that take no time to speak of. */
const LEAST_BYTES = 1 << 16;
/** Minimum number of batches per place at the compute workers, so that all of them finish at about the same time. */
const ROUNDS = 4;

/**
 * Groups consecutive small records to be computed together; every other record is computed separately. The first batches
 * are small and grow, because a person waits for the first results.
 */
function* inBatches(order: readonly Place[], width: number): InTurns<readonly (readonly Place[])[]> {
  let all = 0;
  yield* inTurns(order, (place) => {
    all += bytesOf(recordOf(place));
  });
  const most = Math.min(BATCH_BYTES, Math.max(LEAST_BYTES, all / (ROUNDS * width)));
  const batches: Place[][] = [];
  let small: Place[] = [];
  let bytes = 0;
  yield* inTurns(order, (place) => {
    const record = recordOf(place);
    if (!isSmall(record)) {
      batches.push([place]);
      small = [];
      return;
    }
    const own = bytesOf(record);
    const atMost = Math.min(most, LEAST_BYTES * 2 ** Math.floor((batches.length - 1) / width));
    if (small.length === 0 || small.length >= BATCH || bytes + own > atMost) {
      small = [];
      bytes = 0;
      batches.push(small);
    }
    small.push(place);
    bytes += own;
  });
  return batches;
}

function* orderOf({ catalog, focus, known, records }: AnalyseRunRequest): InTurns<readonly Place[]> {
  if (records === undefined) {
    const all = yield* recordOrder(allSeries(catalog), focus);
    yield;
    return all.filter(({ series, position }) => known?.has(series[position].id) !== true);
  }
  return records.flatMap((id) => {
    const record = catalog.records[id];
    const series = record === undefined ? [] : seriesOf(catalog, record.layer, record.variant);
    const position = record === undefined ? 0 : positionOf(series, record.step);
    // A record whose file was deleted belongs to no series.
    return series[position]?.id === id ? [{ series, position }] : [];
  });
}

/** Returns one rank's record among those that make up a combined record. */
function recordOfRank(catalog: RunCatalog, together: RecordEntry, rank: number): RecordEntry | undefined {
  const { phase, call } = catalog.variants[together.variant];
  const variant = catalog.variants.findIndex(
    (each) => each.rank === rank && each.phase === phase && each.call === call,
  );
  return recordAt(seriesOf(catalog, together.layer, variant), together.step);
}
