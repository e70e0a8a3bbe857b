/**
 * Runs the recorder's tests with each PyTorch of availablePythons.mjs, side by side. Expects the report command in dist/
 * (`npm run test:recorder` builds it). Arguments name test modules, classes or tests; by default all run. The last lines
 * say which versions ran, and which did not and why.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { note } from '../vscode/progress.mjs';
import { runMain } from '../vscode/runMain.mjs';
import { availablePythons } from './availablePythons.mjs';

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

/** @returns {Promise<Outcome[]>} */
async function testAll() {
  const pythons = await availablePythons();
  return Promise.all(
    pythons.map(({ python, unavailable }) =>
      python === undefined
        ? { summary: unavailable, status: /** @type {const} */ ('unavailable') }
        : test(python),
    ),
  );
}

await runMain(import.meta.url, async () => {
  const outcomes = await testAll();
  for (const { summary } of outcomes) process.stdout.write(`recorder: ${summary}\n`);
  const has = (/** @type {Outcome['status']} */ wanted) => outcomes.some(({ status }) => status === wanted);
  process.exitCode = has('passed') && !has('failed') ? 0 : 1;
});
