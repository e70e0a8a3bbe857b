import type { FileSystem } from '../../io/fileSystem';
import type { RecordEntry } from '../../model/catalog';
import { type Problem, toProblem } from '../../model/problem';
import { isAbortError } from '../../rpc/abort';
import type { LayerParameters } from '../methods/layerParameters';
import { readLayerParameters } from '../methods/readLayerParameters';
import type { RecordOptions } from '../methods/recordOptions';
import { computeMeasures, computeSketch } from '../record/computeSketch';
import { deriveSketch } from '../record/deriveSketch';
import { giveBack, type Measures, measuresBytes, mergeMeasures } from '../record/measures';
import type { RecordSketch } from '../record/recordSketch';
import { openFiles } from '../tensor/openFiles';
import type { Samples } from '../tensor/recordValues';
import { packIntoOneBuffer } from './packBuffers';

/** A record to be computed, and what its measures are kept under. */
export interface SketchJob {
  readonly record: RecordEntry;
  readonly recordOptions: RecordOptions;
  readonly withUnits: boolean;
  /** What the options' keys stand for. */
  readonly parameters: LayerParameters;
  readonly measuresKey: string;
}

export interface ComputedSketch {
  readonly sketch: RecordSketch;
  /** Bytes of the measures that are kept; 0 where none are. */
  readonly kept: number;
}

/** Of one of several records that are computed together. */
export type ComputeResult = ComputedSketch | { readonly problem: Problem };

/** What one thread does for records: it reads their files, and keeps their measures until they are dropped. */
export interface RecordWork {
  /** One after the other; what goes wrong with one leaves the others alone. Rejects with an abort only. */
  compute(jobs: readonly SketchJob[], signal: AbortSignal): Promise<readonly ComputeResult[]>;
  /** Measures some of a record's samples and keeps nothing; undefined where measures are not to be had. */
  measure(
    record: RecordEntry,
    recordOptions: RecordOptions,
    samples: Samples,
    signal: AbortSignal,
  ): Promise<Measures | undefined>;
  /** The sketch of some of a record's samples alone; undefined as for `measure`. Nothing is kept. */
  estimate(
    job: SketchJob,
    samples: readonly Samples[],
    signal: AbortSignal,
  ): Promise<RecordSketch | undefined>;
  /** The sketch of a record whose samples were measured in parts, in their order. */
  assemble(job: SketchJob, parts: readonly Measures[]): ComputedSketch;
  /** From measures that are kept, without the file; undefined where they are not (any more). */
  derive(job: SketchJob): RecordSketch | undefined;
  drop(measuresKeys: readonly string[]): void;
  /** What a layer has learned, from the record's own file, and the options that are left of those that ask for it. */
  parameters(
    record: RecordEntry,
    recordOptions: RecordOptions,
  ): Promise<{ readonly parameters: LayerParameters; readonly recordOptions: RecordOptions }>;
  /** Closes the files, after what is being read. */
  closeFiles(): Promise<void>;
}

/** Files are read for one record after the other; sketches are derived in between. */
export function recordWork(fileSystem: FileSystem): RecordWork {
  const files = openFiles(fileSystem);
  const kept = new Map<string, Measures>();
  const drop = (key: string) => {
    const measures = kept.get(key);
    kept.delete(key);
    if (measures !== undefined) giveBack(measures);
  };
  const keep = (key: string, measures: Measures) => {
    drop(key);
    kept.set(key, measures);
  };
  let queue: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = queue.then(work);
    queue = result.catch(() => {});
    return result;
  };

  async function compute({ measuresKey, ...job }: SketchJob, signal: AbortSignal): Promise<ComputedSketch> {
    const { sketch, measures } = await computeSketch(files, job.record, job.recordOptions, job, signal);
    if (measures === undefined) return { sketch: packIntoOneBuffer(sketch), kept: 0 };
    // Who gave up does not learn that they are kept.
    if (!signal.aborted) keep(measuresKey, measures);
    return { sketch: packIntoOneBuffer(sketch), kept: measuresBytes(measures) };
  }

  return {
    compute: (jobs, signal) =>
      inTurn(async () => {
        const outcomes: ComputeResult[] = [];
        for (const job of jobs) {
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
      inTurn(() => computeMeasures(files, record, recordOptions, signal, samples)),
    estimate: (job, samples, signal) =>
      inTurn(async () => {
        const { record, recordOptions } = job;
        const parts: Measures[] = [];
        for (const each of samples) {
          const measures = await computeMeasures(files, record, recordOptions, signal, each);
          if (measures === undefined) return undefined;
          parts.push(measures);
        }
        // Its index would count the samples that were taken.
        const { firstNonFinite: _, ...sketch } = deriveSketch(mergeMeasures(parts), recordOptions, job);
        return sketch;
      }),
    assemble: ({ measuresKey, ...job }, parts) => {
      const measures = mergeMeasures(parts);
      keep(measuresKey, measures);
      return {
        sketch: packIntoOneBuffer(deriveSketch(measures, job.recordOptions, job)),
        kept: measuresBytes(measures),
      };
    },
    derive: ({ measuresKey, ...job }) => {
      const measures = kept.get(measuresKey);
      return measures && packIntoOneBuffer(deriveSketch(measures, job.recordOptions, job));
    },
    drop: (keys) => {
      for (const key of keys) drop(key);
    },
    parameters: (record, recordOptions) => inTurn(() => readLayerParameters(files, record, recordOptions)),
    closeFiles: () => inTurn(() => files.closeAll()),
  };
}
