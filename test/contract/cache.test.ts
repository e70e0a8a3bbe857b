import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fileStamp } from '../../src/io/fileStamp';
import type { FileSystem } from '../../src/io/fileSystem';
import { localFiles } from '../../src/io/localFiles';
import { localStore } from '../../src/io/localStore';
import { cachedRecords } from '../../src/kernel/cache/cachedRecords';
import { type DiskCache, diskCache } from '../../src/kernel/cache/diskCache';
import { analyseRun } from '../../src/kernel/run/analyseRun';
import { kernelContext } from '../../src/kernel/run/sketchStore';
import { type AnalysisOptions, DEFAULT_OPTIONS } from '../../src/model/analysis';
import type { AnalyseProgress } from '../../src/protocol/kernelApi';
import { openRun } from '../../src/run/openRun';
import { analyse as analyseOnLink, linkToKernel, open } from './kernelLinks';

/** A copy of a few files of a run, last changed a minute ago, and a folder for the cache. */
async function temporaryRun(from = 'media/sample', limit = 3) {
  const folder = await mkdtemp(join(tmpdir(), 'normscope-cache-'));
  const files: string[] = [];
  for (const name of (await readdir(from)).filter((each) => /step_0000/.test(each)).slice(0, limit)) {
    const file = join(folder, 'run', name);
    await cp(join(from, name), file);
    await age(file, 60);
    files.push(file);
  }
  return {
    run: pathToFileURL(join(folder, 'run')).href,
    cache: join(folder, 'storage', 'sketches'),
    files,
    remove: () => rm(folder, { recursive: true }),
  };
}

async function age(file: string, seconds: number) {
  const then = Date.now() / 1000 - seconds + 0.25;
  await utimes(file, then, then);
}

/** Files that are opened are noted. */
function noting(
  files: FileSystem,
  opened: string[],
  beforeOpen: (uri: string) => Promise<void> = async () => {},
): FileSystem {
  return {
    ...files,
    open: async (uri) => {
      opened.push(uri);
      await beforeOpen(uri);
      return files.open(uri);
    },
  };
}

/** What a kernel that is started now tells of the run, and the files that it read to do so. */
async function analyse(
  { run, cache }: { run: string; cache: string },
  options: Partial<AnalysisOptions> = {},
  beforeOpen?: (uri: string) => Promise<void>,
) {
  const files = localFiles();
  const store = localStore(pathToFileURL(cache).href);
  assert.ok(files !== undefined && store !== undefined);
  const opened: string[] = [];
  const fileSystem = noting(files, opened, beforeOpen);
  const disk: DiskCache = diskCache({
    store,
    limit: 2 ** 26,
    version: 'test',
    isUnchanged: async ({ file, stamp }) => fileStamp(await files.stat(file), Date.now()) === stamp,
  });
  const catalog = await openRun(files, [run]);
  const news: AnalyseProgress[] = [];
  await analyseRun(
    kernelContext(fileSystem, { memoryBudget: 2 ** 26, disk: cachedRecords(disk) }),
    { run, catalog, options: { ...DEFAULT_OPTIONS, ...options }, focus: [], statistics: false },
    new AbortController().signal,
    (progress) => news.push(progress),
  );
  await disk.flush();
  return { news, opened: new Set(opened).size, records: catalog.records.length };
}

describe('sketches on disk', () => {
  let place: Awaited<ReturnType<typeof temporaryRun>>;
  beforeEach(async () => {
    place = await temporaryRun();
  });
  afterEach(() => place.remove());

  it('a reopened run gives the same results without reading a file', async () => {
    const first = await analyse(place);
    assert.equal(first.opened, 3);
    assert.equal(first.news.length, 2 * first.records);
    const again = await analyse(place, { percentiles: DEFAULT_OPTIONS.percentiles });
    assert.equal(again.opened, 0);
    assert.deepEqual(again.news, first.news);
    const others = await analyse(place, { percentiles: [1, 99], reference: 'previous' });
    assert.equal(others.opened, 0);
  });

  it('options that change a sketch have their own', async () => {
    await analyse(place);
    for (const options of [
      { epsilon: 1e-3 },
      { groups: 2 },
      { layerScope: 'position' },
    ] satisfies Partial<AnalysisOptions>[]) {
      assert.equal((await analyse(place, options)).opened, 3, JSON.stringify(options));
      assert.equal((await analyse(place, options)).opened, 0, JSON.stringify(options));
    }
  });

  it('a file that has changed is read again, the others are not', async () => {
    const before = await analyse(place);
    const [first, second] = place.files;
    await writeFile(first, await readFile(second));
    await age(first, 30);
    const after = await analyse(place);
    assert.equal(after.opened, 1);
    assert.notDeepEqual(after.news, before.news);
    assert.equal((await analyse(place)).opened, 0);
  });

  it('merged ranks are cached under the state of each of their files', async () => {
    const ranks = await temporaryRun('test/fixtures/ranks/run', 4);
    try {
      const first = await analyse(ranks);
      assert.equal(first.opened, 4);
      const again = await analyse(ranks);
      assert.equal(again.opened, 0);
      assert.deepEqual(again.news, first.news);
      const [, second] = ranks.files;
      const bytes = await readFile(second);
      bytes[bytes.length - 1] ^= 1;
      await writeFile(second, bytes);
      await age(second, 30);
      const after = await analyse(ranks);
      // All ranks that are merged with it are read again.
      assert.equal(after.opened, 4);
      assert.notDeepEqual(after.news, first.news);
      assert.equal((await analyse(ranks)).opened, 0);
    } finally {
      await ranks.remove();
    }
  });

  it('keeps nothing of a file that changes while it is read', async () => {
    const [first] = place.files;
    const { atime, mtime } = await stat(first);
    await analyse(place, {}, async (uri) => {
      if (uri.endsWith(basename(first))) await age(first, 20);
    });
    // A later run sees the file as it was when this one was listed.
    await utimes(first, atime, mtime);
    assert.equal((await analyse(place)).opened, 1);
    assert.equal((await analyse(place)).opened, 0);
  });

  it('a cache that is cut off or altered costs a reading, never a figure', async () => {
    const { news } = await analyse(place);
    const [name] = await readdir(place.cache);
    const pack = join(place.cache, name);
    const bytes = await readFile(pack);
    for (const [from, length] of [
      [0, bytes.length / 2],
      [0, 7],
      [1, bytes.length],
    ]) {
      // The first half has the results, without which nothing is read.
      const isReadAgain = length !== bytes.length / 2;
      for (const each of await readdir(place.cache)) await rm(join(place.cache, each));
      await writeFile(pack, bytes.subarray(from, from + length));
      const again = await analyse(place);
      assert.deepEqual(again.news, news);
      assert.equal(again.opened > 0, isReadAgain);
    }
  });

  it('no half-written file is left, and the folder is made when needed', async () => {
    await analyse(place);
    const names = await readdir(place.cache);
    assert.ok(names.length > 0 && names.every((name) => name.endsWith('.sketches')), names.join());
  });

  it('the kernel stores them in the given folder, and clears them', async () => {
    const cache = { folder: pathToFileURL(place.cache).href, limit: 2 ** 26 };
    const kernel = linkToKernel(undefined, { cache });
    try {
      const records = await open(kernel, place.run);
      await analyseOnLink(kernel, place.run);
      let size = 0;
      for (let tries = 0; size === 0 && tries < 500; tries++) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        for (const name of await readdir(place.cache).catch(() => []))
          if (name.endsWith('.sketches')) size += (await stat(join(place.cache, name))).size;
      }
      assert.ok(records > 0 && size > 0);
      assert.equal(await kernel.link.call('clearCache', undefined), size);
      assert.deepEqual(await readdir(place.cache), []);
      assert.equal(await kernel.link.call('clearCache', undefined), 0);
    } finally {
      await kernel.end();
    }
  });
});
