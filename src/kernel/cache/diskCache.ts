import type { Store } from '../../io/store';
import { turns } from '../../rpc/turns';
import { blockReader } from './blockReader';
import { digest } from './digest';
import { type PackedEntry, type PackedPlace, pack, readDirectory, readEntry } from './pack';
import { decode, encode, type PlainData } from './plainData';

/** The state of a file that something was computed from. */
export interface FileState {
  /** URI. */
  readonly file: string;
  readonly stamp: string;
}

/** What outlives the kernel: sketches and results. Whatever goes wrong, the answer is to compute them again. */
export interface DiskCache {
  /** As it was put under this key, by the same code. */
  get(key: string): Promise<PlainData>;
  /**
   * Written with the next `flush`, or when what waits takes much memory, if the files are then still in these states.
   * `bytes`: what the data takes in memory, about. It must not change any more.
   */
  put(key: string, states: readonly FileState[], data: PlainData, bytes?: number): void;
  /** Resolves when all that was put is written or given up. */
  flush(): Promise<void>;
  /** Removes all; the bytes that were freed. */
  clear(): Promise<number>;
}

export interface DiskCacheOptions {
  readonly store: Store;
  /** Bytes at most. */
  readonly limit: number;
  /** Version of the code that computes sketches. Sketches of another version are removed unread. */
  readonly version: string;
  isUnchanged(state: FileState): Promise<boolean>;
}

const SUFFIX = '.sketches';
/** Bytes of sketches that are gathered into one file. */
const PACK_BYTES = 4 << 20;
/**
 * Bytes of memory that may wait to be written: the results of two thousand records, most of which are kept in memory
 * anyway. To write them takes the kernel's thread a quarter of the time in which a run is computed, and nothing waits for
 * it.
 */
const WAITING_BYTES = 128 << 20;
/** Bytes of memory of one that does not say. */
const ENTRY_BYTES = 1 << 12;
/** Packs below this size are merged into one once there are too many of them: a run watched live writes one a step. */
const SMALL_PACK = 1 << 18;
const MAX_SMALL_PACKS = 64;

interface WaitingEntry {
  readonly key: string;
  readonly states: readonly FileState[];
  readonly data: PlainData;
}

/** Where an entry is. */
interface Placed extends PackedPlace {
  readonly pack: string;
}

interface Pack {
  readonly size: number;
  used: number;
  isTouched: boolean;
}

export function diskCache({ store, limit, version, isUnchanged }: DiskCacheOptions): DiskCache {
  const read = blockReader(store);
  const packs = new Map<string, Pack>();
  /** By the digests of keys, because there can be hundreds of thousands. */
  const places = new Map<string, Placed>();
  let waiting: WaitingEntry[] = [];
  let waitingBytes = 0;
  let loading: Promise<void> | undefined;
  /** Writing, merging and clearing, one after the other. */
  let queue: Promise<unknown> = Promise.resolve();

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = queue.then(work);
    queue = result.catch(() => {});
    return result;
  };
  const drop = async (name: string): Promise<void> => {
    packs.delete(name);
    for (const [key, { pack }] of places) if (pack === name) places.delete(key);
    await store.remove(name).catch(() => {});
  };

  /** Reads the folder on first use. */
  function whenLoaded(): Promise<void> {
    loading ??= load();
    return loading;
  }

  async function load(): Promise<void> {
    const files = await store.list().catch(() => []);
    for (const { name, size, used } of files) {
      if (!name.endsWith(SUFFIX)) continue;
      const found = await readDirectory(store, name, size, version).catch(() => undefined);
      if (found === undefined) await store.remove(name).catch(() => {});
      else note(name, { size, used, isTouched: false }, found);
    }
    await mergeSmallPacks();
  }

  function note(name: string, each: Pack, found: readonly PackedPlace[]): void {
    packs.set(name, each);
    for (const { key, offset, length, checksum } of found)
      places.set(key, { pack: name, key, offset, length, checksum });
  }

  async function mergeSmallPacks(): Promise<void> {
    const small = [...packs].filter(([, { size }]) => size < SMALL_PACK).map(([name]) => name);
    if (small.length <= MAX_SMALL_PACKS) return;
    const entries: PackedEntry[] = [];
    for (const place of places.values()) {
      if (!small.includes(place.pack)) continue;
      const bytes = await readEntry(read, place.pack, place).catch(() => undefined);
      if (bytes !== undefined) entries.push({ key: place.key, bytes });
    }
    for (const name of small) await drop(name);
    await write(entries);
  }

  async function write(entries: readonly PackedEntry[]): Promise<void> {
    if (entries.length === 0) return;
    const { packed, places: found } = pack(version, entries);
    const name = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}${SUFFIX}`;
    try {
      await store.write(name, packed);
    } catch {
      // A full disk or a lost folder: these sketches are computed again next time.
      return;
    }
    note(name, { size: packed.length, used: Date.now(), isTouched: true }, found);
    await evict();
  }

  /** Removes the packs that were not used for longest. */
  async function evict(): Promise<void> {
    let total = [...packs.values()].reduce((sum, { size }) => sum + size, 0);
    for (const [name, { size }] of [...packs].sort(([, a], [, b]) => a.used - b.used)) {
      if (total <= limit) return;
      total -= size;
      await drop(name);
    }
  }

  /** Writes what waits now, in its turn. */
  function flush(): Promise<void> {
    const entries = waiting;
    waiting = [];
    waitingBytes = 0;
    return inTurn(() => writeUnchanged(entries));
  }

  async function writeUnchanged(entries: readonly WaitingEntry[]): Promise<void> {
    if (entries.length === 0) return;
    await whenLoaded();
    const known = new Map<string, boolean>();
    const areUnchanged = async (states: readonly FileState[]): Promise<boolean> => {
      for (const state of states) {
        const id = `${state.stamp} ${state.file}`;
        const found = known.get(id) ?? (await isUnchanged(state).catch(() => false));
        known.set(id, found);
        if (!found) return false;
      }
      return true;
    };
    const turn = turns();
    let encoded: PackedEntry[] = [];
    let size = 0;
    for (const { key, states, data } of entries) {
      await turn();
      if (!(await areUnchanged(states))) continue;
      const bytes = encode(data);
      encoded.push({ key: digest(key), bytes });
      size += bytes.length;
      if (size < Math.min(PACK_BYTES, limit / 8)) continue;
      await write(encoded);
      encoded = [];
      size = 0;
    }
    await write(encoded);
  }

  function touch(name: string): void {
    const each = packs.get(name);
    if (each === undefined || each.isTouched) return;
    each.isTouched = true;
    each.used = Date.now();
    store.touch(name).catch(() => {});
  }

  return {
    get: async (text) => {
      await whenLoaded();
      if (places.size === 0) return undefined;
      const key = digest(text);
      const found = places.get(key);
      if (found === undefined) return undefined;
      try {
        const bytes = await readEntry(read, found.pack, found);
        if (bytes !== undefined) {
          touch(found.pack);
          return decode(bytes);
        }
      } catch {
        // Another window may have removed it.
      }
      places.delete(key);
      return undefined;
    },
    put: (key, states, data, bytes = ENTRY_BYTES) => {
      waiting.push({ key, states, data });
      waitingBytes += bytes;
      if (waitingBytes >= Math.min(WAITING_BYTES, limit / 2)) void flush();
    },
    flush,
    clear: () => {
      waiting = [];
      waitingBytes = 0;
      return inTurn(async () => {
        await whenLoaded();
        const freed = [...packs.values()].reduce((sum, { size }) => sum + size, 0);
        for (const name of [...packs.keys()]) await drop(name);
        return freed;
      });
    },
  };
}
