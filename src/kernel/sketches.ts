import type { FileSystem } from '../io/fileSystem';
import { signalsBelow, throwIfAborted } from '../protocol/abort';
import type { AnalysisOptions } from '../protocol/analysis';
import type { RecordEntry, RunCatalog } from '../protocol/catalog';
import type { RecordSketch } from './analyseRecord';
import type { CachedRecords, KnobbedRecord } from './cache/cachedRecords';
import {
  type Computing,
  computeRecord,
  estimateRecord,
  type GroupedJob,
  type RecordEstimate,
} from './computeRecord';
import { estimateSamples } from './estimate';
import { hasLearnedKeys, knobsFor } from './knobs';
import { kernelMemory } from './memory';
import type { Pool } from './pool';
import { recordWork } from './recordWork';

/** Where the kernel has work done, and keeps what was computed. */
export interface Workplace extends Computing {
  /** What was computed before this kernel was started. */
  readonly disk?: CachedRecords | undefined;
}

export interface WorkplaceOptions {
  /** Bytes of sketches and measures to keep. */
  readonly memoryBudget: number;
  readonly disk?: CachedRecords | undefined;
  readonly pool?: Pool | undefined;
  /** Bytes of a tensor beyond which helpers share it, if not the usual ones. */
  readonly sharedBytes?: number;
}

export function workplace(
  fileSystem: FileSystem,
  { memoryBudget, disk, pool, sharedBytes }: WorkplaceOptions,
): Workplace {
  return { local: recordWork(fileSystem), memory: kernelMemory(memoryBudget), disk, pool, sharedBytes };
}

/** A run under the options of one computation. */
export interface RunOptions {
  /** How the memory tells runs apart. */
  readonly run: string;
  readonly catalog: RunCatalog;
  readonly options: AnalysisOptions;
}

/** The sketches of a computation under way: from memory or disk, or computed once each. */
export interface Sketches {
  /** Records that may be asked for at a time. */
  readonly width: number;
  /** With the knobs that apply to it. */
  knobbed(record: RecordEntry): KnobbedRecord;
  of(record: RecordEntry, withUnits?: boolean): Promise<RecordSketch>;
  /** Of a large record that is not there yet, a sketch of some of its samples; undefined of others. */
  estimate(record: RecordEntry): Promise<RecordEstimate | undefined>;
  close(): Promise<void>;
}

/** How the memory calls a layer that is on screen. */
export function layerKey(run: string, layer: number): string {
  return `${run}\n${layer}`;
}

/** `group`: what takes turns with others at the helpers. */
export function openSketches(
  place: Workplace,
  { run, catalog, options }: RunOptions,
  signal: AbortSignal,
  group = run,
): Sketches {
  const { local, memory, disk, pool } = place;
  const signals = signalsBelow(signal);
  const pending = new Map<string, Promise<RecordSketch>>();

  const knobbed = (record: RecordEntry): KnobbedRecord => {
    const shape = record.parts?.[0].shape ?? record.shape;
    return { record, knobs: knobsFor(catalog.layers[record.layer], shape, options) };
  };

  const keyOf = ({ record, knobs }: KnobbedRecord) => `${run}\n${record.id}\n${Object.values(knobs).join()}`;

  async function jobOf({ record, knobs: wanted }: KnobbedRecord, withUnits: boolean): Promise<GroupedJob> {
    const { knobs, learned } = hasLearnedKeys(wanted)
      ? await local.learned(record, wanted)
      : { knobs: wanted, learned: {} };
    const measuresKey = `${run}\n${record.id}\n${knobs.layout} ${knobs.layerScope}`;
    const layer = layerKey(run, record.layer);
    return { record, knobs, learned, withUnits, measuresKey, group, layer };
  }

  async function compute(of: KnobbedRecord, withUnits: boolean): Promise<RecordSketch> {
    const own = signals.begin();
    try {
      return await computeRecord(place, await jobOf(of, withUnits), own.signal);
    } finally {
      own.end();
    }
  }

  /** From disk, from measures, or from the file. */
  async function make(of: KnobbedRecord, key: string, withUnits: boolean): Promise<RecordSketch> {
    const found = withUnits ? undefined : await disk?.sketch(of);
    throwIfAborted(signal);
    const sketch = found ?? (await compute(of, withUnits));
    if (withUnits) return sketch;
    memory.keepSketch(key, sketch);
    if (found === undefined) disk?.keepSketch(of, sketch);
    return sketch;
  }

  return {
    // Enough that each helper has two given to it and one waits.
    width: pool === undefined ? 1 : 3 * pool.size,
    knobbed,
    of: (record, withUnits = false) => {
      const of = knobbed(record);
      const key = keyOf(of);
      const kept = withUnits ? undefined : memory.sketch(key);
      if (kept !== undefined) return Promise.resolve(kept);
      const pendingKey = `${withUnits} ${key}`;
      const underWay = pending.get(pendingKey);
      if (underWay !== undefined) return underWay;
      const sketch = make(of, key, withUnits);
      pending.set(pendingKey, sketch);
      sketch.catch(() => {}).finally(() => pending.delete(pendingKey));
      return sketch;
    },
    estimate: async (record) => {
      const of = knobbed(record);
      if (memory.sketch(keyOf(of)) !== undefined || estimateSamples(record, of.knobs) === undefined)
        return undefined;
      if ((await disk?.sketch(of)) !== undefined) return undefined;
      const own = signals.begin();
      try {
        return await estimateRecord(place, await jobOf(of, false), own.signal);
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
