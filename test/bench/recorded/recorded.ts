/** Runs as people have them, a thousand records each, against PyTorch on the same files. */
import { execFile } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { kernelContext } from '../../../src/kernel/run/sketchStore';
import { type Group, interleaved, milliseconds, type Row } from '../measure';
import { analyse, catalogOf, files, startPool } from '../pools';
import { startReference } from '../processes';
import { open } from '../run';
import { inTemporaryFolder } from '../temporary';
import { RECORDED, type Recorded, recordedRun } from './runs';

/** What the report keeps for sketches. */
const MEMORY_BUDGET = 64 * 2 ** 20;
const WORKERS = 2;
/** Rounds take up to a minute each. */
const ROUNDS = { repeats: 3, warmUps: 1 };

export const GROUP: Group = {
  name: 'recorded',
  title: 'Runs that the recorder made of real training, files included; the rest: times as long',
  rows: async () => {
    const rows: Row[] = [];
    for (const name of ['resnet', 'gpt'] as const) rows.push(...(await rowsOf(name)));
    return rows;
  },
};

async function rowsOf(name: Recorded): Promise<readonly Row[]> {
  const folder = await recordedRun(name);
  const python = await startReference('test/bench/recorded/reference.py');
  if (folder === undefined || python === undefined)
    return [{ what: `${RECORDED[name]}: not measured`, figure: 'no python3 has PyTorch' }];
  const bytes = await bytesOf(folder);
  const pool = startPool(WORKERS);
  const figures = () =>
    milliseconds(async () => {
      // Like PyTorch's code, the report keeps nothing for other options.
      const place = kernelContext(files(), { memoryBudget: MEMORY_BUDGET, keepsStatistics: false, pool });
      await analyse(place, await catalogOf(folder));
      place.memory.forget('');
    });
  const torch = (how: string) => async () => 1000 * (await python.measure(`${how} ${WORKERS} ${folder}`));
  try {
    const times = await inTemporaryFolder((temporary) =>
      interleaved(
        {
          [RECORDED[name]]: figures,
          '  PyTorch, straightforward, 2 threads': torch('straightforward'),
          '  PyTorch, expert, 2 threads': torch('expert'),
          '  the report as JSON, with the check of layers and the start of the process': () =>
            milliseconds(() => report(folder, join(temporary, 'report.json'))),
          '  opened in a process that plays the extension host: complete': async () =>
            (await open(folder, join(temporary, `cache-${performance.now()}`))).complete,
        },
        ROUNDS,
      ),
    );
    const own = times.get(RECORDED[name]) ?? Number.NaN;
    return [...times].map(([what, time]) => ({
      what,
      figure: `${(time / 1000).toFixed(2)} s`,
      ...(time === own
        ? { rate: `${(bytes / time / 1e6).toFixed(2)} GB/s`, note: python.version }
        : { ratio: `${(time / own).toFixed(2)} ×` }),
    }));
  } finally {
    pool.dispose();
    python.stop();
  }
}

async function report(folder: string, out: string): Promise<void> {
  await promisify(execFile)(process.execPath, ['out/test/bench/dist/report.js', folder, '--out', out]);
}

async function bytesOf(folder: string): Promise<number> {
  const sizes = await Promise.all(
    (await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
