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
  type GroupedJob,
  type RecordEstimate,
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
  ofEach(records: readonly RecordEntry[], withUnits?: boolean): readonly Promise<RecordSketch>[];
  /** Estimates a large record that is not available yet from some of its samples; undefined for other records. */
  estimate(record: RecordEntry): Promise<RecordEstimate | undefined>;
  close(): Promise<void>;
}

/** Waits for a sketch; undefined for a record that cannot be read, whose own result names the problem. */
export async function readable(sketch: Promise<RecordSketch>): Promise<RecordSketch | undefined> {
  try {
    return await sketch;
  } catch (error) {
    if (isAbortError(error)) throw error;
    return undefined;
  }
}

/** A record with its options, and the keys of its sketch in memory: under these options, and under any. */
interface Asked {
  readonly of: RecordWithOptions;
  readonly key: string;
  readonly recordKey: string;
}

/** Records whose options are at hand, at most. A record is asked for several times in a row, and a reference often. */
const ASKED_LATELY = 4096;

/** Returns the key under which memory protects a layer that is on screen. */
export function layerKey(run: string, layer: number): string {
  return `${run}\n${layer}`;
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
  const pending = new Map<string, Promise<RecordSketch>>();
  /** By record id; see {@link ASKED_LATELY}. */
  const lately = new Map<number, Asked>();
  const askedFor = (record: RecordEntry): Asked => {
    const known = lately.get(record.id);
    if (known?.of.record === record) return known;
    const shape = record.parts?.[0].shape ?? record.shape;
    const recordOptions = optionsFor(catalog.layers[record.layer], shape, options);
    const recordKey = `${run}\n${record.id}`;
    const key = `${recordKey}\n${Object.values(recordOptions).join()}`;
    const asked = { of: { record, recordOptions }, key, recordKey };
    if (lately.size >= ASKED_LATELY) lately.clear();
    lately.set(record.id, asked);
    return asked;
  };

  async function jobOf(
    { of: { record, recordOptions: wanted }, recordKey }: Asked,
    withUnits: boolean,
    only?: Method,
  ): Promise<GroupedJob> {
    const { recordOptions, parameters } = hasParameterKeys(wanted)
      ? await local.parameters(record, wanted)
      : { recordOptions: wanted, parameters: {} };
    const { layout, layerScope } = recordOptions;
    const statisticsKey = `${recordKey}\n${layout} ${layerScope}`;
    const layer = layerKey(run, record.layer);
    const keeps = context.keepsStatistics && memory.hasRoomFor(layer);
    const job = { record, recordOptions, parameters, withUnits, keeps, statisticsKey, group, layer };
    return only === undefined ? job : { ...job, only };
  }

  /** Computes sketches from statistics, or from the files. */
  async function compute(
    asked: readonly Asked[],
    withUnits: boolean,
  ): Promise<readonly PromiseSettledResult<RecordSketch>[]> {
    const wanted = await Promise.allSettled(
      asked.map(async (each) => {
        const job = await jobOf(each, withUnits);
        const last = withUnits ? undefined : memory.lastSketch(each.recordKey);
        return last !== undefined && differInGroupsAlone(last, job.recordOptions)
          ? { job: { ...job, only: GROUP }, last }
          : { job };
      }),
    );
    const ready = wanted.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    const jobs = ready.map(({ job }) => job);
    const sketches = computeRecords(context, jobs, signals).map(async (sketch, i) => {
      const { last, job } = ready[i];
      return last === undefined ? sketch : withGroups(last, job.recordOptions, await sketch);
    });
    const outcomes = await Promise.allSettled(sketches);
    return wanted.map((each) => (each.status === 'fulfilled' ? outcomes[ready.indexOf(each.value)] : each));
  }

  /** Gets the sketches that are not in memory: from disk, from statistics, or from the files. */
  async function make(
    asked: readonly Asked[],
    withUnits: boolean,
  ): Promise<readonly PromiseSettledResult<RecordSketch>[]> {
    const found = await Promise.all(asked.map(({ of }) => (withUnits ? undefined : disk?.sketch(of))));
    throwIfAborted(signal);
    const missing = asked.filter((_, i) => found[i] === undefined);
    const computed = await compute(missing, withUnits);
    return asked.map((each, i) => {
      const onDisk = found[i];
      const outcome: PromiseSettledResult<RecordSketch> =
        onDisk === undefined ? computed[missing.indexOf(each)] : { status: 'fulfilled', value: onDisk };
      if (outcome.status === 'fulfilled' && !withUnits) {
        memory.keepSketch(each.key, outcome.value, each.recordKey);
        if (onDisk === undefined) disk?.keepSketch(each.of, outcome.value);
      }
      return outcome;
    });
  }

  function ofEach(records: readonly RecordEntry[], withUnits = false): readonly Promise<RecordSketch>[] {
    const asked: Asked[] = [];
    const places = records.map((record) => {
      const each = askedFor(record);
      const kept = withUnits ? undefined : memory.sketch(each.key);
      if (kept !== undefined) return Promise.resolve(kept);
      const underWay = pending.get(`${withUnits} ${each.key}`);
      if (underWay !== undefined) return underWay;
      return asked.push(each) - 1;
    });
    const made = asked.length === 0 ? undefined : make(asked, withUnits);
    return places.map((place) => {
      if (typeof place !== 'number' || made === undefined) return place as Promise<RecordSketch>;
      const sketch = made.then((all) => {
        const outcome = all[place];
        if (outcome.status === 'rejected') throw outcome.reason;
        return outcome.value;
      });
      const pendingKey = `${withUnits} ${asked[place].key}`;
      pending.set(pendingKey, sketch);
      sketch.catch(() => {}).finally(() => pending.delete(pendingKey));
      return sketch;
    });
  }

  return {
    // Enough for two records in progress and one waiting per compute worker.
    width: pool === undefined ? 1 : 3 * pool.size,
    withOptions: (record) => askedFor(record).of,
    of: (record, withUnits) => ofEach([record], withUnits)[0],
    kept: (record) => memory.sketch(askedFor(record).key),
    ofEach,
    only: async (record, method) => {
      const job = await jobOf(askedFor(record), false, method);
      const [sketch] = await Promise.all(computeRecords(context, [job], signals));
      return sketch.methods[method];
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
