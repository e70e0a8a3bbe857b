/** How long a worker that is given up in the middle of a large tensor goes on with it. */
import { optionsFor } from '../../src/kernel/methods/recordOptions';
import type { SketchJob } from '../../src/kernel/workers/recordWork';
import { DEFAULT_OPTIONS } from '../../src/model/analysis';
import type { RunCatalog } from '../../src/model/catalog';
import { writeRun } from './data';
import { type Group, median, milliseconds } from './measure';
import { catalogOf, startPool } from './pools';
import { inTemporaryFolder } from './temporary';

const REPEATS = 11;
/** Milliseconds after which the work is given up. */
const PATIENCE = 60;
const CASES = [
  { what: '[1024, 64, 32, 32], measured in blocks', shape: [1024, 64, 32, 32] },
  { what: '[64, 1024, 1024], too large for its statistics', shape: [64, 1024, 1024] },
];

export const GROUP: Group = {
  name: 'cancel',
  title: 'From giving up a tensor of 268 MB until its worker serves others',
  rows: () =>
    inTemporaryFolder(async (folder) => {
      const rows = [];
      for (const [i, { what, shape }] of CASES.entries()) {
        await writeRun(`${folder}/${i}`, { steps: 1, layers: 1, shape });
        const times = await latencies(await catalogOf(`${folder}/${i}`));
        rows.push({
          what,
          figure: `${median(times).toFixed(0)} ms (at most ${Math.max(...times).toFixed(0)})`,
          note: 'wanted: under 50 ms',
        });
      }
      return rows;
    }),
};

async function latencies(catalog: RunCatalog): Promise<number[]> {
  const pool = startPool(1);
  const [record] = catalog.records;
  const job: SketchJob = {
    record,
    recordOptions: optionsFor(catalog.layers[0], record.shape, DEFAULT_OPTIONS),
    withUnits: false,
    parameters: {},
    keeps: false,
    statisticsKey: 'bench',
  };
  const never = new AbortController().signal;
  const times: number[] = [];
  for (let i = 0; i < REPEATS; i++) {
    const controller = new AbortController();
    const { signal } = controller;
    const work = pool.run('bench', record, (worker) => worker.call('compute', [job], { signal }), signal);
    work.catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, PATIENCE));
    controller.abort();
    times.push(
      await milliseconds(async () => {
        // Files are closed in turn: after what is being read.
        await pool.run('bench', record, (worker) => worker.call('closeFiles', undefined), never);
      }),
    );
  }
  pool.dispose();
  return times;
}
