import type { FileSystem } from '../../io/fileSystem';
import type { RecordEntry } from '../../model/catalog';
import type { Handlers } from '../../rpc/channel';
import type { Procedure } from '../../rpc/rpc';
import type { ComparedRecords, FoundComparison } from '../compare/compareRecords';
import type { RecordOptions } from '../methods/recordOptions';
import { packSketch, type SentSketch, sentBuffers } from '../record/packedSketch';
import type { RecordSketch } from '../record/recordSketch';
import { type SufficientStatistics, transferables } from '../record/sufficientStatistics';
import type { Samples } from '../tensor/recordValues';
import { type ComputedSketch, type ComputeResult, recordWork, type SketchJob } from './recordWork';

/** What the kernel asks of a compute worker: a worker that computes sketches of local files. See {@link RecordWork}. */
export interface ComputeWorkerApi {
  compute: Procedure<readonly SketchJob[], readonly ComputeResult[], never>;
  measure: Procedure<
    { record: RecordEntry; recordOptions: RecordOptions; samples: Samples },
    SufficientStatistics | undefined,
    never
  >;
  estimate: Procedure<{ job: SketchJob; samples: readonly Samples[] }, RecordSketch | undefined, never>;
  assemble: Procedure<{ job: SketchJob; parts: readonly SufficientStatistics[] }, ComputedSketch, never>;
  compare: Procedure<ComparedRecords, FoundComparison, never>;
  derive: Procedure<SketchJob, SentSketch | undefined, never>;
  drop: Procedure<{ statisticsKeys: readonly string[] }, void, never>;
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
    compute: async (jobs, { signal, transfer }) => {
      const outcomes = await reading(() => work.compute(jobs, signal));
      transfer(outcomes.flatMap((each) => ('problem' in each ? [] : sentBuffers(each.sketch))));
      return outcomes;
    },
    measure: async ({ record, recordOptions, samples }, { signal, transfer }) => {
      const statistics = await reading(() => work.measure(record, recordOptions, samples, signal));
      if (statistics !== undefined) transfer(transferables(statistics));
      return statistics;
    },
    estimate: ({ job, samples }, { signal }) => reading(() => work.estimate(job, samples, signal)),
    assemble: ({ job, parts }, { transfer }) => {
      const assembled = work.assemble(job, parts);
      transfer(sentBuffers(assembled.sketch));
      return assembled;
    },
    compare: (records, { signal }) => reading(() => work.compare(records, signal)),
    derive: (job, { transfer }) => {
      const sketch = work.derive(job);
      if (sketch === undefined) return undefined;
      const sent = packSketch(sketch);
      transfer(sentBuffers(sent));
      return sent;
    },
    drop: ({ statisticsKeys }) => work.drop(statisticsKeys),
    closeFiles: () => work.closeFiles(),
  };
}
