import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { localFiles } from '../../src/io/localFiles';
import { analyseRun } from '../../src/kernel/run/analyseRun';
import { type KernelContext, kernelContext } from '../../src/kernel/run/sketchStore';
import type { SketchJob } from '../../src/kernel/workers/recordWork';
import { type AnalysisOptions, DEFAULT_OPTIONS } from '../../src/model/analysis';
import type { RunCatalog } from '../../src/model/catalog';
import type { AnalyseProgress } from '../../src/protocol/kernelApi';
import { openRun } from '../../src/run/openRun';

const SAMPLE = pathToFileURL(resolve('media/sample')).href;

/** How many records of the sample are computed. */
const RECORDS = 30;

/** A kernel on one thread, and which methods it was asked to compute, one entry a record. */
function kernelUnderTest(memoryBudget = 2 ** 27) {
  const files = localFiles();
  assert.ok(files !== undefined);
  const context = kernelContext(files, { memoryBudget });
  const asked: string[] = [];
  const note = ({ only }: SketchJob) => asked.push(only ?? 'all');
  const { compute, derive } = context.local;
  const local: KernelContext['local'] = {
    ...context.local,
    compute: (jobs, signal) => {
      jobs.forEach(note);
      return compute(jobs, signal);
    },
    derive: (job) => {
      note(job);
      return derive(job);
    },
  };
  return { context: { ...context, local }, asked, files };
}

async function analyse(context: KernelContext, catalog: RunCatalog, options: Partial<AnalysisOptions>) {
  const results: AnalyseProgress[] = [];
  const records = catalog.records.slice(0, RECORDS).map(({ id }) => id);
  const request = { run: 'sample', catalog, focus: [], records, statistics: false };
  await analyseRun(
    context,
    { ...request, options: { ...DEFAULT_OPTIONS, ...options } },
    new AbortController().signal,
    (progress) => results.push(progress),
  );
  return results;
}

describe('another number of groups', () => {
  it('computes group normalization alone, to the same figures', async () => {
    const { context, asked, files } = kernelUnderTest();
    const catalog = await openRun(files, [SAMPLE]);
    await analyse(context, catalog, { groups: 4 });
    assert.deepEqual(new Set(asked), new Set(['all']));
    asked.length = 0;
    const found = await analyse(context, catalog, { groups: 2 });
    assert.deepEqual(new Set(asked), new Set(['group']));
    assert.deepEqual(found, await analyse(kernelUnderTest().context, catalog, { groups: 2 }));
    asked.length = 0;
    await analyse(context, catalog, { groups: 2, reference: 'previous' });
    assert.deepEqual(asked, []);
  });

  it('computes every method if anything else changes too, or if the former results are forgotten', async () => {
    const { context, asked, files } = kernelUnderTest();
    const catalog = await openRun(files, [SAMPLE]);
    await analyse(context, catalog, { groups: 4 });
    for (const options of [
      { groups: 2, epsilon: 1e-3 },
      { groups: 4, layerScope: 'position' },
    ] as const) {
      asked.length = 0;
      const found = await analyse(context, catalog, options);
      assert.ok(asked.includes('all') && !asked.includes('group'));
      assert.deepEqual(found, await analyse(kernelUnderTest().context, catalog, options));
    }
    context.memory.forget('sample');
    asked.length = 0;
    await analyse(context, catalog, { groups: 2 });
    assert.deepEqual(new Set(asked), new Set(['all']));
  });

  it('is right also where memory has room for few results', async () => {
    const { context, files } = kernelUnderTest(2 ** 18);
    const catalog = await openRun(files, [SAMPLE]);
    await analyse(context, catalog, { groups: 4 });
    const found = await analyse(context, catalog, { groups: 2 });
    assert.deepEqual(found, await analyse(kernelUnderTest().context, catalog, { groups: 2 }));
  });
});
