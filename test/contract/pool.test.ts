import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { localFiles } from '../../src/io/localFiles';
import { analyseRun } from '../../src/kernel/analyseRun';
import { helperPool, type Pool } from '../../src/kernel/pool';
import { sketchCache } from '../../src/kernel/sketchCache';
import type { Workplace } from '../../src/kernel/sketches';
import { spawnHelper } from '../../src/kernel/spawnHelper';
import { isAbortError } from '../../src/protocol/abort';
import { DEFAULT_OPTIONS } from '../../src/protocol/analysis';
import type { AnalyseProgress } from '../../src/protocol/kernelApi';
import { openRun } from '../../src/run/openRun';
import { temporaryRun } from './kernelLinks';

const KERNEL = resolve('out/test/dist/kernel.js');
const SAMPLE = pathToFileURL('media/sample').href;

/** A pool of two helpers, and the threads that it started. */
function poolUnderTest(): { pool: Pool; workers: Worker[]; end(): void } {
  const workers: Worker[] = [];
  const note = (worker: Worker) => workers.push(worker);
  process.on('worker', note);
  const pool = helperPool(2, () => spawnHelper(KERNEL));
  return {
    pool,
    workers,
    end: () => {
      pool.dispose();
      process.off('worker', note);
    },
  };
}

async function analyse(
  uri: string,
  pool: Pool | undefined,
  tell: (progress: AnalyseProgress) => void = () => {},
  signal = new AbortController().signal,
) {
  const files = localFiles();
  assert.ok(files !== undefined);
  const catalog = await openRun(files, [uri]);
  const place: Workplace = { fileSystem: files, cache: sketchCache(2 ** 26), pool };
  const news: AnalyseProgress[] = [];
  const outcome = await analyseRun(
    place,
    { run: 'run', catalog, options: DEFAULT_OPTIONS, focus: [], statistics: false },
    signal,
    (progress) => {
      news.push(progress);
      tell(progress);
    },
  );
  const problems = news.flatMap((each) => (each.kind === 'problem' ? [each.problem] : []));
  const byRecord = (a: { record: number }, b: { record: number }) => a.record - b.record;
  const summaries = news.flatMap((each) => (each.kind === 'summary' ? [each.summary] : [])).sort(byRecord);
  const shifts = news.flatMap((each) => (each.kind === 'shift' ? [each.shift] : [])).sort(byRecord);
  return { outcome, problems, summaries, shifts };
}

// Node 20 aborts the whole process where a thread is terminated while its code is being optimized in the background,
// which the option `no-concurrent-recompilation` for mocha in package.json prevents.
describe('a pool of helpers', () => {
  it('computes what one thread computes', async () => {
    const { pool, workers, end } = poolUnderTest();
    try {
      const one = await analyse(SAMPLE, undefined);
      const several = await analyse(SAMPLE, pool);
      assert.equal(workers.length, 2);
      assert.deepEqual(several, one);
      assert.equal(one.summaries.length, 112);
    } finally {
      end();
    }
  });

  it('loses one record at most where a helper is killed, says which, and completes the run', async () => {
    const { pool, workers, end } = poolUnderTest();
    const run = await temporaryRun(40);
    try {
      let told = 0;
      const { outcome, problems } = await analyse(run.uri, pool, () => {
        if (++told === 6) void workers[0].terminate();
      });
      assert.equal(outcome.done + outcome.failed, 40);
      assert.ok(outcome.failed <= 1, `${outcome.failed} records are lost`);
      assert.equal(workers.length, 3);
      for (const { code, path, message } of problems) {
        assert.equal(code, 'internal');
        assert.match(path, /^file:.*step/);
        assert.match(message, /worker of the kernel/);
      }
    } finally {
      end();
      await run.remove();
    }
  });

  it('stops at once when given up', async () => {
    const { pool, end } = poolUnderTest();
    const run = await temporaryRun(40);
    try {
      const controller = new AbortController();
      let told = 0;
      const analysis = analyse(
        run.uri,
        pool,
        () => {
          if (++told === 3) controller.abort();
        },
        controller.signal,
      );
      await assert.rejects(analysis, isAbortError);
      assert.ok(told < 10, `${told} results were told`);
    } finally {
      end();
      await run.remove();
    }
  });
});
