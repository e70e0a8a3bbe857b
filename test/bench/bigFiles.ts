/**
 * How soon the first statistics of files far larger than memory are there, and what memory that takes:
 * `node esbuild.mjs --tests=bench && node out/test/bench/bigFiles.mjs [FOLDER]`. Measures the files of the folder; where
 * none is named, Python with PyTorch and h5py writes 15 GB into the folder for temporary files, which are removed
 * again. Not part of `npm run bench`.
 */
import { spawnSync } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setRelaxedSimd } from '../relaxedSimd';
import { table } from './measure';
import { open } from './run';
import { inTemporaryFolder } from './temporary';

setRelaxedSimd(true);

setRelaxedSimd(true);

const [given] = process.argv.slice(2);
const rows = await inTemporaryFolder(async (folder) => {
  const files = given ?? join(folder, 'files');
  if (given === undefined) writeFiles(files);
  const measured = [];
  for (const name of (await readdir(files)).sort()) {
    const { size } = await stat(join(files, name));
    const { listed, firstStatistics, firstChart, complete, peak, problems } = await open(
      join(files, name),
      join(folder, `cache-${name}`),
    );
    measured.push({
      what: `${name}, ${(size / 1e9).toFixed(1)} GB`,
      figure: `listed ${(listed / 1000).toFixed(2)} s`,
      rate: `first statistics ${(firstStatistics / 1000).toFixed(2)} s`,
      ratio: `of a whole record ${(firstChart / 1000).toFixed(2)} s, of all ${(complete / 1000).toFixed(1)} s`,
      note: `peak ${(peak / 1e6).toFixed(0)} MB, ${problems} problems`,
    });
  }
  return measured;
});
console.log(table(rows));

function writeFiles(folder: string): void {
  const { status } = spawnSync('/usr/bin/python3', ['test/bench/bigFiles.py', folder], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`The files could not be written (${status}).`);
}
