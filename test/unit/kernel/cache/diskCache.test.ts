import assert from 'node:assert/strict';
import { type DiskCacheOptions, diskCache } from '../../../../src/kernel/cache/diskCache';
import type { PlainData } from '../../../../src/kernel/cache/plainData';
import { memoryStore } from './stores';

/** Only that it comes back as it was matters here; tests of whole runs keep real ones. */
function sketchOf(seed: number, size = 50): PlainData {
  return { seed, counts: Uint32Array.from({ length: size }, (_, i) => (seed * 31 + i * 7) % 100) };
}

const STATE = [{ file: 'file:///run/a.npy', stamp: '10-1700000000123' }];

function cacheOn(store = memoryStore(), options: Partial<DiskCacheOptions> = {}) {
  const cache = diskCache({
    store,
    limit: 1 << 20,
    version: 'one',
    isUnchanged: async () => true,
    ...options,
  });
  return { store, cache };
}

/** A store with ten sketches, `k0` to `k9`, in one pack. */
async function filled(options: Partial<DiskCacheOptions> = {}) {
  const { store, cache } = cacheOn(memoryStore(), options);
  for (let i = 0; i < 10; i++) cache.put(`k${i}`, STATE, sketchOf(i));
  await cache.flush();
  return store;
}

/** What a kernel that is started now finds. */
async function found(store: ReturnType<typeof memoryStore>, version = 'one'): Promise<(number | 'wrong')[]> {
  const { cache } = cacheOn(store, { version });
  const all: (number | 'wrong')[] = [];
  for (let i = 0; i < 10; i++) {
    const sketch = await cache.get(`k${i}`);
    if (sketch === undefined) continue;
    try {
      assert.deepEqual(sketch, sketchOf(i));
      all.push(i);
    } catch {
      all.push('wrong');
    }
  }
  return all;
}

const ALL = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

describe('kernel: sketches on disk', () => {
  it('are there for the next kernel, many in one file', async () => {
    const store = await filled();
    assert.equal(store.files.size, 1);
    assert.deepEqual(await found(store), ALL);
    assert.equal(await cacheOn(store).cache.get('k10'), undefined);
  });

  it('are never trusted if a byte of them changed', async () => {
    const store = await filled();
    const [[name, { bytes }]] = store.files;
    let lost = 0;
    for (let at = 0; at < bytes.length; at++) {
      const damaged = bytes.slice();
      damaged[at] ^= 1 << (at % 8);
      const { store: copy } = cacheOn();
      await copy.write(name, damaged);
      const left = await found(copy);
      assert.ok(!left.includes('wrong') && left.length < 10, `byte ${at} of ${bytes.length}: ${left}`);
      if (left.length === 9) lost++;
    }
    // Most of the bytes are a sketch's, and cost that one alone.
    assert.ok(lost > bytes.length / 2);
  });

  it('are never trusted if the file is truncated', async () => {
    const store = await filled();
    const [[name, { bytes }]] = store.files;
    for (let length = 0; length < bytes.length; length++) {
      const { store: copy } = cacheOn();
      await copy.write(name, bytes.subarray(0, length));
      const left = await found(copy);
      assert.deepEqual(left, ALL.slice(0, left.length));
      assert.ok(left.length < 10);
    }
  });

  it('of another version are removed unread', async () => {
    const store = await filled();
    assert.deepEqual(await found(store, 'two'), []);
    assert.equal(store.files.size, 0);
  });

  it('files of others are left alone', async () => {
    const { store, cache } = cacheOn();
    await store.write('notes.txt', Uint8Array.of(1));
    assert.equal(await cache.get('k0'), undefined);
    assert.equal(await cache.clear(), 0);
    assert.deepEqual([...store.files.keys()], ['notes.txt']);
  });

  it('a damaged one is replaced by the one that is computed again', async () => {
    const store = await filled();
    const [[, { bytes }]] = store.files;
    bytes[bytes.length - 1] ^= 1;
    const { cache } = cacheOn(store);
    assert.equal(await cache.get('k9'), undefined);
    cache.put('k9', STATE, sketchOf(9));
    await cache.flush();
    assert.deepEqual(await cache.get('k9'), sketchOf(9));
    assert.deepEqual(await found(store), ALL);
  });

  it('are not kept if the file has changed since, or cannot be checked', async () => {
    for (const isUnchanged of [async () => false, () => Promise.reject(new Error('gone'))]) {
      assert.equal((await filled({ isUnchanged })).files.size, 0);
    }
  });

  it('of two files are kept if both are unchanged', async () => {
    const other = { file: 'file:///run/b.npy', stamp: '10-1700000000456' };
    for (const changed of [...STATE, other, undefined]) {
      const { store, cache } = cacheOn(memoryStore(), { isUnchanged: async (state) => state !== changed });
      cache.put('k0', [...STATE, other], sketchOf(0));
      await cache.flush();
      assert.equal(store.files.size, changed === undefined ? 1 : 0);
    }
  });

  it('stay within the limit: the least recently used are removed first', async () => {
    const store = memoryStore();
    const limit = 20_000;
    for (let i = 0; i < 10; i++) {
      const { cache } = cacheOn(store, { limit });
      // Whatever else happens, the first is used.
      if (i > 0) assert.deepEqual(await cache.get('k0'), sketchOf(0, 3000));
      cache.put(`k${i}`, STATE, sketchOf(i, 3000));
      await cache.flush();
      const total = [...store.files.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
      assert.ok(total <= limit, `${total}`);
    }
    const { cache } = cacheOn(store, { limit });
    assert.deepEqual(await cache.get('k0'), sketchOf(0, 3000));
    assert.deepEqual(await cache.get('k9'), sketchOf(9, 3000));
    assert.equal(await cache.get('k1'), undefined);
  });

  it('are written early if there are many', async () => {
    const { store, cache } = cacheOn(memoryStore(), { limit: 1 << 26 });
    const size = 1 << 20;
    for (let i = 0; i < 9; i++) cache.put(`k${i}`, STATE, sketchOf(i, size));
    await cache.flush();
    assert.ok(store.files.size >= 2);
    assert.deepEqual(await cacheOn(store).cache.get('k8'), sketchOf(8, size));
  });

  it('wait for the flush, or until they take much memory', async () => {
    const { store, cache } = cacheOn();
    cache.put('k0', STATE, sketchOf(0), 1 << 10);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(store.files.size, 0);
    cache.put('k1', STATE, sketchOf(1), 1 << 20);
    for (let turn = 0; turn < 100 && store.files.size === 0; turn++)
      await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual(await found(store), [0, 1]);
  });

  it('many small files become one', async () => {
    const store = memoryStore();
    const writer = cacheOn(store).cache;
    for (let i = 0; i < 70; i++) {
      writer.put(`k${i}`, STATE, sketchOf(i));
      await writer.flush();
    }
    assert.equal(store.files.size, 70);
    assert.deepEqual(await found(store), ALL);
    assert.equal(store.files.size, 1);
    assert.deepEqual(await found(store), ALL);
  });

  it('clearing frees them, those that wait to be written too', async () => {
    const store = await filled();
    const bytes = [...store.files.values()][0].bytes.length;
    const { cache } = cacheOn(store);
    cache.put('k10', STATE, sketchOf(10));
    assert.equal(await cache.clear(), bytes);
    await cache.flush();
    assert.equal(store.files.size, 0);
    assert.equal(await cache.get('k0'), undefined);
    assert.equal(await cache.clear(), 0);
  });

  it('a disk that refuses everything costs no more than the cache', async () => {
    const refuse = () => Promise.reject(new Error('ENOSPC'));
    const store = { list: refuse, read: refuse, write: refuse, remove: refuse, touch: refuse };
    const cache = diskCache({ store, limit: 1e6, version: 'one', isUnchanged: async () => true });
    cache.put('k0', STATE, sketchOf(0));
    await cache.flush();
    assert.equal(await cache.get('k0'), undefined);
    assert.equal(await cache.clear(), 0);
  });
});
