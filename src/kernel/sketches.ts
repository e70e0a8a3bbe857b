import type { FileSystem } from '../io/fileSystem';
import { throwIfAborted } from '../protocol/abort';
import type { AnalysisOptions } from '../protocol/analysis';
import type { RecordEntry, RunCatalog } from '../protocol/catalog';
import type { RecordSketch } from './analyseRecord';
import type { DiskCache } from './cache/diskCache';
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
  readonly disk?: DiskCache | undefined;
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

  /** Computes what is not on disk, and puts it there where it is known from which state of the file it came. */
  async function fromDisk(record: RecordEntry, knobs: Knobs): Promise<RecordSketch> {
    const { file, stamp, tensor, dtype, shape } = record;
    if (disk === undefined || stamp === undefined || record.summarized === true)
      return compute(record, knobs, false);
    const key = JSON.stringify([file, stamp, tensor, dtype, shape, knobs]);
    const found = await disk.get(key);
    if (found !== undefined) return found;
    throwIfAborted(signal);
    const sketch = await compute(record, knobs, false);
    disk.put(key, { file, stamp }, sketch);
    return sketch;
  }

  return {
    // Two for each helper: none waits while a result is on its way.
    width: pool === undefined ? 1 : 2 * pool.size,
    of: (record, withUnits = false) => {
      const knobs = knobsFor(catalog.layers[record.layer], record.parts?.[0].shape ?? record.shape, options);
      const key = `${run}\n${record.id}\n${Object.values(knobs).join()}`;
      const kept = withUnits ? undefined : cache.get(key);
      if (kept !== undefined) return Promise.resolve(kept);
      const pendingKey = `${withUnits} ${key}`;
      const underWay = pending.get(pendingKey);
      if (underWay !== undefined) return underWay;
      const sketch = withUnits ? compute(record, knobs, true) : fromDisk(record, knobs);
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
      // Whoever waits for the figures need not wait for the disk.
      void disk?.flush();
    },
  };
}
