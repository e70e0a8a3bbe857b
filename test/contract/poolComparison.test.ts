import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { localFiles } from '../../src/io/localFiles';
import { compareRuns } from '../../src/kernel/run/compareRuns';
import { referenceRuns } from '../../src/kernel/run/references';
import { kernelContext } from '../../src/kernel/run/sketchStore';
import { spawnComputeWorker } from '../../src/kernel/workers/spawnComputeWorker';
import { type WorkerPool, workerPool } from '../../src/kernel/workers/workerPool';
import { DEFAULT_OPTIONS } from '../../src/model/analysis';
import type { RunCatalog } from '../../src/model/catalog';
import type { RecordComparison } from '../../src/model/comparison';
import { openRun } from '../../src/run/openRun';

const KERNEL = resolve('out/test/dist/kernel.js');
const uriOf = (run: string) => pathToFileURL(resolve('test/fixtures/comparison/runs', run)).href;

async function compared(
  here: RunCatalog,
  there: RunCatalog,
  pool?: WorkerPool,
  signal = new AbortController().signal,
) {
  const defects: unknown[] = [];
  const context = kernelContext(localFiles(), {
    memoryBudget: 2 ** 24,
    pool,
    onDefect: (error) => void defects.push(error),
  });
  const options = { ...DEFAULT_OPTIONS, reference: { roots: there.roots } };
  const run = { run: 'here', catalog: here, options };
  const other = referenceRuns(run, () => ({ run: 'there', catalog: there }));
  const found: RecordComparison[] = [];
  await compareRuns(context, { ...run, other }, signal, (each) => void found.push(each));
  return { found, defects };
}

describe('comparing runs with compute workers', () => {
  it('finds what one thread finds, in the order of steps and layers', async () => {
    const [here, there] = await Promise.all(
      ['here', 'there'].map((run) => openRun(localFiles(), [uriOf(run)])),
    );
    const pool = workerPool(2, () => spawnComputeWorker(KERNEL));
    try {
      const expected = await compared(here, there);
      assert.equal(expected.found.length, 4);
      assert.deepEqual(await compared(here, there, pool), expected);
      assert.deepEqual(expected.defects, []);
      const controller = new AbortController();
      controller.abort();
      await assert.rejects(compared(here, there, pool, controller.signal), { name: 'AbortError' });
    } finally {
      pool.dispose();
    }
  });

  it('says why a record could not be read, and goes on', async () => {
    const [here, there] = await Promise.all(
      ['here', 'there'].map((run) => openRun(localFiles(), [uriOf(run)])),
    );
    const [gone] = there.records;
    const records = [{ ...gone, file: `${gone.file}.gone` }, ...there.records.slice(1)];
    const { found, defects } = await compared(here, { ...there, records });
    const unread = found.filter(({ difference }) => difference.kind === 'incomparable');
    assert.deepEqual([found.length, unread.map(({ other }) => other), defects], [4, [gone.id], []]);
  });
});
