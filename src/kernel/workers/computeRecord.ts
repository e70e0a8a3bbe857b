import { byteLengthOf } from '../../formats/dtype';
import type { RecordEntry } from '../../model/catalog';
import { ProblemError } from '../../model/problem';
import { isAbortError, type Signals, signalsBelow } from '../../rpc/abort';
import type { CallOptions } from '../../rpc/channel';
import { unpackSketch } from '../record/packedSketch';
import type { RecordSketch } from '../record/recordSketch';
import type { SufficientStatistics } from '../record/sufficientStatistics';
import { estimateSamples } from './estimate';
import type { ComputeResult, RecordWork, SketchJob } from './recordWork';
import type { SketchCache, StatisticsOwner } from './sketchCache';
import { splitTensor } from './splitTensor';
import type { ComputeWorker, WorkerPool } from './workerPool';

/** Where records are computed and kept. */
export interface ComputeContext {
  /** For files that only the host can read, and if there are no compute workers. */
  readonly local: RecordWork;
  readonly memory: SketchCache;
  readonly pool?: WorkerPool | undefined;
  /** Size in bytes above which compute workers share a tensor. */
  readonly sharedBytes?: number | undefined;
}

/** The result from some of a record's samples. */
export interface RecordEstimate {
  readonly sketch: RecordSketch;
  /** Samples that were read, and how many the record has. */
  readonly samples: number;
  readonly of: number;
}

/** A job, and for whom it is done. */
export interface GroupedJob extends SketchJob {
  /** Groups take turns at the compute workers. */
  readonly group: string;
  /** Key by which the cache distinguishes layers. */
  readonly layer: string;
}

/** A sketch, or why there is none. */
export type SketchOutcome = RecordSketch | FailedSketch;

export interface FailedSketch {
  readonly error: unknown;
}

export function isFailed(outcome: SketchOutcome): outcome is FailedSketch {
  return 'error' in outcome;
}

const owners = new WeakMap<ComputeWorker | RecordWork, StatisticsOwner>();

/**
 * Sketches of records, in their order: from kept statistics if possible, otherwise from files. Small records of local
 * files are one task; large tensors are divided by samples. Statistics stay in the worker that computed them, as far as
 * memory allows. Never rejects.
 */
export async function computeRecords(
  context: ComputeContext,
  jobs: readonly GroupedJob[],
  signals: Signals,
): Promise<readonly SketchOutcome[]> {
  const { pool, memory } = context;
  const isTogether = ({ record, statisticsKey }: GroupedJob) =>
    isSmall(record) && record.file.startsWith('file:') && memory.ownerOf(statisticsKey) === undefined;
  const together = pool === undefined ? [] : jobs.filter(isTogether);
  if (pool === undefined || together.length < 2) return computeEach(context, jobs, signals);
  if (together.length === jobs.length) return computeTogether(context, pool, jobs, signals);
  const others = jobs.filter((job) => !together.includes(job));
  const [first, second] = await Promise.all([
    computeTogether(context, pool, together, signals),
    computeEach(context, others, signals),
  ]);
  return jobs.map((job) => first[together.indexOf(job)] ?? second[others.indexOf(job)]);
}

function computeEach(
  context: ComputeContext,
  jobs: readonly GroupedJob[],
  signals: Signals,
): Promise<readonly SketchOutcome[]> {
  return Promise.all(
    jobs.map(async (job) => {
      try {
        return await below(signals, (signal) => computeRecord(context, job, signal));
      } catch (error) {
        return { error };
      }
    }),
  );
}

async function below<T>(signals: Signals, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { signal, end } = signals.begin();
  try {
    return await work(signal);
  } finally {
    end();
  }
}

/** Bytes of a tensor up to which a batch of several takes a few milliseconds. */
const SMALL_BYTES = 1 << 19;

/** Whether several of such a record are best computed together. */
export function isSmall(record: RecordEntry): boolean {
  return record.dtype !== 'unknown' && bytesOf(record) <= SMALL_BYTES;
}

/** Bytes of a record's values; 0 if unknown. */
export function bytesOf({ shape, dtype }: RecordEntry): number {
  return dtype === 'unknown' ? 0 : byteLengthOf(shape, dtype);
}

async function computeTogether(
  context: ComputeContext,
  pool: WorkerPool,
  jobs: readonly GroupedJob[],
  signals: Signals,
): Promise<readonly SketchOutcome[]> {
  const [{ group, record }] = jobs;
  try {
    const results = await below(signals, (signal) =>
      pool.run(group, record, (worker, options) => computeOn(context, worker, jobs, options), signal),
    );
    return results.map((each, i) =>
      'problem' in each ? { error: new ProblemError(each.problem) } : sketchOf(each, jobs[i]),
    );
  } catch (error) {
    if (isAbortError(error)) return jobs.map(() => ({ error }));
    // One of them killed the compute worker: try each separately.
    return computeEach(context, jobs, signals);
  }
}

async function computeOn(
  { memory }: ComputeContext,
  worker: ComputeWorker,
  jobs: readonly GroupedJob[],
  options: CallOptions<never>,
): Promise<readonly ComputeResult[]> {
  const owner = workerOwner(worker);
  try {
    const sent = await worker.call('compute', jobs.map(sentJob), options);
    for (const [i, each] of sent.entries()) keepStatistics(memory, jobs[i], each, owner);
    return sent;
  } catch (error) {
    // The worker may have finished and kept its statistics: tell it to drop them.
    if (isAbortError(error)) owner.drop(jobs.map(({ statisticsKey }) => statisticsKey));
    throw error;
  }
}

/** The part of a job that a compute worker needs. */
function sentJob({
  record,
  recordOptions,
  withUnits,
  only,
  keeps,
  parameters,
  statisticsKey,
}: SketchJob): SketchJob {
  const job = { record, recordOptions, withUnits, keeps, parameters, statisticsKey };
  return only === undefined ? job : { ...job, only };
}

function keepStatistics(
  memory: SketchCache,
  job: GroupedJob,
  outcome: ComputeResult,
  owner: StatisticsOwner,
): void {
  if ('problem' in outcome || outcome.kept === 0) return;
  memory.keepStatistics(job.statisticsKey, job.layer, outcome.kept, owner);
}

/** Throws its problem. */
function sketchOf(outcome: ComputeResult, { recordOptions }: SketchJob): RecordSketch {
  if ('problem' in outcome) throw new ProblemError(outcome.problem);
  return unpackSketch(outcome.sketch, recordOptions);
}

async function computeRecord(
  context: ComputeContext,
  job: GroupedJob,
  signal: AbortSignal,
): Promise<RecordSketch> {
  const { local, memory, pool, sharedBytes } = context;
  const { group, record, statisticsKey } = job;
  const derived = await memory
    .ownerOf(statisticsKey)
    ?.derive(job)
    .catch(() => undefined);
  if (derived !== undefined) return derived;
  memory.lost(statisticsKey);
  if (pool === undefined || !record.file.startsWith('file:')) {
    const [outcome] = await local.compute([job], signal);
    keepStatistics(memory, job, outcome, localOwner(local));
    return sketchOf(outcome, job);
  }
  const parts = await measureShares(pool, job, sharedBytes, signal);
  const outcome = await pool.run(
    group,
    record,
    async (worker, options) => {
      if (parts === undefined) return (await computeOn(context, worker, [job], options))[0];
      const assembled = await worker.call('assemble', { job: sentJob(job), parts }, options);
      keepStatistics(memory, job, assembled, workerOwner(worker));
      return assembled;
    },
    signal,
    parts !== undefined,
  );
  return sketchOf(outcome, job);
}

/**
 * A sketch of some of a large record's samples; undefined if it is not large, if the whole sketch follows from kept
 * statistics, or if parts of it cannot be read.
 */
export async function estimateRecord(
  { local, memory, pool }: ComputeContext,
  job: GroupedJob,
  signal: AbortSignal,
): Promise<RecordEstimate | undefined> {
  const { group, record, statisticsKey } = job;
  const samples =
    memory.ownerOf(statisticsKey) === undefined ? estimateSamples(record, job.recordOptions) : undefined;
  if (samples === undefined) return undefined;
  const sketch =
    pool === undefined || !record.file.startsWith('file:')
      ? await local.estimate(job, samples, signal)
      : await pool.run(
          group,
          record,
          (worker, options) => worker.call('estimate', { job, samples }, options),
          signal,
          true,
        );
  const taken = samples.reduce((sum, { from, to }) => sum + to - from, 0);
  return sketch && { sketch, samples: taken, of: record.shape[0] };
}

/** Measures the shares of a large tensor in parallel; undefined if it is not divided, or keeps no statistics. */
async function measureShares(
  pool: WorkerPool,
  { group, record, recordOptions }: GroupedJob,
  sharedBytes: number | undefined,
  signal: AbortSignal,
): Promise<readonly SufficientStatistics[] | undefined> {
  const shares = splitTensor(record, recordOptions, sharedBytes);
  if (shares === undefined) return undefined;
  // If one share fails, the others are not needed.
  const signals = signalsBelow(signal);
  try {
    const parts = await Promise.all(
      shares.map((samples) =>
        pool.run(
          group,
          record,
          (worker, options) => worker.call('measure', { record, recordOptions, samples }, options),
          signals.begin().signal,
        ),
      ),
    );
    const measured = parts.filter((part) => part !== undefined);
    return measured.length === parts.length ? measured : undefined;
  } catch (error) {
    signals.abort();
    throw error;
  } finally {
    signals.close();
  }
}

function localOwner(local: RecordWork): StatisticsOwner {
  return ownerFor(local, { derive: async (job) => local.derive(job), drop: local.drop });
}

function workerOwner(worker: ComputeWorker): StatisticsOwner {
  return ownerFor(worker, {
    derive: async (job) => {
      const sent = await worker.call('derive', sentJob(job));
      return sent && unpackSketch(sent, job.recordOptions);
    },
    // One that died has nothing to drop.
    drop: (statisticsKeys) => void worker.call('drop', { statisticsKeys }).catch(() => {}),
  });
}

/** Always the same object for one worker, so that the cache recognizes it. */
function ownerFor(keeper: ComputeWorker | RecordWork, fresh: StatisticsOwner): StatisticsOwner {
  const owner = owners.get(keeper) ?? fresh;
  owners.set(keeper, owner);
  return owner;
}
