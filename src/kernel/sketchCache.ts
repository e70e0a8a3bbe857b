import { type RecordSketch, sketchBytes } from './analyseRecord';

/** The most recently used sketches, within a budget of bytes. */
export interface SketchCache {
  get(key: string): RecordSketch | undefined;
  set(key: string, sketch: RecordSketch): void;
  /** Forgets the keys that begin with the prefix. */
  forget(prefix: string): void;
}

export function sketchCache(budget: number): SketchCache {
  // A Map iterates in the order of insertion: the least recently used entry is the first.
  const entries = new Map<string, { sketch: RecordSketch; bytes: number }>();
  let used = 0;
  const remove = (key: string) => {
    used -= entries.get(key)?.bytes ?? 0;
    entries.delete(key);
  };
  return {
    get: (key) => {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      entries.delete(key);
      entries.set(key, entry);
      return entry.sketch;
    },
    set: (key, sketch) => {
      remove(key);
      const bytes = sketchBytes(sketch);
      entries.set(key, { sketch, bytes });
      used += bytes;
      for (const oldest of entries.keys()) {
        if (used <= budget || oldest === key) break;
        remove(oldest);
      }
    },
    forget: (prefix) => {
      for (const key of [...entries.keys()]) if (key.startsWith(prefix)) remove(key);
    },
  };
}
