/** A run of 4 GB, and one of 4,000 files, opened as the extension does. */
import { fork } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type RunShape, sizeOf, writeRun } from './data';
import type { Opening } from './host';
import type { Group, Row } from './measure';
import { inTemporaryFolder } from './temporary';

const LARGE: RunShape = { steps: 16, layers: 16, shape: [64, 64, 32, 32] };
const MANY: RunShape = { steps: 200, layers: 20, shape: [64, 16] };

const groupOf = (name: string, what: string, shape: RunShape): Group => ({
  name,
  title: `${what}, from open to complete, in a process that plays the extension host`,
  rows: () => inTemporaryFolder((folder) => opened(join(folder, name), shape)),
});

export const GROUP = groupOf('run', 'A run of large files', LARGE);
export const MANY_GROUP = groupOf('small-files', 'A run of many small files', MANY);

async function opened(folder: string, shape: RunShape): Promise<Row[]> {
  const files = await writeRun(folder, shape);
  const bytes = files.length * 4 * sizeOf(shape.shape);
  const what = bytes > 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${files.length} files`;
  const cache = `${folder}-cache`;
  const first = await open(folder, cache);
  const second = await open(folder, cache);
  await rm(folder, { recursive: true });
  return [
    ...rowsOf(`${what}, first opening`, first, bytes),
    ...rowsOf(`${what}, second opening`, second, bytes),
  ];
}

function rowsOf(what: string, opening: Opening, bytes: number): Row[] {
  const seconds = (value: number) => `${(value / 1000).toFixed(2)} s`;
  return [
    { what: `${what}: listed`, figure: seconds(opening.listed) },
    { what: '  first chart data', figure: seconds(opening.firstChart), note: 'wanted: under 1 s' },
    {
      what: '  complete',
      figure: seconds(opening.complete),
      ...(what.includes('first')
        ? { rate: `${(bytes / opening.complete / 1e6).toFixed(2)} GB/s` }
        : { note: 'wanted: under 1 s' }),
    },
    { what: '  processor time of all threads until then', figure: seconds(opening.cpu) },
    {
      what: '  peak memory, host with kernel and compute workers',
      figure: `${(opening.peak / 1e6).toFixed(0)} MB`,
      note: 'wanted: under 800 MB',
    },
    {
      what: '  event loop of the host late by, at most (p99)',
      figure: `${opening.blocked.toFixed(0)} ms (${opening.blocked99.toFixed(0)})`,
      note: 'wanted: under 50 ms',
    },
    { what: '  … busy at a stretch, in processor time', figure: `${opening.busy.toFixed(0)} ms` },
    ...(opening.problems > 0 ? [{ what: '  problems', figure: `${opening.problems}` }] : []),
  ];
}

/** Opens a run, or a single file, in a host of its own. */
export function open(folder: string, cache: string): Promise<Opening> {
  const child = fork('out/test/bench/host.mjs', [folder, cache], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  return new Promise((resolve, reject) => {
    child.on('message', (opening) => resolve(opening as Opening));
    child.on('exit', (code) => reject(new Error(`The host ended with code ${code}.`)));
  });
}
