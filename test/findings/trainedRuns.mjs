import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cacheFolder } from '../vscode/cacheFolder.mjs';
import { withLock } from '../vscode/lock.mjs';
import { step } from '../vscode/progress.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const RECORDER = fileURLToPath(new URL('../../media/recorder/normscope.py', import.meta.url));
const TRAIN = join(HERE, 'train.py');

/** Runs of other versions that were not used for so long are deleted. */
const KEPT_MS = 24 * 3600 * 1000;

/**
 * @typedef {object} RunName
 * @property {string} name of a function in healthy.py or one of planted_*.py
 * @property {number} seed
 *
 * @typedef {object} Trained
 * @property {string} folder the run
 * @property {{ torch: string, first: number | null, last: number | null, expected: import('./score.mjs').Expected | null }} about
 */

/**
 * The names of all runs.
 *
 * @param {string} python
 * @returns {Promise<{ planted: string[], healthy: string[] }>}
 */
export async function runNames(python) {
  const { stdout } = await promisify(execFile)(python, [TRAIN, '--list']);
  return JSON.parse(stdout);
}

/**
 * Trains the runs that are not in the cache. They are kept as long as neither the scripts nor the recorder nor PyTorch
 * changes.
 *
 * @param {string} python
 * @param {readonly RunName[]} runs
 * @param {number} processes how many train at a time
 * @returns {Promise<Trained[]>} in the order of `runs`
 */
export async function trainedRuns(python, runs, processes) {
  const home = await versionFolder(python);
  await mkdir(home, { recursive: true });
  await utimes(home, new Date(), new Date());
  await withLock(`${home}.lock`, async () => {
    await removeUnused();
    const missing = await withoutCached(home, runs);
    if (missing.length === 0) return;
    const shares = Array.from({ length: processes }, (_, k) =>
      missing.filter((_, i) => i % processes === k),
    ).filter((share) => share.length > 0);
    await step(`training ${missing.length} runs with ${python}`, () =>
      Promise.all(shares.map((share) => train(python, home, share))),
    );
  });
  return Promise.all(
    runs.map(async (run) => ({
      folder: runFolder(home, run),
      about: JSON.parse(await readFile(`${runFolder(home, run)}.json`, 'utf8')),
    })),
  );
}

/**
 * @param {string} python
 * @param {string} home
 * @param {readonly RunName[]} runs
 */
async function train(python, home, runs) {
  const args = [TRAIN, home, ...runs.flatMap(({ name, seed }) => [name, String(seed)])];
  const child = spawn(python, args, {
    env: { ...process.env, OMP_NUM_THREADS: '1', PYTHONHASHSEED: '0' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw new Error(`Training ended with ${code}.`);
}

/**
 * @param {string} home
 * @param {readonly RunName[]} runs
 */
async function withoutCached(home, runs) {
  // The file beside a run is written last.
  const isCached = (/** @type {RunName} */ run) =>
    access(`${runFolder(home, run)}.json`).then(
      () => true,
      () => false,
    );
  const cached = await Promise.all(runs.map(isCached));
  return runs.filter((_, i) => !cached[i]);
}

/**
 * @param {string} home
 * @param {RunName} run
 */
function runFolder(home, { name, seed }) {
  return join(home, `${name}-${seed}`);
}

/** @param {string} python */
async function versionFolder(python) {
  const { stdout } = await promisify(execFile)(python, ['-c', 'import torch; print(torch.__version__)']);
  const scripts = (await readdir(HERE)).filter((name) => name.endsWith('.py')).sort();
  const hash = createHash('sha256').update(stdout);
  for (const path of [...scripts.map((name) => join(HERE, name)), RECORDER])
    hash.update(await readFile(path));
  return join(cacheFolder(), `findings-${hash.digest('hex').slice(0, 16)}`);
}

async function removeUnused() {
  const home = cacheFolder();
  for (const name of await readdir(home)) {
    if (!/^findings-[0-9a-f]{16}$/.test(name)) continue;
    const { mtimeMs } = await stat(join(home, name));
    if (Date.now() - mtimeMs > KEPT_MS) await rm(join(home, name), { recursive: true, force: true });
  }
}
