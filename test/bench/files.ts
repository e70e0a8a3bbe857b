/** A run of many records from files in the page cache: by one worker, by two, and only read. */
import { open } from 'node:fs/promises';
import { workplace } from '../../src/kernel/sketches';
import { sizeOf, writeRun } from './data';
import { type Group, interleaved, milliseconds } from './measure';
import { analyse, catalogOf, files, startPool } from './pools';
import { inTemporaryFolder } from './temporary';

const RUN = { steps: 16, layers: 8, shape: [64, 64, 32, 32] };
const BUFFER_BYTES = 1 << 20;

export const GROUP: Group = {
  name: 'files',
  title: 'A run of 2.1 GB from the page cache, files included: every method, every distribution, every shift',
  rows: () =>
    inTemporaryFolder(async (folder) => {
      const paths = await writeRun(folder, RUN);
      const bytes = paths.length * 4 * sizeOf(RUN.shape);
      const catalog = await catalogOf(folder);
      const pools = [1, 2].map(startPool);
      const compute = (each: number) => () =>
        milliseconds(() =>
          analyse(workplace(files(), { memoryBudget: 2 ** 27, pool: pools[each] }), catalog),
        );
      const figures = await interleaved(
        { one: compute(0), two: compute(1), read: () => milliseconds(() => readAll(paths)) },
        { warmUps: 1 },
      );
      for (const pool of pools) pool.dispose();
      const [one, two, read] = ['one', 'two', 'read'].map((name) => figures.get(name) ?? Number.NaN);
      const row = (what: string, time: number) => ({
        what,
        figure: `${(time / 1000).toFixed(2)} s`,
        rate: `${(bytes / time / 1e6).toFixed(2)} GB/s`,
      });
      return [
        { ...row('one worker', one), note: 'wanted: 1.2 GB/s' },
        { ...row('two workers', two), ratio: `${(one / two).toFixed(2)} ×`, note: 'wanted: 1.7 ×' },
        { ...row('reading the files, one core', read), ratio: `${(one / read).toFixed(2)} ×` },
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
