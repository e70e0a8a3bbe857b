/**
 * Runs the recorder's tests with two versions of PyTorch, side by side: the oldest that it supports, as a Linux
 * distribution carries it, and the release that requirements.txt pins, from pip. NORMSCOPE_PYTHON names a Python to use
 * in place of both. Expects the report command in dist/ (`npm run test:recorder` builds it). Arguments name test
 * modules, classes or tests; by default all run. The last lines say which versions ran, and which did not and why.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { note } from '../vscode/progress.mjs';
import { runMain } from '../vscode/runMain.mjs';
import { ensurePyTorch } from '../vscode/systemPackages.mjs';
import { currentVersion, ensureCurrentPyTorch } from './currentPyTorch.mjs';

const TESTS = fileURLToPath(new URL('run_tests.py', import.meta.url));

/**
 * @typedef {object} Outcome
 * @property {string} summary the versions and the numbers of tests, or what was not tested and why
 * @property {'passed' | 'failed' | 'unavailable'} status
 */

/**
 * Runs the tests with one Python. What they say is passed on when they end.
 *
 * @param {string} python
 * @returns {Promise<Outcome>}
 */
async function test(python) {
  note(`testing the recorder with ${python} …`);
  const child = spawn(python, [TESTS, ...process.argv.slice(2)], {
    // Two runs share the cores: with more threads each they would only get in each other's way.
    env: { ...process.env, OMP_NUM_THREADS: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [output, progress] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    progress += chunk;
  });
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  process.stderr.write(progress);
  process.stdout.write(output);
  const summary = /^PyTorch .*$/m.exec(output)?.[0] ?? `${python}: the tests ended with ${code}`;
  return { summary, status: code === 0 ? 'passed' : 'failed' };
}

/**
 * @param {string} name what is not tested where `ensure` fails
 * @param {() => Promise<string>} ensure finds or installs a Python
 * @returns {Promise<Outcome>}
 */
async function testIfAvailable(name, ensure) {
  let python;
  try {
    python = await ensure();
  } catch (error) {
    const reason = /** @type {Error} */ (error).message;
    return { summary: `${name} was not tested: ${reason}`, status: 'unavailable' };
  }
  return test(python);
}

/** @returns {Promise<Outcome[]>} */
async function testAll() {
  if (process.env['NORMSCOPE_PYTHON'] !== undefined) return [await test(await ensurePyTorch())];
  const current = await currentVersion();
  return Promise.all([
    testIfAvailable("The distribution's PyTorch", ensurePyTorch),
    testIfAvailable(`PyTorch ${current}`, ensureCurrentPyTorch),
  ]);
}

await runMain(import.meta.url, async () => {
  const outcomes = await testAll();
  for (const { summary } of outcomes) process.stdout.write(`recorder: ${summary}\n`);
  const has = (/** @type {Outcome['status']} */ wanted) => outcomes.some(({ status }) => status === wanted);
  process.exitCode = has('passed') && !has('failed') ? 0 : 1;
});
