import assert from 'node:assert/strict';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { localFiles } from '../../src/io/localFiles';
import { optionsFor } from '../../src/kernel/methods/recordOptions';
import { analyseRun } from '../../src/kernel/run/analyseRun';
import { kernelContext } from '../../src/kernel/run/sketchStore';
import { recordWork } from '../../src/kernel/workers/recordWork';
import { spawnComputeWorker } from '../../src/kernel/workers/spawnComputeWorker';
import { type WorkerPool, workerPool } from '../../src/kernel/workers/workerPool';
import { DEFAULT_OPTIONS, isDefined, type RecordSummary } from '../../src/model/analysis';
import type { AnalyseProgress } from '../../src/protocol/kernelApi';
import { openRun } from '../../src/run/openRun';
import { npyBytes, npyHeader } from './dumpBytes';

const KERNEL = resolve('out/test/dist/kernel.js');
/** 136 MB, in samples of 2 MB. */
const SHAPE = [64, 130, 64, 64];
const [SAMPLES] = SHAPE;
const HEADER = npyHeader(`(${SHAPE.join(', ')})`);

describe('large records', () => {
  let folder: string;
  let pool: WorkerPool;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'normscope-test-'));
    pool = workerPool(2, () => spawnComputeWorker(KERNEL));
    await writeTensor(join(folder, 'step_0.npy'), HEADER);
  });
  after(async () => {
    pool.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  /** All results for a file, from compute workers or from one thread. */
  async function newsOf(name: string, workers: WorkerPool | undefined, estimates: boolean) {
    const files = localFiles();
    const catalog = await openRun(files, [pathToFileURL(join(folder, name)).href]);
    const news: AnalyseProgress[] = [];
    await analyseRun(
      kernelContext(files, { memoryBudget: 2 ** 27, pool: workers }),
      { run: name, catalog, options: DEFAULT_OPTIONS, focus: [], statistics: false, estimates },
      new AbortController().signal,
      (progress) => news.push(progress),
    );
    return news;
  }

  for (const [who, workers] of [
    ['compute workers', () => pool],
    ['one thread', () => undefined],
  ] as const) {
    it(`are estimated from even samples by ${who}, until all of it is read`, async () => {
      const news = await newsOf('step_0.npy', workers(), true);
      assert.deepEqual(
        news.map(({ kind }) => kind),
        ['summary', 'summary', 'shift'],
      );
      const [first, whole] = news.flatMap((each) => (each.kind === 'summary' ? [each.summary] : []));
      // 16 MB of it: seven samples.
      assert.deepEqual(first.estimate, { samples: 7, of: SAMPLES });
      assert.equal(first.count, (whole.count * 7) / SAMPLES);
      // Sample n holds n, n + 1, n, n + 1, …
      const taken = Array.from({ length: 7 }, (_, i) => Math.floor((i * SAMPLES) / 7));
      assertMoments(first, taken);
      assert.equal(whole.estimate, undefined);
      assertMoments(
        whole,
        Array.from({ length: SAMPLES }, (_, n) => n),
      );
    });
  }

  it('are not sent unless requested', async () => {
    const kinds = (await newsOf('step_0.npy', pool, false)).map(({ kind }) => kind);
    assert.deepEqual(kinds, ['summary', 'shift']);
  });

  it('in Fortran order, whose samples are not one stretch, have no parts to be measured', async () => {
    const path = join(folder, 'fortran.npy');
    await writeFile(path, npyBytes(npyHeader('(4, 2, 3)').replace('False', 'True'), new Uint8Array(4 * 24)));
    const files = localFiles();
    const catalog = await openRun(files, [pathToFileURL(path).href]);
    const recordOptions = optionsFor(catalog.layers[0], [4, 2, 3], DEFAULT_OPTIONS);
    const work = recordWork(files);
    const part = await work.measure(
      catalog.records[0],
      recordOptions,
      { from: 0, to: 2 },
      new AbortController().signal,
    );
    await work.closeFiles();
    assert.equal(part, undefined);
  });
});

/** Of the values n and n + 1, half of each, for the samples n. */
function assertMoments({ methods: { none } }: RecordSummary, samples: readonly number[]): void {
  assert.ok(isDefined(none));
  const values = samples.flatMap((n) => [n, n + 1]);
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  assert.ok(Math.abs(none.mean - mean) < 1e-9, `mean ${none.mean}, not ${mean}`);
  assert.ok(
    Math.abs(none.variance - variance) < 1e-9 * variance,
    `variance ${none.variance}, not ${variance}`,
  );
  assert.deepEqual([none.min, none.max], [Math.min(...values), Math.max(...values)]);
}

async function writeTensor(path: string, header: string): Promise<void> {
  const file = await open(path, 'w');
  await file.writeFile(npyBytes(header));
  for (let n = 0; n < SAMPLES; n++) {
    const sample = new Float32Array(SHAPE[1] * SHAPE[2] * SHAPE[3]).fill(n);
    for (let i = 1; i < sample.length; i += 2) sample[i] = n + 1;
    await file.writeFile(new Uint8Array(sample.buffer));
  }
  await file.close();
}
