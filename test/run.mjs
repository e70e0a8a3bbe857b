/**
 * Runs every check and test that takes minutes: types, lint and unit tests, hostile files and values, the recorder's and
 * a part of the findings' with PyTorch, the integration suites in both extension hosts of a real VS Code, then a
 * person's clicks in its workbench, from the checkout and from the installed package. Ends with the versions of PyTorch that both
 * were tested with, the parts that this system does not run, then the line `N passed, M failed` over all parts; a part
 * that breaks, or in which no test ran, counts as one failure.
 */
import { spawn } from 'node:child_process';
import { countTests } from './countTests.mjs';
import { availablePythons } from './recorder/availablePythons.mjs';
import { note } from './vscode/progress.mjs';
import { provision } from './vscode/provision.mjs';
import { runMain } from './vscode/runMain.mjs';

/** npm scripts that need nothing but the packages of this project. */
const FIRST_PARTS = ['check', 'test:hostile'];

/** The others, in the order in which they say something useful. */
const LATER_PARTS = ['test:recorder', 'test:findings', 'test:integration', 'test:e2e', 'test:package'];

/** They need VS Code's server with Chromium, which Windows does not run. */
const NOT_ON_WINDOWS = ['test:e2e', 'test:package'];

/**
 * Gets what the later parts need, most of it over the network, while the first parts run. A failure is not reported here:
 * the part that needs it tries again, and says so.
 */
async function prepare() {
  await availablePythons().catch(() => undefined);
  await provision().catch(() => undefined);
}

/**
 * Runs one npm script, passing its output on.
 *
 * @param {string} script
 * @returns {Promise<{ passed: number, failed: number, closing: string[] }>} `closing`: lines to repeat at the very end
 */
async function runPart(script) {
  const started = performance.now();
  const { code, output } = await npmRun(script);
  const { passed, failed } = countTests(output);
  const broken = code !== 0 || passed + failed === 0;
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  note(`${script}: ${passed} passed, ${failed} failed, exit code ${code}, ${seconds} s`);
  const closing = output.match(/^(recorder|findings): .*$/gm) ?? [];
  return { passed, failed: broken ? Math.max(failed, 1) : failed, closing };
}

/**
 * @param {string} script
 * @returns {Promise<{ code: number | null, output: string }>}
 */
async function npmRun(script) {
  const child = spawn('npm', ['run', '--silent', script], {
    stdio: ['inherit', 'pipe', 'inherit'],
    shell: process.platform === 'win32',
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
    process.stdout.write(chunk);
  });
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return { code, output };
}

await runMain(import.meta.url, async () => {
  let passed = 0;
  let failed = 0;
  /** @type {string[]} */
  const closing = [];
  const prepared = prepare();
  for (const script of [...FIRST_PARTS, ...LATER_PARTS]) {
    if (script === LATER_PARTS[0]) await prepared;
    if (process.platform === 'win32' && NOT_ON_WINDOWS.includes(script)) {
      closing.push(`${script}: not run on Windows`);
      continue;
    }
    const part = await runPart(script);
    passed += part.passed;
    failed += part.failed;
    closing.push(...part.closing);
  }
  for (const line of closing) process.stdout.write(`${line}\n`);
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  if (failed > 0) process.exitCode = 1;
});
