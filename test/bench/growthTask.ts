/** `growthTask.mjs list|report FOLDER OUT`: does one task in a process of its own and prints its cost as JSON. */
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { pathToFileURL } from 'node:url';
import { DEFAULT_OPTIONS } from '../../src/model/analysis';
import { reportChunks } from '../../src/report/format';
import { reportRun } from '../../src/report/reportRun';
import { setRelaxedSimd } from '../relaxedSimd';
import { peakMemory } from './peakMemory';
import { catalogOf, files, startPool } from './pools';
import { watchStretches } from './stretch';

setRelaxedSimd(true);

/** Listing a run, or its report. */
export type Task = 'list' | 'report';

export interface Cost {
  /** Milliseconds of processor time, of all threads. */
  readonly cpu: number;
  /** Milliseconds for which the main thread was busy at a stretch, at most. */
  readonly longest: number;
  /** Bytes. */
  readonly peak: number;
}

const WORKERS = 2;

const TASKS: Readonly<Record<Task, (folder: string, out: string) => Promise<unknown>>> = {
  list: catalogOf,
  report: async (folder, out) => {
    const options = { options: DEFAULT_OPTIONS, layouts: new Map(), statistics: false };
    const openPool = () => startPool(WORKERS);
    const report = await reportRun(files(), [pathToFileURL(folder).href], options, { openPool });
    await pipeline(reportChunks(report, 'json'), createWriteStream(out));
  },
};

const [task, folder, out] = process.argv.slice(2);
const stretches = watchStretches();
await TASKS[task as Task](folder, out);
// The last stretch ends when the loop comes round.
await new Promise((resolve) => setTimeout(resolve, 5));
const { user, system } = process.cpuUsage();
const cost: Cost = { cpu: (user + system) / 1000, longest: stretches.longest(), peak: peakMemory() };
process.stdout.write(JSON.stringify(cost));
process.exit();
