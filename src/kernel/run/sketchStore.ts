import type { FileSystem } from '../../io/fileSystem';
import type { AnalysisOptions, Method, NotApplicable } from '../../model/analysis';
import type { RecordEntry, RunCatalog } from '../../model/catalog';
import type { RunJoin } from '../../model/runJoin';
import { isAbortError, signalsBelow, throwIfAborted } from '../../rpc/abort';
import type { CachedRecords, RecordWithOptions } from '../cache/cachedRecords';
import {
  differInGroupsAlone,
  hasParameterKeys,
  optionsFor,
  type RecordOptions,
} from '../methods/recordOptions';
import type { MethodSketch, RecordSketch } from '../record/recordSketch';
import type { RecentTensors } from '../tensor/recentTensors';
import {
  type ComputeContext,
  computeRecords,
  estimateRecord,
  type FailedSketch,
  type GroupedJob,
  isFailed,
  type RecordEstimate,
  type SketchOutcome,
} from '../workers/computeRecord';
import { estimateSamples } from '../workers/estimate';
import { recordWork } from '../workers/recordWork';
import { sketchCache } from '../workers/sketchCache';
import type { WorkerPool } from '../workers/workerPool';

/** Computes and keeps results. */
export interface KernelContext extends ComputeContext {
  /** Results from before this kernel was started. */
  readonly disk?: CachedRecords | undefined;
  /** Whether records will be computed again under other options, which their statistics make fast. */
  readonly keepsStatistics: boolean;
  /** Receives defects after which the computation continues without a figure. */
  onDefect(error: unknown): void;
}

export interface KernelContextOptions {
  /** Maximum bytes of sketches and statistics to keep. */
  readonly memoryBudget: number;
  /** False if options stay as they are; see {@link KernelContext.keepsStatistics}. */
  readonly keepsStatistics?: boolean;
  readonly disk?: CachedRecords | undefined;
  readonly pool?: WorkerPool | undefined;
  /** Size in bytes above which compute workers share a tensor, if not the default. */
  readonly sharedBytes?: number;
  onDefect?(error: unknown): void;
}

export function kernelContext(
  fileSystem: FileSystem,
  {
    memoryBudget,
    keepsStatistics = true,
    disk,
    pool,
    sharedBytes,
    onDefect = () => {},
  }: KernelContextOptions,
): KernelContext {
  const memory = sketchCache(memoryBudget);
  return { local: recordWork(fileSystem), memory, keepsStatistics, disk, pool, sharedBytes, onDefect };
}

/** A run with the options of one computation. */
export interface RunOptions {
  /** Key by which the cache distinguishes runs. */
  readonly run: string;
  readonly catalog: RunCatalog;
  readonly options: AnalysisOptions;
  /** The run that is the reference; absent if a step is. */
  readonly other?: ReferenceRuns | undefined;
}

/** An open run that another one is compared with, and what belongs together in both. */
interface JoinedRun {
  readonly run: RunOptions;
  readonly join: RunJoin;
}

/** The run that is the reference, and those of its kind: their joins are with the reference. */
export interface ReferenceRuns extends JoinedRun {
  readonly group: readonly JoinedRun[];
}

/** A run whose records are read from their files, and recently read tensors, if they are kept. */
export interface ReadRun extends Pick<RunOptions, 'catalog' | 'options'> {
  readonly recent?: RecentTensors;
}

/** The sketches of a computation in progress: from memory or disk, or computed once each. */
export interface SketchStore {
  /** Maximum number of records to request at the same time. */
  readonly width: number;
  /** Returns the record with the options that apply to it. */
  withOptions(record: RecordEntry): RecordWithOptions;
  of(record: RecordEntry, withUnits?: boolean): Promise<RecordSketch>;
  /** Returns the sketch of a record if it is in memory. */
  kept(record: RecordEntry): RecordSketch | undefined;
  /** Returns what a record is after one method; computed anew, and not kept. */
  only(record: RecordEntry, method: Method): Promise<MethodSketch | NotApplicable>;
  /** Returns the sketches of several records that are needed together. */
  ofEach(records: readonly RecordEntry[], withUnits?: boolean): Promise<readonly SketchOutcome[]>;
  /** Estimates a large record that is not available yet from some of its samples; undefined for other records. */
  estimate(record: RecordEntry): Promise<RecordEstimate | undefined>;
  close(): Promise<void>;
}

/** The sketch; undefined for a record that cannot be read, whose own result names the problem. Throws if aborted. */
export function readable(outcome: SketchOutcome): RecordSketch | undefined {
  if (!isFailed(outcome)) return outcome;
  if (isAbortError(outcome.error)) throw outcome.error;
  return undefined;
}

/** A record with its options, and the keys of its sketch in memory: under these options, and under any. */
interface Asked {
  readonly of: RecordWithOptions;
  readonly key: string;
  readonly recordKey: string;
}

/** The options of a layer's records of one shape, and their part of a sketch's key. */
interface LayerOptions {
  readonly shape: readonly number[];
  readonly recordOptions: RecordOptions;
  readonly key: string;
}

/** Sketches that are being made, and the place of one among them. */
interface UnderWay {
  readonly made: Promise<readonly SketchOutcome[]>;
  readonly place: number;
}

/** The options of a record, without the parameters that could not be read, and these parameters. */
type ReadOptions = Pick<GroupedJob, 'recordOptions' | 'parameters'>;

/** Records whose options are at hand, at most. A record is asked for several times in a row, and a reference often. */
const ASKED_LATELY = 4096;

/** Returns the key under which memory protects a layer that is on screen. */
export function layerKey(run: string, layer: number): string {
  return `${run}\n${layer}`;
}

function isSameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((length, axis) => length === b[axis]);
}

/** The only method that the number of groups changes. */
const GROUP: Method = 'group';

/** Returns a record's sketch under options that differ only in the number of groups. */
function withGroups(last: RecordSketch, options: RecordOptions, { methods }: RecordSketch): RecordSketch {
  return { ...last, ...options, methods: { ...last.methods, [GROUP]: methods[GROUP] } };
}

/** Opens a store. `group` identifies the work that takes turns with other work at the compute workers. */
export function openSketchStore(
  context: KernelContext,
  { run, catalog, options }: RunOptions,
  signal: AbortSignal,
  group = run,
): SketchStore {
  const { local, memory, disk, pool } = context;
  const signals = signalsBelow(signal);
  /** By key; those with the statistics of every unit apart. */
  const [pending, pendingWithUnits] = [new Map<string, UnderWay>(), new Map<string, UnderWay>()];
  /** By record id; see {@link ASKED_LATELY}. */
  const lately = new Map<number, Asked>();
  /** By layer: the options of its last record. */
  const layerOptions = new Map<number, LayerOptions>();
  const optionsOf = ({ layer, parts, shape: own }: RecordEntry): LayerOptions => {
    const shape = parts?.[0].shape ?? own;
    const known = layerOptions.get(layer);
    if (known !== undefined && isSameShape(known.shape, shape)) return known;
    const recordOptions = optionsFor(catalog.layers[layer], shape, options);
    const found = { shape, recordOptions, key: Object.values(recordOptions).join() };
    layerOptions.set(layer, found);
    return found;
  };
  const askedFor = (record: RecordEntry): Asked => {
    const known = lately.get(record.id);
    if (known?.of.record === record) return known;
    const { recordOptions, key: optionsKey } = optionsOf(record);
    const recordKey = `${run}\n${record.id}`;
    const key = `${recordKey}\n${optionsKey}`;
    const asked = { of: { record, recordOptions }, key, recordKey };
    if (lately.size >= ASKED_LATELY) lately.clear();
    lately.set(record.id, asked);
    return asked;
  };

  async function jobOf(asked: Asked, withUnits: boolean): Promise<GroupedJob> {
    return jobWith(await readOptions(asked), asked, withUnits);
  }

  function readOptions({ of: { record, recordOptions } }: Asked): ReadOptions | Promise<ReadOptions> {
    return hasParameterKeys(recordOptions)
      ? local.parameters(record, recordOptions)
      : { recordOptions, parameters: {} };
  }

  function jobWith(
    { recordOptions, parameters }: ReadOptions,
    { of: { record }, recordKey }: Asked,
    withUnits: boolean,
  ): GroupedJob {
    const { layout, layerScope } = recordOptions;
    const statisticsKey = `${recordKey}\n${layout} ${layerScope}`;
    const layer = layerKey(run, record.layer);
    const keeps = context.keepsStatistics && memory.hasRoomFor(layer);
    return { record, recordOptions, parameters, withUnits, keeps, statisticsKey, group, layer };
  }

  /** Computes sketches from statistics, or from the files. */
  async function compute(asked: readonly Asked[], withUnits: boolean): Promise<readonly SketchOutcome[]> {
    const jobs: GroupedJob[] = [];
    /** The last sketches of records of which only one method is computed again. */
    const lasts: (RecordSketch | undefined)[] = [];
    const failures: (FailedSketch | undefined)[] = [];
    for (const each of asked) {
      const read = readOptions(each);
      const options = read instanceof Promise ? await read.catch((error: unknown) => ({ error })) : read;
      failures.push('error' in options ? options : undefined);
      if ('error' in options) continue;
      const last = withUnits ? undefined : memory.lastSketch(each.recordKey);
      const isGroupAlone = last !== undefined && differInGroupsAlone(last, options.recordOptions);
      const job = jobWith(options, each, withUnits);
      jobs.push(isGroupAlone ? { ...job, only: GROUP } : job);
      lasts.push(isGroupAlone ? last : undefined);
    }
    const computed = await computeRecords(context, jobs, signals);
    let next = 0;
    return failures.map((failure) => {
      if (failure !== undefined) return failure;
      const [last, job, sketch] = [lasts[next], jobs[next], computed[next]];
      next++;
      return last === undefined || isFailed(sketch) ? sketch : withGroups(last, job.recordOptions, sketch);
    });
  }

  /** Gets the sketches that are not in memory: from disk, from statistics, or from the files. Never rejects. */
  async function make(asked: readonly Asked[], withUnits: boolean): Promise<readonly SketchOutcome[]> {
    try {
      const found =
        withUnits || disk === undefined ? [] : await Promise.all(asked.map(({ of }) => disk.sketch(of)));
      throwIfAborted(signal);
      const computed = await compute(
        asked.filter((_, i) => found[i] === undefined),
        withUnits,
      );
      let next = 0;
      return asked.map((each, i) => {
        const onDisk = found[i];
        const outcome = onDisk ?? computed[next++];
        if (withUnits || isFailed(outcome)) return outcome;
        memory.keepSketch(each.key, outcome, each.recordKey);
        if (onDisk === undefined) disk?.keepSketch(each.of, outcome);
        return outcome;
      });
    } catch (error) {
      return asked.map(() => ({ error }));
    }
  }

  async function ofEach(
    records: readonly RecordEntry[],
    withUnits = false,
  ): Promise<readonly SketchOutcome[]> {
    const underWay = withUnits ? pendingWithUnits : pending;
    const asked: Asked[] = [];
    const known = records.map((record) => {
      const each = askedFor(record);
      const found = (withUnits ? undefined : memory.sketch(each.key)) ?? underWay.get(each.key);
      if (found === undefined) asked.push(each);
      return found;
    });
    const made = asked.length === 0 ? undefined : make(asked, withUnits);
    if (made !== undefined)
      for (const [place, { key }] of asked.entries()) underWay.set(key, { made, place });
    const own = (await made) ?? [];
    for (const { key } of asked) underWay.delete(key);
    const outcomes: SketchOutcome[] = [];
    let next = 0;
    for (const each of known)
      if (each === undefined) outcomes.push(own[next++]);
      else outcomes.push('made' in each ? (await each.made)[each.place] : each);
    return outcomes;
  }

  return {
    // Enough for two records in progress and one waiting per compute worker.
    width: pool === undefined ? 1 : 3 * pool.size,
    withOptions: (record) => askedFor(record).of,
    of: async (record, withUnits) => {
      const [outcome] = await ofEach([record], withUnits);
      if (isFailed(outcome)) throw outcome.error;
      return outcome;
    },
    kept: (record) => memory.sketch(askedFor(record).key),
    ofEach,
    only: async (record, method) => {
      const job = await jobOf(askedFor(record), false);
      const [outcome] = await computeRecords(context, [{ ...job, only: method }], signals);
      if (isFailed(outcome)) throw outcome.error;
      return outcome.methods[method];
    },
    estimate: async (record) => {
      const asked = askedFor(record);
      const { of, key } = asked;
      if (memory.sketch(key) !== undefined || estimateSamples(record, of.recordOptions) === undefined)
        return undefined;
      if ((await disk?.sketch(of)) !== undefined) return undefined;
      const own = signals.begin();
      try {
        return await estimateRecord(context, await jobOf(asked, false), own.signal);
      } finally {
        own.end();
      }
    },
    close: () => {
      signals.close();
      return local.closeFiles();
    },
  };
}
