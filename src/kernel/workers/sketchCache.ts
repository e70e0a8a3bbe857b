import { type RecordSketch, sketchBytes } from '../record/recordSketch';
import type { SketchJob } from './recordWork';

/** Who keeps statistics: this thread, or a compute worker. */
export interface StatisticsOwner {
  /** Undefined if the statistics are not kept (any more). */
  derive(job: SketchJob): Promise<RecordSketch | undefined>;
  drop(statisticsKeys: readonly string[]): void;
}

/**
 * Keeps results within one budget of bytes: sketches here, statistics in the workers that made them. The least recently
 * used are evicted first; the statistics of layers out of view before the sketches, those of visible layers last.
 */
export interface SketchCache {
  sketch(key: string): RecordSketch | undefined;
  /** The sketch of a record that was kept last, under whichever options, if it is still here. */
  lastSketch(record: string): RecordSketch | undefined;
  /** `record` identifies the record, `key` the record with its options; both begin with the same prefix. */
  keepSketch(key: string, sketch: RecordSketch, record?: string): void;
  /** Whether a layer's statistics are worth keeping: if there is room without evicting others, or it is on screen. */
  hasRoomFor(layer: string): boolean;
  ownerOf(statisticsKey: string): StatisticsOwner | undefined;
  keepStatistics(statisticsKey: string, layer: string, bytes: number, owner: StatisticsOwner): void;
  /** The owner does not have them any more. */
  lost(statisticsKey: string): void;
  /** These layers are on screen. */
  focus(layers: readonly string[]): void;
  /** Forgets the keys that begin with the prefix. */
  forget(prefix: string): void;
}

interface KeptSketch {
  readonly sketch: RecordSketch;
  readonly bytes: number;
  readonly record: string;
}

interface KeptStatistics {
  readonly layer: string;
  readonly bytes: number;
  readonly owner: StatisticsOwner;
}

/** Share of the budget that statistics may take: a run's sketches are worth more than one layer's statistics. */
const MEASURES_SHARE = 3 / 4;
/**
 * Share of the budget to free when it is full. If each record freed just its own size, a run of many small ones would
 * search all kept results, and message their owner, every time.
 */
const SLACK = 1 / 32;

export function sketchCache(budget: number): SketchCache {
  // A Map iterates in the order of insertion: the least recently used entry is the first.
  const sketches = new Map<string, KeptSketch>();
  /** The key of each record's sketch that was kept last. */
  const lastKeys = new Map<string, string>();
  const statistics = new Map<string, KeptStatistics>();
  let focused: ReadonlySet<string> = new Set();
  let sketchesUsed = 0;
  let statisticsUsed = 0;

  const removeSketch = (key: string) => {
    const entry = sketches.get(key);
    if (entry === undefined) return;
    sketchesUsed -= entry.bytes;
    sketches.delete(key);
    if (lastKeys.get(entry.record) === key) lastKeys.delete(entry.record);
  };
  const lost = (key: string) => {
    statisticsUsed -= statistics.get(key)?.bytes ?? 0;
    statistics.delete(key);
  };

  /** Drops statistics while there is a reason to, in the order of the keys; one message to each owner. */
  function dropStatistics(keys: Iterable<string>, isDue: (key: string) => boolean, isEnough: () => boolean) {
    const dropped = new Map<StatisticsOwner, string[]>();
    for (const key of keys) {
      if (isEnough()) break;
      const owner = statistics.get(key)?.owner;
      if (owner === undefined || !isDue(key)) continue;
      lost(key);
      const ofOwner = dropped.get(owner);
      if (ofOwner === undefined) dropped.set(owner, [key]);
      else ofOwner.push(key);
    }
    for (const [owner, ofOwner] of dropped) owner.drop(ofOwner);
  }

  function evict(added: string): void {
    const most = budget * MEASURES_SHARE;
    if (sketchesUsed + statisticsUsed <= budget && statisticsUsed <= most) return;
    const fits = () => sketchesUsed + statisticsUsed <= budget * (1 - SLACK);
    const doStatisticsFit = () => statisticsUsed <= most * (1 - SLACK);
    const isUnseen = (key: string) => !focused.has(statistics.get(key)?.layer ?? '');
    dropStatistics(statistics.keys(), isUnseen, () => fits() && doStatisticsFit());
    dropStatistics(statistics.keys(), () => true, doStatisticsFit);
    for (const key of sketches.keys()) {
      if (fits()) break;
      if (key !== added) removeSketch(key);
    }
    dropStatistics(statistics.keys(), () => true, fits);
  }

  return {
    sketch: (key) => {
      const entry = sketches.get(key);
      if (entry === undefined) return undefined;
      sketches.delete(key);
      sketches.set(key, entry);
      return entry.sketch;
    },
    lastSketch: (record) => sketches.get(lastKeys.get(record) ?? '')?.sketch,
    keepSketch: (key, sketch, record = key) => {
      removeSketch(key);
      const bytes = sketchBytes(sketch);
      sketches.set(key, { sketch, bytes, record });
      lastKeys.set(record, key);
      sketchesUsed += bytes;
      evict(key);
    },
    hasRoomFor: (layer) =>
      focused.has(layer) ||
      (statisticsUsed < budget * MEASURES_SHARE * (1 - SLACK) &&
        sketchesUsed + statisticsUsed < budget * (1 - SLACK)),
    ownerOf: (key) => {
      const entry = statistics.get(key);
      if (entry === undefined) return undefined;
      statistics.delete(key);
      statistics.set(key, entry);
      return entry.owner;
    },
    keepStatistics: (key, layer, bytes, owner) => {
      const before = statistics.get(key)?.owner;
      lost(key);
      if (before !== owner) before?.drop([key]);
      statistics.set(key, { layer, bytes, owner });
      statisticsUsed += bytes;
      evict(key);
    },
    lost,
    focus: (layers) => {
      focused = new Set(layers);
    },
    forget: (prefix) => {
      for (const key of [...sketches.keys()]) if (key.startsWith(prefix)) removeSketch(key);
      dropStatistics(
        statistics.keys(),
        (key) => key.startsWith(prefix),
        () => false,
      );
    },
  };
}
