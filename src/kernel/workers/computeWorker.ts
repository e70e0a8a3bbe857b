import type { FileSystem } from '../../io/fileSystem';
import type { RecordEntry } from '../../model/catalog';
import type { Handlers } from '../../rpc/channel';
import type { Procedure } from '../../rpc/rpc';
import type { RecordOptions } from '../methods/recordOptions';
import { type Measures, transferables } from '../record/measures';
import type { RecordSketch } from '../record/recordSketch';
import type { Samples } from '../tensor/recordValues';
import { packedBuffers } from './packBuffers';
import { type ComputedSketch, type ComputeResult, recordWork, type SketchJob } from './recordWork';

/** What the kernel asks of a compute worker: a worker that computes sketches of local files. See {@link RecordWork}. */
export interface ComputeWorkerApi {
  compute: Procedure<readonly SketchJob[], readonly ComputeResult[], never>;
  measure: Procedure<
    { record: RecordEntry; recordOptions: RecordOptions; samples: Samples },
    Measures | undefined,
    never
  >;
  estimate: Procedure<{ job: SketchJob; samples: readonly Samples[] }, RecordSketch | undefined, never>;
  assemble: Procedure<{ job: SketchJob; parts: readonly Measures[] }, ComputedSketch, never>;
  derive: Procedure<SketchJob, RecordSketch | undefined, never>;
  drop: Procedure<{ measuresKeys: readonly string[] }, void, never>;
  closeFiles: Procedure<void, void, never>;
}

/** Milliseconds without work after which files are closed; headers are parsed once for records in one file. */
const IDLE = 500;

/** The compute worker's side. */
export function computeWorkerService(fileSystem: FileSystem): Handlers<ComputeWorkerApi> {
  const work = recordWork(fileSystem);
  let idle: ReturnType<typeof setTimeout> | undefined;
  const reading = async <T>(read: () => Promise<T>): Promise<T> => {
    clearTimeout(idle);
    try {
      return await read();
    } finally {
      clearTimeout(idle);
      idle = setTimeout(() => void work.closeFiles(), IDLE);
    }
  };
  return {
    compute: async (jobs, { signal, handOver }) => {
      const outcomes = await reading(() => work.compute(jobs, signal));
      handOver(outcomes.flatMap(packedBuffers));
      return outcomes;
    },
    measure: async ({ record, recordOptions, samples }, { signal, handOver }) => {
      const measures = await reading(() => work.measure(record, recordOptions, samples, signal));
      if (measures !== undefined) handOver(transferables(measures));
      return measures;
    },
    estimate: ({ job, samples }, { signal }) => reading(() => work.estimate(job, samples, signal)),
    assemble: ({ job, parts }) => work.assemble(job, parts),
    derive: (job) => work.derive(job),
    drop: ({ measuresKeys }) => work.drop(measuresKeys),
    closeFiles: () => work.closeFiles(),
  };
}
