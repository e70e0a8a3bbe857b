import type { FileSystem } from '../io/fileSystem';
import { throwIfAborted } from '../protocol/abort';
import type { AnalysisOptions } from '../protocol/analysis';
import type { RecordEntry, RunCatalog } from '../protocol/catalog';
import type { RecordSketch } from './analyseRecord';
import type { CachedRecords, KnobbedRecord } from './cache/cachedRecords';
import { computeSketch } from './computeSketch';
import { type Knobs, knobsFor } from './knobs';
import { openFiles } from './openFiles';
import type { Pool } from './pool';
import type { SketchCache } from './sketchCache';

/** Where the kernel reads from, keeps what it computed, and has work done. */
export interface Workplace {
  readonly fileSystem: FileSystem;
  readonly cache: SketchCache;
  /** What was computed before this kernel was started. */
  readonly disk?: CachedRecords | undefined;
  readonly pool?: Pool | undefined;
}

/** A run under the options of one computation. */
export interface RunOptions {
  /** How the cache tells runs apart. */
  readonly run: string;
  readonly catalog: RunCatalog;
  readonly options: AnalysisOptions;
}

/** The sketches of a computation under way: from the cache, or computed once each. */
export interface Sketches {
  /** Records that may be asked for at a time. */
  readonly width: number;
  /** With the knobs that apply to it. */
  knobbed(record: RecordEntry): KnobbedRecord;
  of(record: RecordEntry, withUnits?: boolean): Promise<RecordSketch>;
  close(): Promise<void>;
}

/** Local files go to the pool where there is one; everything else is computed here, one record after the other. */
export function openSketches(
  { fileSystem, cache, disk, pool }: Workplace,
  { run, catalog, options }: RunOptions,
  signal: AbortSignal,
): Sketches {
  const files = openFiles(fileSystem);
  const pending = new Map<string, Promise<RecordSketch>>();
  let queue: Promise<unknown> = Promise.resolve();

  function compute(record: RecordEntry, knobs: Knobs, withUnits: boolean): Promise<RecordSketch> {
    if (pool !== undefined && record.file.startsWith('file:'))
      return pool.compute(record, knobs, withUnits, signal);
    const sketch = queue.then(() => computeSketch(files, record, knobs, withUnits, signal));
    queue = sketch.catch(() => {});
    return sketch;
  }

  /** Computes what is not on disk. */
  async function fromDisk(of: KnobbedRecord): Promise<RecordSketch> {
    const found = await disk?.sketch(of);
    if (found !== undefined) return found;
    throwIfAborted(signal);
    const sketch = await compute(of.record, of.knobs, false);
    disk?.keepSketch(of, sketch);
    return sketch;
  }

  const knobbed = (record: RecordEntry): KnobbedRecord => {
    const shape = record.parts?.[0].shape ?? record.shape;
    return { record, knobs: knobsFor(catalog.layers[record.layer], shape, options) };
  };

  return {
    knobbed,
    // Two for each helper: none waits while a result is on its way.
    width: pool === undefined ? 1 : 2 * pool.size,
    of: (record, withUnits = false) => {
      const { knobs } = knobbed(record);
      const key = `${run}\n${record.id}\n${Object.values(knobs).join()}`;
      const kept = withUnits ? undefined : cache.get(key);
      if (kept !== undefined) return Promise.resolve(kept);
      const pendingKey = `${withUnits} ${key}`;
      const underWay = pending.get(pendingKey);
      if (underWay !== undefined) return underWay;
      const sketch = withUnits ? compute(record, knobs, true) : fromDisk({ record, knobs });
      pending.set(pendingKey, sketch);
      sketch
        .then((each) => {
          if (!withUnits) cache.set(key, each);
        })
        .catch(() => {})
        .finally(() => pending.delete(pendingKey));
      return sketch;
    },
    close: async () => {
      await queue;
      await files.closeAll();
    },
  };
}
