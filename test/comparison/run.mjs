/**
 * Measures the comparison of runs with runs that PyTorch trains for it: whether a planted difference is named first, and how
 * often two runs of one kind are called apart by chance.
 *
 * `npm run comparison` trains a pair for each planted difference, and 17 pairs of seeds and of other data for each of three
 * networks, which takes about ten minutes on two cores, and prints the tables. `--pairs N` trains others. Fails where a
 * planted difference is not named first, or where more than 5 % of the records of pairs of one kind are above noise.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { availablePythons } from '../recorder/availablePythons.mjs';
import { runMain } from '../vscode/runMain.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const CALIBRATE = fileURLToPath(new URL('../../out/test/comparison/calibrate.js', import.meta.url));

const { values: flags } = parseArgs({ options: { pairs: { type: 'string', default: '17' } } });

/**
 * @param {string} command
 * @param {...string} args
 */
async function run(command, ...args) {
  const child = spawn(command, args, {
    env: { ...process.env, OMP_NUM_THREADS: '1', PYTHONHASHSEED: '0' },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw new Error(`${[command, ...args].join(' ')} ended with ${code}.`);
}

await runMain(import.meta.url, async () => {
  const pythons = await availablePythons();
  const python = pythons.find((each) => each.python !== undefined)?.python;
  if (python === undefined) throw new Error('There is no Python with PyTorch.');
  const folder = await mkdtemp(join(tmpdir(), 'normscope-comparison-'));
  try {
    const [planted, pairs] = [join(folder, 'planted'), join(folder, 'pairs')];
    await run(python, join(HERE, 'planted_pairs.py'), planted, '1');
    await run(python, join(HERE, 'seed_pairs.py'), pairs, flags.pairs);
    await run(process.execPath, CALIBRATE, planted, pairs);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
