import { throwIfAborted } from '../protocol/abort';
import type { RankSpread, RecordSummary, RunningGap } from '../protocol/analysis';
import type { RecordEntry, RunCatalog } from '../protocol/catalog';
import type { AnalyseProgress } from '../protocol/kernelApi';
import { hasRunningStatistics } from '../protocol/learned';
import { toProblem } from '../protocol/problem';
import { allSeries, positionOf, recordAt, referenceOf, type Series, seriesOf } from '../protocol/series';
import { mapBounded } from '../run/concurrency';
import type { RecordSketch } from './analyseRecord';
import { rankSpread } from './rankSpread';
import { runningGap } from './runningGap';
import { recordOrder } from './series';
import { shiftBetween } from './shift';
import { openSketches, type RunOptions, type Workplace } from './sketches';
import { summarize } from './summary';

export interface AnalyseRunRequest extends RunOptions {
  /** Layer ids to compute first. */
  readonly focus: readonly number[];
  /** Records to leave out: their results are there already. */
  readonly known?: ReadonlySet<number>;
  /** Only these, in this order. */
  readonly records?: readonly number[];
  /** With every unit's statistics. */
  readonly statistics: boolean;
  /** Large records at the ends of a series are told from some of their samples, until they are there. */
  readonly estimates?: boolean;
}

/**
 * Computes every record's summary and its shift from the reference, and tells each as it is there. A record that
 * fails is told as a problem and the others go on. Throws only the signal's reason.
 */
export async function analyseRun(
  place: Workplace,
  request: AnalyseRunRequest,
  signal: AbortSignal,
  tell: (progress: AnalyseProgress) => void,
): Promise<{ done: number; failed: number }> {
  const { options, statistics } = request;
  const sketches = openSketches(place, request, signal);
  const order = orderOf(request);
  let done = 0;
  let failed = 0;
  try {
    await mapBounded(
      order,
      sketches.width,
      async ({ series, position }) => {
        const record = series[position];
        try {
          if (await tellCached(series, position, record)) {
            done++;
            return;
          }
          await tellEstimate(series, position, record);
          const sketch = await sketches.of(record, statistics);
          const spread = await spreadOf(record, sketch);
          const summary = summarize(record.id, sketch, options.percentiles);
          const gap = await gapOf(record, sketch);
          const full = {
            ...summary,
            ...(spread === undefined ? {} : { rankSpread: spread }),
            ...(gap === undefined ? {} : { runningGap: gap }),
          };
          tell({ kind: 'summary', summary: full });
          await tellShift(series, position, record, sketch, full);
          done++;
        } catch (error) {
          throwIfAborted(signal);
          failed++;
          const found = toProblem(error, record.file, record.tensor);
          // One that was thrown where only values were known has no place yet.
          const problem = found.path === '' ? { ...found, path: record.file } : found;
          tell({ kind: 'problem', record: record.id, problem });
        }
      },
      signal,
    );
    return { done, failed };
  } finally {
    await sketches.close();
  }

  /** What goes wrong with it is told of the whole record, or is no matter there. */
  async function tellEstimate(series: Series, position: number, record: RecordEntry): Promise<void> {
    const isEnd = position === 0 || position === series.length - 1;
    if (request.estimates !== true || !isEnd) return;
    const found = await sketches.estimate(record).catch(() => undefined);
    throwIfAborted(signal);
    if (found === undefined) return;
    const { sketch, samples, of } = found;
    const summary = summarize(record.id, sketch, options.percentiles);
    tell({ kind: 'summary', summary: { ...summary, estimate: { samples, of } } });
  }

  /** From the running statistics in the record's own file; those that cannot be read are no matter of this record. */
  async function gapOf(record: RecordEntry, sketch: RecordSketch): Promise<RunningGap | undefined> {
    const layer = request.catalog.layers[record.layer];
    if (!hasRunningStatistics(layer) || record.summarized === true) return undefined;
    const { running_mean, running_var } = layer.parameters ?? {};
    const { knobs } = sketches.knobbed(record);
    try {
      const keys = { runningMean: running_mean, runningVariance: running_var };
      const { learned } = await place.local.learned(record, { ...knobs, ...keys });
      return learned.mean && learned.variance && runningGap(sketch, learned.mean, learned.variance);
    } catch {
      return undefined;
    }
  }

  /** From the ranks' own sketches, which are needed anyway. */
  async function spreadOf(record: RecordEntry, sketch: RecordSketch): Promise<RankSpread | undefined> {
    if (record.parts === undefined) return undefined;
    const ranks: (readonly [number, RecordSketch])[] = [];
    for (const { rank } of record.parts) {
      const own = recordOfRank(request.catalog, record, rank);
      if (own !== undefined) ranks.push([rank, await sketches.of(own)]);
    }
    return rankSpread(sketch, ranks);
  }

  /** Tells what is on disk; false where that is not all. */
  async function tellCached(series: Series, position: number, record: RecordEntry): Promise<boolean> {
    const reference = referenceOf(series, position, options.reference);
    if (reference === undefined || statistics || place.disk === undefined) return false;
    const [of, from] = [sketches.knobbed(record), sketches.knobbed(reference)];
    const found = await place.disk.result(of, from, options.percentiles);
    throwIfAborted(signal);
    if (found === undefined) return false;
    tell({ kind: 'summary', summary: { record: record.id, ...found.summary } });
    tell({ kind: 'shift', shift: { record: record.id, reference: reference.id, methods: found.shift } });
    return true;
  }

  async function tellShift(
    series: Series,
    position: number,
    record: RecordEntry,
    sketch: RecordSketch,
    { record: _, ...summary }: RecordSummary,
  ): Promise<void> {
    const reference = referenceOf(series, position, options.reference);
    if (reference === undefined) return;
    try {
      const from = reference === record ? sketch : await sketches.of(reference);
      const shift = shiftBetween(from, sketch);
      tell({ kind: 'shift', shift: { record: record.id, reference: reference.id, methods: shift } });
      if (!statistics)
        place.disk?.keepResult(sketches.knobbed(record), sketches.knobbed(reference), options.percentiles, {
          summary,
          shift,
        });
    } catch {
      // The reference's own problem is told when its turn comes; this record only goes without a shift.
      throwIfAborted(signal);
    }
  }
}

function orderOf({ catalog, focus, known, records }: AnalyseRunRequest): ReturnType<typeof recordOrder> {
  if (records === undefined) {
    return recordOrder(allSeries(catalog), focus).filter(
      ({ series, position }) => known?.has(series[position].id) !== true,
    );
  }
  return records.flatMap((id) => {
    const record = catalog.records[id];
    const series = record === undefined ? [] : seriesOf(catalog, record.layer, record.variant);
    const position = record === undefined ? 0 : positionOf(series, record.step);
    // One whose file is gone by now is of no series.
    return series[position]?.id === id ? [{ series, position }] : [];
  });
}

/** The record of one of the ranks that a record is put together from. */
function recordOfRank(catalog: RunCatalog, together: RecordEntry, rank: number): RecordEntry | undefined {
  const { phase, call } = catalog.variants[together.variant];
  const variant = catalog.variants.findIndex(
    (each) => each.rank === rank && each.phase === phase && each.call === call,
  );
  return recordAt(seriesOf(catalog, together.layer, variant), together.step);
}
