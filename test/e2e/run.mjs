/**
 * Runs the end-to-end suites: a person's clicks in a real VS Code. Expects the extension in dist/ and the suites in
 * out/test/e2e/ (`npm run test:e2e` builds both). Two suites run at a time, because each waits for VS Code more than it
 * computes: every lane has a VS Code server of its own, and takes the next suite once it has finished one. A suite is
 * a process that opens its own page with useWorkbench of session.mjs; what it says is passed on when it ends.
 *
 * Arguments name suites (`sample compare`); by default all run. `--installed`: the extension is what `vsce package` made,
 * installed in a plain server, and only the suites of what packaging can break run. An installed extension runs on the
 * server, so there is no web extension host.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { countTests } from '../countTests.mjs';
import { outcomeOf, run } from '../vscode/command.mjs';
import { onExit } from '../vscode/exitHooks.mjs';
import { note, step } from '../vscode/progress.mjs';
import { provisionBrowser } from '../vscode/provision.mjs';
import { runMain } from '../vscode/runMain.mjs';
import { startServer } from '../vscode/server.mjs';

const FOLDER = fileURLToPath(new URL('../../out/test/e2e/', import.meta.url));
const SUFFIX = '.test.js';
const MOCHA = 'node_modules/mocha/bin/mocha.js';

/** Suites of what packaging can break: activation, workers, resources, and a run from opening to export. */
const OF_THE_PACKAGE = ['defect', 'explorer', 'package', 'sample'];

/** The suites that take longest, which begin first, so that no lane is left with one of them at the end. */
const LONGEST_FIRST = ['sample', 'cube', 'compare', 'channels', 'clicks', 'runs'];

/** More would wait for a processor of a two-core machine, not for VS Code. */
const MOST_LANES = 2;

/** A click may wait for a first computation on a loaded machine. */
const TEST_TIMEOUT_MS = 120_000;

/**
 * @param {readonly string[]} chosen names; if empty, all
 * @param {boolean} isInstalled
 * @returns {Promise<string[]>} the names of the suites to run, the longest first
 */
async function suitesToRun(chosen, isInstalled) {
  const all = (await readdir(FOLDER))
    .filter((name) => name.endsWith(SUFFIX))
    .map((name) => name.slice(0, -SUFFIX.length))
    .filter((suite) => (isInstalled ? OF_THE_PACKAGE.includes(suite) : suite !== 'package'));
  const unknown = chosen.filter((suite) => !all.includes(suite));
  if (unknown.length > 0) throw new Error(`No suite is named ${unknown.join(', ')}.`);
  const rank = (/** @type {string} */ suite) => {
    const at = LONGEST_FIRST.indexOf(suite);
    return at < 0 ? LONGEST_FIRST.length : at;
  };
  return all
    .filter((suite) => chosen.length === 0 || chosen.includes(suite))
    .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
}

/**
 * @typedef {object} Outcome
 * @property {string} suite
 * @property {number} passed
 * @property {number} failed at least 1 if the suite broke
 */

/**
 * Runs one suite to its end.
 *
 * @param {string} suite
 * @param {Record<string, string>} environment what session.mjs wants to know
 * @returns {Promise<Outcome>}
 */
async function runSuite(suite, environment) {
  const options = ['--no-package', '--exit', `--timeout=${TEST_TIMEOUT_MS}`, '--reporter=spec'];
  const command = [MOCHA, ...options, join(FOLDER, suite + SUFFIX)];
  const { code, output } = await outcomeOf(process.execPath, command, {
    env: { ...process.env, ...environment },
  });
  process.stdout.write(output);
  const { passed, failed } = countTests(output.toString());
  return { suite, passed, failed: code === 0 ? failed : Math.max(failed, 1) };
}

/**
 * Runs the suites of a queue one after the other, on a server of their own.
 *
 * @param {string[]} queue shared with other lanes
 * @param {import('../vscode/vscodeServer.mjs').VSCodeServer} binaries
 * @param {import('../vscode/server.mjs').ServerOptions} options
 * @param {Record<string, string>} environment what session.mjs wants to know beside the server
 * @returns {Promise<Outcome[]>}
 */
async function runLane(queue, binaries, options, environment) {
  const server = await startServer(binaries, options);
  /** @type {Outcome[]} */
  const outcomes = [];
  for (let suite = queue.shift(); suite !== undefined; suite = queue.shift()) {
    const name = suite;
    const outcome = await step(name, () =>
      runSuite(name, {
        ...environment,
        NORMSCOPE_E2E_SERVER: server.url,
        NORMSCOPE_E2E_SERVER_DATA: server.dataDir,
      }),
    );
    outcomes.push(outcome);
  }
  await server.stop();
  return outcomes;
}

/**
 * Packages the extension and installs it as a person does.
 *
 * @param {import('../vscode/vscodeServer.mjs').VSCodeServer} binaries
 * @returns {Promise<string>} the folder of installed extensions
 */
async function installPackage({ node, main }) {
  const folder = mkdtempSync(join(tmpdir(), 'normscope-installed-'));
  onExit(() => rmSync(folder, { recursive: true, force: true }));
  const extensionsDir = join(folder, 'extensions');
  await run('npm', ['run', '--silent', 'package']);
  await run(node, [
    main,
    '--install-extension=dist/normscope.vsix',
    `--extensions-dir=${extensionsDir}`,
    `--server-data-dir=${folder}`,
    '--accept-server-license-terms',
  ]);
  return extensionsDir;
}

await runMain(import.meta.url, async () => {
  const { values: flags, positionals: chosen } = parseArgs({
    options: { installed: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const queue = await suitesToRun(chosen, flags.installed);
  const { server: binaries, chromium } = await provisionBrowser();
  const options = flags.installed
    ? {
        extensionsDir: await step('packaging and installing the extension', () => installPackage(binaries)),
      }
    : {};
  const environment = {
    NORMSCOPE_E2E_INSTALLED: flags.installed ? 'yes' : '',
    NORMSCOPE_E2E_CHROMIUM: chromium,
  };
  const lanes = Math.min(MOST_LANES, availableParallelism(), queue.length);
  const outcomes = (
    await Promise.all(Array.from({ length: lanes }, () => runLane(queue, binaries, options, environment)))
  ).flat();
  if (outcomes.every(({ passed, failed }) => passed + failed === 0))
    throw new Error('No end-to-end test ran.');
  const failed = outcomes.filter((outcome) => outcome.failed > 0);
  if (failed.length === 0) return;
  note(`failed: ${failed.map(({ suite }) => suite).join(', ')}`);
  process.exitCode = 1;
});
