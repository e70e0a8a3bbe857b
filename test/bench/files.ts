/** A run of many records from files in the page cache: by one thread, by two compute workers, and only read. */
import { open } from 'node:fs/promises';
import { kernelContext } from '../../src/kernel/run/sketchStore';
import type { WorkerPool } from '../../src/kernel/workers/workerPool';
import { sizeOf, writeRun } from './data';
import { type Group, interleaved, milliseconds } from './measure';
import { analyse, catalogOf, files, startPool } from './pools';
import { inTemporaryFolder } from './temporary';

const RUN = { steps: 16, layers: 8, shape: [64, 64, 32, 32] };
const BUFFER_BYTES = 1 << 20;
/** As much as the statistics of a long run leave: what is dropped is the next ones' memory, which was touched before. */
const MEMORY_BUDGET = 2 ** 26;

export const GROUP: Group = {
  name: 'files',
  title: 'A run of 2.1 GB from the page cache, files included: every method, every distribution, every shift',
  rows: () =>
    inTemporaryFolder(async (folder) => {
      const paths = await writeRun(folder, RUN);
      const bytes = paths.length * 4 * sizeOf(RUN.shape);
      const catalog = await catalogOf(folder);
      const pools = [1, 2].map(startPool);
      const compute = (pool?: WorkerPool) => () =>
        milliseconds(async () => {
          const place = kernelContext(files(), { memoryBudget: MEMORY_BUDGET, pool });
          await analyse(place, catalog);
          place.memory.forget('');
        });
      const figures = await interleaved(
        {
          one: compute(),
          two: compute(pools[1]),
          beside: compute(pools[0]),
          read: () => milliseconds(() => readAll(paths)),
        },
        { warmUps: 2 },
      );
      for (const pool of pools) pool.dispose();
      const [one, two, beside, read] = ['one', 'two', 'beside', 'read'].map(
        (name) => figures.get(name) ?? Number.NaN,
      );
      const row = (what: string, time: number) => ({
        what,
        figure: `${(time / 1000).toFixed(2)} s`,
        rate: `${(bytes / time / 1e6).toFixed(2)} GB/s`,
      });
      const timesOne = (time: number) => `${(one / time).toFixed(2)} ×`;
      return [
        { ...row('one worker (everything on one thread)', one), note: 'wanted: 1.2 GB/s' },
        { ...row('two workers', two), ratio: timesOne(two), note: 'wanted: 1.7 ×' },
        {
          ...row('one compute worker beside the coordinator', beside),
          ratio: timesOne(beside),
          note: `two: ${(beside / two).toFixed(2)} × of that`,
        },
        { ...row('reading the files, one core', read), ratio: timesOne(read) },
      ];
    }),
};

async function readAll(paths: readonly string[]): Promise<void> {
  const buffer = new Uint8Array(BUFFER_BYTES);
  for (const path of paths) {
    const handle = await open(path);
    while ((await handle.read(buffer, 0, buffer.length)).bytesRead > 0);
    await handle.close();
  }
}
