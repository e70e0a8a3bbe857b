import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { localFiles } from '../../src/io/localFiles';
import { analyseRun } from '../../src/kernel/run/analyseRun';
import { type KernelContext, kernelContext } from '../../src/kernel/run/sketchStore';
import { spawnComputeWorker } from '../../src/kernel/workers/spawnComputeWorker';
import { type WorkerPool, workerPool } from '../../src/kernel/workers/workerPool';
import {
  type AnalysisOptions,
  DEFAULT_OPTIONS,
  isDefined,
  METHODS,
  type RecordSummary,
} from '../../src/model/analysis';
import type { RunCatalog } from '../../src/model/catalog';
import type { Problem } from '../../src/model/problem';
import type { AnalyseProgress } from '../../src/protocol/kernelApi';
import { isAbortError } from '../../src/rpc/abort';
import { openRun } from '../../src/run/openRun';
import { temporaryRun } from './kernelLinks';

const KERNEL = resolve('out/test/dist/kernel.js');
const SAMPLE = pathToFileURL('media/sample').href;
/** 23 MB, in five shares that are large enough for histograms of blocks. */
const LARGE = [29, 64, 56, 56];
const SHARED_BYTES = 20 << 20;

/** A pool of compute workers, the threads that it started, and the records that it was given work of, in their order. */
function poolUnderTest(size = 2) {
  const workers: Worker[] = [];
  const note = (worker: Worker) => workers.push(worker);
  process.on('worker', note);
  const inner = workerPool(size, () => spawnComputeWorker(KERNEL));
  const given: string[] = [];
  const pool: WorkerPool = {
    ...inner,
    run: (group, record, work, signal, first) =>
      inner.run(
        group,
        record,
        (worker, options) => {
          given.push(record.file);
          return work(worker, options);
        },
        signal,
        first,
      ),
  };
  return {
    pool,
    workers,
    given,
    end: () => {
      inner.dispose();
      process.off('worker', note);
    },
  };
}

function placeWith(pool: WorkerPool | undefined): KernelContext {
  const files = localFiles();
  assert.ok(files !== undefined);
  return kernelContext(files, { memoryBudget: 2 ** 27, pool, sharedBytes: SHARED_BYTES });
}

async function catalogOf(uri: string): Promise<RunCatalog> {
  const files = localFiles();
  assert.ok(files !== undefined);
  return openRun(files, [uri]);
}

async function analyse(
  catalog: RunCatalog,
  place: KernelContext,
  {
    tell = () => {},
    signal = new AbortController().signal,
    ...options
  }: Partial<AnalysisOptions> & { tell?(progress: AnalyseProgress): void; signal?: AbortSignal } = {},
) {
  const news: AnalyseProgress[] = [];
  const outcome = await analyseRun(
    place,
    {
      run: catalog.roots.join(),
      catalog,
      options: { ...DEFAULT_OPTIONS, ...options },
      focus: [],
      statistics: false,
    },
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

/** Counts are the same; moments within 1e-12, percentiles within 1 % of the half-width. */
function assertAlike(actual: RecordSummary, expected: RecordSummary) {
  const { methods, formatLoss, magnitude, ...counts } = expected;
  assert.deepEqual(
    { ...actual, methods, formatLoss, magnitude },
    { ...counts, methods, formatLoss, magnitude },
  );
  // Read off the histogram, whose cells depend on the sample.
  assertClose(actual.formatLoss, formatLoss);
  assertClose(actual.magnitude, magnitude);
  for (const method of METHODS) {
    const [a, b] = [actual.methods[method], methods[method]];
    if (!isDefined(a) || !isDefined(b)) {
      assert.deepEqual(a, b);
      continue;
    }
    const sigma = Math.sqrt(b.variance);
    assert.ok(Math.abs(a.mean - b.mean) <= 1e-12 * sigma, `${method}: mean ${a.mean}, ${b.mean}`);
    assert.ok(Math.abs(a.variance - b.variance) <= 1e-12 * b.variance, `${method}: variance`);
    assert.deepEqual([a.min, a.max, a.unitCount], [b.min, b.max, b.unitCount]);
    const halfWidth = (b.percentiles[2] - b.percentiles[0]) / 2;
    for (const [i, value] of b.percentiles.entries())
      assert.ok(Math.abs(a.percentiles[i] - value) <= halfWidth / 100, `${method}: percentile ${i}`);
  }
}

/** The same fields, with numbers that differ by less than 1 %. */
function assertClose(actual: unknown, expected: unknown) {
  const numbers = (value: unknown): [string, unknown][] =>
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, each]) =>
          numbers(each).map(([path, leaf]): [string, unknown] => [`${key}.${path}`, leaf]),
        )
      : [['', value]];
  const found = new Map(numbers(actual));
  const wanted = numbers(expected);
  assert.deepEqual(
    [...found.keys()],
    wanted.map(([path]) => path),
  );
  for (const [path, value] of wanted) {
    const other = found.get(path);
    if (typeof value !== 'number' || typeof other !== 'number') assert.deepEqual(other, value, path);
    else assert.ok(Math.abs(other - value) <= 0.01 * Math.abs(value), `${path} ${other}, ${value}`);
  }
}

/** The pool, with something that happens whenever a piece of work was given to a compute worker. */
function afterGiven(pool: WorkerPool, happens: () => void): WorkerPool {
  return {
    ...pool,
    run: (group, record, work, signal, first) =>
      pool.run(
        group,
        record,
        (worker, options) => {
          const result = work(worker, options);
          happens();
          return result;
        },
        signal,
        first,
      ),
  };
}

// Node 20 aborts the whole process if a thread is terminated while its code is being optimized in the background. The
// option `no-concurrent-recompilation` for mocha in package.json prevents that.
describe('a pool of compute workers', () => {
  it('computes the same as one thread', async () => {
    const { pool, workers, end } = poolUnderTest();
    const catalog = await catalogOf(SAMPLE);
    try {
      const one = await analyse(catalog, placeWith(undefined));
      const several = await analyse(catalog, placeWith(pool));
      assert.equal(workers.length, 2);
      assert.deepEqual(several, one);
      assert.equal(one.summaries.length, 112);
    } finally {
      end();
    }
  });

  it('starts all compute workers early, which then do the work', async () => {
    const { pool, workers, end } = poolUnderTest();
    const catalog = await catalogOf(SAMPLE);
    try {
      pool.start();
      // Node tells of workers in a later turn.
      await new Promise(setImmediate);
      assert.equal(workers.length, 2);
      const { summaries } = await analyse(catalog, placeWith(pool));
      assert.equal(summaries.length, 112);
      pool.start();
      await new Promise(setImmediate);
      assert.equal(workers.length, 2);
    } finally {
      end();
    }
    pool.start();
    await new Promise(setImmediate);
    assert.equal(workers.length, 2);
  });

  it('loses at most one record if a compute worker is killed, reports it, and completes the run', async () => {
    const { pool, workers, end } = poolUnderTest();
    const run = await temporaryRun(40);
    try {
      let reported = 0;
      const { outcome, problems } = await analyse(await catalogOf(run.uri), placeWith(pool), {
        tell: () => {
          if (++reported === 6) void workers[0].terminate();
        },
      });
      assert.equal(outcome.done + outcome.failed, 40);
      assert.ok(outcome.failed <= 1, `${outcome.failed} records are lost`);
      assert.equal(workers.length, 3);
      assertDeath(problems, outcome.failed);
    } finally {
      end();
      await run.remove();
    }
  });

  it('reports a record at which the compute worker dies, and computes it when asked again', async () => {
    const { pool, workers, end } = poolUnderTest(1);
    const run = await temporaryRun(1);
    try {
      const catalog = await catalogOf(run.uri);
      // Node announces a thread in the next tick; the thread takes a while to start.
      const killing = afterGiven(pool, () => setImmediate(() => void workers[0].terminate()));
      const { outcome, problems } = await analyse(catalog, placeWith(killing));
      assert.deepEqual(outcome, { done: 0, failed: 1 });
      assertDeath(problems, 1);
      assert.deepEqual((await analyse(catalog, placeWith(pool))).outcome, { done: 1, failed: 0 });
    } finally {
      end();
      await run.remove();
    }
  });

  it('shares out a large tensor by samples, to the same figures', async () => {
    const { pool, given, end } = poolUnderTest();
    const run = await temporaryRun(1, LARGE);
    const catalog = await catalogOf(run.uri);
    try {
      const alone = await analyse(catalog, placeWith(undefined));
      const shared = await analyse(catalog, placeWith(pool));
      assert.ok(given.length > 3, `${given.length} pieces of work`);
      assert.deepEqual([alone.outcome.failed, shared.outcome.failed], [0, 0]);
      assertAlike(shared.summaries[0], alone.summaries[0]);
    } finally {
      end();
      await run.remove();
    }
  });

  it('loses at most one record if a compute worker is killed at a share of one, and completes the run', async () => {
    const { pool, workers, given, end } = poolUnderTest();
    const run = await temporaryRun(3, LARGE);
    try {
      const killing = afterGiven(pool, () => {
        if (given.length === 8) void workers[0].terminate();
      });
      const { outcome, problems, summaries } = await analyse(await catalogOf(run.uri), placeWith(killing));
      assert.equal(outcome.done + outcome.failed, 3);
      assert.ok(outcome.failed <= 1, `${outcome.failed} records are lost`);
      assert.equal(summaries.length, outcome.done);
      assertDeath(problems, outcome.failed);
      // Another compute worker has taken its place, or does once there is more work than is given already.
      assert.deepEqual((await analyse(await catalogOf(run.uri), placeWith(pool))).outcome, {
        done: 3,
        failed: 0,
      });
      assert.equal(workers.length, 3);
    } finally {
      end();
      await run.remove();
    }
  });

  it('computes small records together; a failing one does not affect the others', async () => {
    const { pool, given, end } = poolUnderTest();
    const run = await temporaryRun(50, [4, 4]);
    try {
      const catalog = await catalogOf(run.uri);
      await rm(new URL(catalog.records[7].file));
      const alone = await analyse(catalog, placeWith(undefined));
      const together = await analyse(catalog, placeWith(pool));
      assert.equal(given.length, 2);
      assert.deepEqual(together.outcome, { done: 49, failed: 1 });
      assert.deepEqual(together, alone);
    } finally {
      end();
      await run.remove();
    }
  });

  it('computes several small records one by one if a compute worker is killed at them', async () => {
    const { pool, workers, given, end } = poolUnderTest();
    const run = await temporaryRun(50, [4, 4]);
    try {
      let isKilled = false;
      const killing = afterGiven(pool, () => {
        // Node announces a thread in the next tick; the thread takes a while to start.
        if (!isKilled) setImmediate(() => void workers[0].terminate());
        isKilled = true;
      });
      const { outcome } = await analyse(await catalogOf(run.uri), placeWith(killing));
      assert.deepEqual(outcome, { done: 50, failed: 0 });
      assert.equal(workers.length, 3);
      assert.ok(given.length > 10, `${given.length} pieces of work`);
    } finally {
      end();
      await run.remove();
    }
  });

  it('has many records in flight without one signal that all of them listen to', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error) => {
      if (warning.name === 'MaxListenersExceededWarning') warnings.push(warning);
    };
    process.on('warning', note);
    const { pool, end } = poolUnderTest(6);
    const run = await temporaryRun(24, [4, 4]);
    try {
      const { outcome } = await analyse(await catalogOf(run.uri), placeWith(pool));
      assert.equal(outcome.done, 24);
      assert.deepEqual(warnings, []);
    } finally {
      process.off('warning', note);
      end();
      await run.remove();
    }
  });

  it('works on two runs side by side', async () => {
    const { pool, given, end } = poolUnderTest();
    const runs = [await temporaryRun(20), await temporaryRun(20)];
    try {
      const place = placeWith(pool);
      const catalogs = await Promise.all(runs.map(({ uri }) => catalogOf(uri)));
      const outcomes = await Promise.all(catalogs.map((catalog) => analyse(catalog, place)));
      assert.deepEqual(
        outcomes.map(({ outcome }) => outcome.done),
        [20, 20],
      );
      const order = given.map((file) => runs.findIndex(({ uri }) => file.startsWith(uri)));
      // Neither waits for the other to end. That they take turns is tested of the queue.
      assert.ok(
        order.indexOf(1) < order.lastIndexOf(0) && order.indexOf(0) < order.lastIndexOf(1),
        String(order),
      );
    } finally {
      end();
      for (const run of runs) await run.remove();
    }
  });

  it('answers other options, for large tensors from kept statistics, without the files', async () => {
    const { pool, end } = poolUnderTest();
    const runs = [await temporaryRun(4), await temporaryRun(1, LARGE)];
    try {
      for (const workers of [pool, undefined]) {
        for (const [i, { uri }] of runs.entries()) {
          const place = placeWith(workers);
          const catalog = await catalogOf(uri);
          const first = await analyse(catalog, place);
          const gone = { ...catalog, records: catalog.records.map((each) => ({ ...each, file: NOWHERE })) };
          const turned = await analyse(i === 0 ? catalog : gone, place, {
            groups: 8,
            epsilon: 0.1,
            percentiles: [5, 95],
          });
          const fresh = await analyse(catalog, placeWith(workers), {
            groups: 8,
            epsilon: 0.1,
            percentiles: [5, 95],
          });
          assert.deepEqual([first.outcome.failed, turned.outcome.failed], [0, 0], `run ${i}`);
          assert.deepEqual(turned, fresh);
          assert.notDeepEqual(turned.shifts, first.shifts);
        }
      }
    } finally {
      end();
      for (const run of runs) await run.remove();
    }
  });

  it('stops at once when given up, in the middle of a large tensor too', async () => {
    const { pool, given, end } = poolUnderTest();
    for (const run of [await temporaryRun(40), await temporaryRun(4, LARGE)]) {
      try {
        const controller = new AbortController();
        given.length = 0;
        let reported = 0;
        const analysis = analyse(await catalogOf(run.uri), placeWith(pool), {
          tell: () => {
            if (++reported === 3) controller.abort();
          },
          signal: controller.signal,
        });
        await assert.rejects(analysis, isAbortError);
        assert.ok(reported < 10, `${reported} results were reported`);
        // Nothing of it is given out any more, and the compute workers have time for others.
        const before = given.length;
        const other = await temporaryRun(2);
        assert.equal((await analyse(await catalogOf(other.uri), placeWith(pool))).outcome.done, 2);
        await other.remove();
        assert.equal(given.length, before + 2);
      } finally {
        await run.remove();
      }
    }
    end();
  });
});

const NOWHERE = 'file:///nowhere/at/all.npy';

/** Every record that is lost has a problem that names its file and the compute worker's death. */
function assertDeath(problems: readonly Problem[], lost: number) {
  assert.equal(problems.length, lost);
  for (const problem of problems) {
    assert.equal(problem.code, 'internal');
    assert.match(problem.path, /^file:.*step/);
    assert.match(problem.message, /compute worker/);
    assert.match(problem.cause?.cause?.message ?? '', /compute worker/);
    assert.ok((problem.cause?.frames.length ?? 0) > 0, 'where the death was noticed');
  }
}
