import type { FileSystem } from '../../io/fileSystem';
import type { Method } from '../../model/analysis';
import type { RecordEntry } from '../../model/catalog';
import { type Problem, toProblem } from '../../model/problem';
import { isAbortError } from '../../rpc/abort';
import { turns } from '../../rpc/turns';
import { type ComparedRecords, compareRecords, type FoundComparison } from '../compare/compareRecords';
import type { LayerParameters } from '../methods/layerParameters';
import { readLayerParameters } from '../methods/readLayerParameters';
import type { RecordOptions } from '../methods/recordOptions';
import { computeSketch, computeStatistics } from '../record/computeSketch';
import { deriveSketch } from '../record/deriveSketch';
import { packSketch, type SentSketch } from '../record/packedSketch';
import type { RecordSketch } from '../record/recordSketch';
import {
  mergeStatistics,
  releaseStatistics,
  type SufficientStatistics,
  statisticsBytes,
} from '../record/sufficientStatistics';
import { openFiles } from '../tensor/openFiles';
import type { Samples } from '../tensor/recordValues';

/** A record to be computed, and what its statistics are kept under. */
export interface SketchJob {
  readonly record: RecordEntry;
  readonly recordOptions: RecordOptions;
  readonly withUnits: boolean;
  /** The only method that the sketch needs to have; absent for all. */
  readonly only?: Method;
  /** Whether there is room to keep its statistics. */
  readonly keeps: boolean;
  /** What the options' keys stand for. */
  readonly parameters: LayerParameters;
  readonly statisticsKey: string;
}

/** A computed sketch, to be sent. */
export interface ComputedSketch {
  readonly sketch: SentSketch;
  /** Bytes of the kept statistics; 0 if there are none. */
  readonly kept: number;
}

/** Of one of several records that are computed together. */
export type ComputeResult = ComputedSketch | { readonly problem: Problem };

/** The work of one thread on records: it reads their files and keeps their statistics until they are dropped. */
export interface RecordWork {
  /** Processes jobs in order; a failed one does not affect the others. Rejects only if aborted. */
  compute(jobs: readonly SketchJob[], signal: AbortSignal): Promise<readonly ComputeResult[]>;
  /** Measures some of a record's samples and keeps nothing; undefined where statistics are not to be had. */
  measure(
    record: RecordEntry,
    recordOptions: RecordOptions,
    samples: Samples,
    signal: AbortSignal,
  ): Promise<SufficientStatistics | undefined>;
  /** The sketch of some of a record's samples alone; undefined as for `measure`. Nothing is kept. */
  estimate(
    job: SketchJob,
    samples: readonly Samples[],
    signal: AbortSignal,
  ): Promise<RecordSketch | undefined>;
  /** The sketch of a record whose samples were measured in parts, in their order. */
  assemble(job: SketchJob, parts: readonly SufficientStatistics[]): ComputedSketch;
  /** From kept statistics, without the file; undefined if they are not kept (any more). */
  derive(job: SketchJob): RecordSketch | undefined;
  drop(statisticsKeys: readonly string[]): void;
  /** Compares a record with one of another run. Keeps nothing. */
  compare(records: ComparedRecords, signal: AbortSignal): Promise<FoundComparison>;
  /** A layer's learned parameters from the record's file, and the options without those that could not be read. */
  parameters(
    record: RecordEntry,
    recordOptions: RecordOptions,
  ): Promise<{ readonly parameters: LayerParameters; readonly recordOptions: RecordOptions }>;
  /** Closes the files once current reads end. */
  closeFiles(): Promise<void>;
}

/** Files are read for one record after the other; sketches are derived in between. */
export function recordWork(fileSystem: FileSystem): RecordWork {
  const files = openFiles(fileSystem);
  const otherFiles = openFiles(fileSystem);
  const kept = new Map<string, SufficientStatistics>();
  const drop = (key: string) => {
    const statistics = kept.get(key);
    kept.delete(key);
    if (statistics !== undefined) releaseStatistics(statistics);
  };
  const keep = (key: string, statistics: SufficientStatistics) => {
    drop(key);
    kept.set(key, statistics);
  };
  let queue: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = queue.then(work);
    queue = result.catch(() => {});
    return result;
  };

  async function compute({ statisticsKey, ...job }: SketchJob, signal: AbortSignal): Promise<ComputedSketch> {
    const { sketch, statistics } = await computeSketch(files, job.record, job.recordOptions, job, signal);
    if (statistics === undefined) return { sketch, kept: 0 };
    // Who gave up does not learn that they are kept.
    if (!signal.aborted) keep(statisticsKey, statistics);
    return { sketch, kept: statisticsBytes(statistics) };
  }

  return {
    compute: (jobs, signal) =>
      inTurn(async () => {
        const outcomes: ComputeResult[] = [];
        const turn = turns();
        for (const job of jobs) {
          await turn();
          try {
            outcomes.push(await compute(job, signal));
          } catch (error) {
            if (isAbortError(error)) throw error;
            outcomes.push({ problem: toProblem(error, job.record.file, job.record.tensor) });
          }
        }
        return outcomes;
      }),
    measure: (record, recordOptions, samples, signal) =>
      inTurn(() => computeStatistics(files, record, recordOptions, signal, samples)),
    estimate: (job, samples, signal) =>
      inTurn(async () => {
        const { record, recordOptions } = job;
        const parts: SufficientStatistics[] = [];
        for (const each of samples) {
          const statistics = await computeStatistics(files, record, recordOptions, signal, each);
          if (statistics === undefined) return undefined;
          parts.push(statistics);
        }
        // Its index would count the samples that were taken.
        const { firstNonFinite: _, ...sketch } = deriveSketch(mergeStatistics(parts), recordOptions, job);
        return sketch;
      }),
    // Those of a large tensor are kept: to read it again takes long.
    assemble: ({ statisticsKey, ...job }, parts) => {
      const statistics = mergeStatistics(parts);
      keep(statisticsKey, statistics);
      return {
        sketch: packSketch(deriveSketch(statistics, job.recordOptions, job)),
        kept: statisticsBytes(statistics),
      };
    },
    derive: ({ statisticsKey, ...job }) => {
      const statistics = kept.get(statisticsKey);
      return statistics && deriveSketch(statistics, job.recordOptions, job);
    },
    drop: (keys) => {
      for (const key of keys) drop(key);
    },
    compare: (records, signal) => inTurn(() => compareRecords(files, otherFiles, records, signal)),
    parameters: (record, recordOptions) => inTurn(() => readLayerParameters(files, record, recordOptions)),
    closeFiles: () =>
      inTurn(async () => {
        await files.closeAll();
        await otherFiles.closeAll();
      }),
  };
}
