/** Whole runs from files: how fast they are listed and computed, and in how much memory. */
import { fork } from 'node:child_process';
import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { localFiles } from '../../src/io/localFiles';
import { analyseRun } from '../../src/kernel/analyseRun';
import { helperPool, type Pool } from '../../src/kernel/pool';
import { sketchCache } from '../../src/kernel/sketchCache';
import { spawnHelper } from '../../src/kernel/spawnHelper';
import { DEFAULT_OPTIONS } from '../../src/protocol/analysis';
import { openRun } from '../../src/run/openRun';
import { interleaved, medianMilliseconds as median, milliseconds, type Row } from './measure';

const MEGABYTE = 2 ** 20;

/** Measures in a temporary folder, which is removed. */
export async function benchRuns(): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'normscope-bench-'));
  try {
    return [
      await benchListing(join(folder, 'many')),
      await benchLargeRun(join(folder, 'large')),
      await benchWorkers(join(folder, 'large')),
    ];
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** 200 steps of 20 layers, a file each: from headers alone. The reference reads the first 4 kB of each file. */
async function benchListing(folder: string): Promise<Row> {
  const files = await writeRun(folder, 200, 20, new Float32Array(64 * 16), [64, 16]);
  const listing = await median(async () => {
    const catalog = await openRun(localFiles(), [pathToFileURL(folder).href]);
    if (catalog.records.length !== 4000) throw new Error(`Listed ${catalog.records.length} records.`);
  });
  const reading = await median(async () => {
    const buffer = new Uint8Array(4096);
    for (const file of files) {
      const handle = await open(file);
      await handle.read(buffer, 0, buffer.length, 0);
      await handle.close();
    }
  });
  return {
    what: 'Listing 200 steps × 20 layers, 4000 .npy files',
    figure: `${listing.toFixed(0)} ms`,
    reference: `${(listing / reading).toFixed(2)} × opening and reading the first 4 kB of each, one after the other`,
  };
}

/** 2 GB, computed by the report command in a process of its own, whose peak memory the system tells. */
async function benchLargeRun(folder: string): Promise<Row> {
  const shape = [64, 64, 32, 32];
  const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
  // Sums of three uniform values: bell-shaped, and quick to make.
  for (let i = 0; i < values.length; i++) values[i] = Math.random() + Math.random() + Math.random() - 1.5;
  const files = await writeRun(folder, 16, 8, values, shape);
  const bytes = files.length * values.byteLength;
  const started = performance.now();
  const peak = await reportPeak(folder);
  const seconds = (performance.now() - started) / 1000;
  const buffer = new Uint8Array(MEGABYTE);
  const reading = await median(async () => {
    for (const file of files) {
      const handle = await open(file);
      while ((await handle.read(buffer, 0, buffer.length)).bytesRead > 0);
      await handle.close();
    }
  }, 1);
  return {
    what: `Computing a run of ${(bytes / 1e9).toFixed(2)} GB: every method, every distribution`,
    figure: `${seconds.toFixed(1)} s, ${((seconds * 1e9) / (bytes / 4)).toFixed(1)} ns a value, peak memory ${(peak / MEGABYTE).toFixed(0)} MB`,
    reference: `${((seconds * 1000) / reading).toFixed(1)} × reading the same files`,
  };
}

/** The same run by one worker and by two, as in the extension. */
async function benchWorkers(folder: string): Promise<Row> {
  const fileSystem = localFiles();
  if (fileSystem === undefined) throw new Error('There are no local files here.');
  const catalog = await openRun(fileSystem, [pathToFileURL(folder).href]);
  const compute = (pool: Pool) =>
    milliseconds(async () => {
      const place = { fileSystem, cache: sketchCache(2 ** 27), pool };
      const request = { run: folder, catalog, options: DEFAULT_OPTIONS, focus: [], statistics: false };
      await analyseRun(place, request, new AbortController().signal, () => {});
    });
  const pools = [1, 2].map((size) =>
    helperPool(size, () => spawnHelper(resolve('out/test/bench/dist/kernel.js'))),
  );
  const figures = await interleaved({ one: () => compute(pools[0]), two: () => compute(pools[1]) }, 3);
  for (const pool of pools) pool.dispose();
  const [one, two] = [figures.get('one') ?? Number.NaN, figures.get('two') ?? Number.NaN];
  const bytes = catalog.records.reduce((sum, { shape }) => sum + 4 * shape.reduce((a, b) => a * b, 1), 0);
  return {
    what: 'The same run by two workers',
    figure: `${(two / 1000).toFixed(1)} s, ${(bytes / two / 1e6).toFixed(2)} GB/s`,
    reference: `one worker: ${(one / 1000).toFixed(1)} s, ${(bytes / one / 1e6).toFixed(2)} GB/s, ${(one / two).toFixed(2)} ×`,
  };
}

/** Peak memory, in bytes, of a process that reports on the run. */
async function reportPeak(folder: string): Promise<number> {
  const child = fork('out/test/bench/reportPeak.mjs', [folder], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  return new Promise((resolve, reject) => {
    child.on('message', (peak) => resolve(Number(peak)));
    child.on('exit', (code) => reject(new Error(`The report ended with code ${code}.`)));
  });
}

/** `steps` folders of `layers` .npy files with the same values. */
async function writeRun(
  folder: string,
  steps: number,
  layers: number,
  values: Float32Array,
  shape: readonly number[],
): Promise<string[]> {
  const header = npyHeader(shape);
  const files: string[] = [];
  for (let step = 0; step < steps; step++) {
    const parent = join(folder, `step_${step * 100}`);
    await mkdir(parent, { recursive: true });
    for (let layer = 0; layer < layers; layer++) {
      const file = join(parent, `layer${layer}.npy`);
      await writeFile(file, [header, new Uint8Array(values.buffer)]);
      files.push(file);
    }
  }
  return files;
}

/** [numpy.lib.format, version 1.0] */
function npyHeader(shape: readonly number[]): Uint8Array {
  const dict = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`;
  const padded = `${dict.padEnd(Math.ceil((dict.length + 11) / 64) * 64 - 11)}\n`;
  return Buffer.concat([
    Buffer.from('\x93NUMPY\x01\x00', 'latin1'),
    Buffer.from([padded.length & 255, padded.length >> 8]),
    Buffer.from(padded),
  ]);
}
