/**
 * Checks files of the current versions of the libraries that write dumps against what those libraries read from them.
 * The scripts of ../fixtures/libraries write the files, in a temporary folder; the tests of the committed files, which
 * are of the same scripts, then read these. Expects the tests in out/ (`npm run test:libraries` builds them). Where the
 * libraries cannot be installed, the last line says so, and nothing counts as failed.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../vscode/command.mjs';
import { note, step } from '../vscode/progress.mjs';
import { runMain } from '../vscode/runMain.mjs';
import { ensureLibraries } from './libraryPython.mjs';

const FIXTURES = fileURLToPath(new URL('../fixtures/libraries/', import.meta.url));
/** The scripts, and the file that each writes of what its libraries say. */
const SCRIPTS = {
  'make_torch.py': 'torch.json',
  'make_numpy.py': 'numpy.json',
  'make_tools.py': 'tools.json',
  'make_mup.py': 'mup.json',
};
const DEADLINE_MINUTES = 5;

/**
 * @param {string} folder of the files that the scripts wrote
 * @returns {Promise<boolean>} whether all tests passed
 */
async function check(folder) {
  const mocha = [
    'node_modules/mocha/bin/mocha.js',
    ...['--no-package', '--require', './test/fixedSeed.cjs', '--timeout', '120000', '--reporter', 'dot'],
    ...['out/test/unit/run/libraries.test.js', 'out/test/unit/report/coordinates.test.js'],
  ];
  const env = { ...process.env, NORMSCOPE_LIBRARIES: folder };
  const child = spawn(process.execPath, mocha, { stdio: 'inherit', env });
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return code === 0;
}

/** @param {string} folder */
async function versionsIn(folder) {
  const texts = await Promise.all(Object.values(SCRIPTS).map((name) => readFile(join(folder, name), 'utf8')));
  const versions = Object.assign({}, ...texts.map((text) => JSON.parse(text).versions));
  return Object.entries(versions)
    .map((pair) => pair.join(' '))
    .join(', ');
}

await runMain(import.meta.url, async () => {
  let python;
  try {
    python = await ensureLibraries();
  } catch (error) {
    process.stdout.write(`libraries: skipped: ${/** @type {Error} */ (error).message}\n`);
    return;
  }
  const folder = await mkdtemp(join(tmpdir(), 'normscope-libraries-'));
  try {
    for (const script of Object.keys(SCRIPTS)) {
      const signal = AbortSignal.timeout(DEADLINE_MINUTES * 60_000);
      const env = { ...process.env, NORMSCOPE_LIBRARIES: folder, OMP_NUM_THREADS: '1' };
      await step(`writing files by ${script}`, () => run(python, [join(FIXTURES, script)], { signal, env }));
    }
    if (!(await check(folder))) process.exitCode = 1;
    process.stdout.write(`libraries: ${await versionsIn(folder)}\n`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  note('libraries: done');
});
