/**
 * Runs the end-to-end suites: a person's clicks in a real VS Code. Expects the extension in dist/ and the suites in
 * out/test/e2e/ (`npm run test:e2e` builds both). The suites share one VS Code server; each opens its own page with
 * useWorkbench of session.mjs.
 *
 * `--installed`: the extension is what `vsce package` made, installed in a plain server, and only the suites of what
 * packaging can break run. An installed extension runs on the server, so there is no web extension host.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Mocha from 'mocha';
import { run } from '../vscode/command.mjs';
import { onExit } from '../vscode/exitHooks.mjs';
import { step } from '../vscode/progress.mjs';
import { provisionBrowser } from '../vscode/provision.mjs';
import { runMain } from '../vscode/runMain.mjs';
import { startServer } from '../vscode/server.mjs';

const suites = new URL('../../out/test/e2e/', import.meta.url);

/** Suites of what packaging can break: activation, workers, resources, and a run from opening to export. */
const OF_THE_PACKAGE = ['defect', 'explorer', 'package', 'sample'];

/** A click may wait for a first computation on a loaded machine. */
const TEST_TIMEOUT_MS = 120_000;

/**
 * @param {boolean} isInstalled
 * @returns {Promise<{ passed: number, failed: number }>}
 */
async function runSuites(isInstalled) {
  const mocha = new Mocha({ timeout: TEST_TIMEOUT_MS, reporter: 'spec' });
  const files = (await readdir(suites)).filter((name) => {
    const suite = name.replace(/\.test\.js$/, '');
    return suite !== name && (isInstalled ? OF_THE_PACKAGE.includes(suite) : suite !== 'package');
  });
  for (const file of files.sort()) mocha.addFile(fileURLToPath(new URL(file, suites)));
  await mocha.loadFilesAsync();
  return new Promise((resolve) => {
    const runner = mocha.run((failed) => resolve({ passed: runner.stats?.passes ?? 0, failed }));
  });
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
  const { server: binaries, chromium } = await provisionBrowser();
  const isInstalled = process.argv.includes('--installed');
  const extensionsDir = isInstalled
    ? await step('packaging and installing the extension', () => installPackage(binaries))
    : undefined;
  const server = await startServer(binaries, extensionsDir === undefined ? {} : { extensionsDir });
  process.env['NORMSCOPE_E2E_INSTALLED'] = isInstalled ? 'yes' : '';
  process.env['NORMSCOPE_E2E_SERVER'] = server.url;
  process.env['NORMSCOPE_E2E_SERVER_DATA'] = server.dataDir;
  process.env['NORMSCOPE_E2E_CHROMIUM'] = chromium;
  const { passed, failed } = await runSuites(isInstalled);
  await server.stop();
  if (passed + failed === 0) throw new Error('No end-to-end test ran.');
  if (failed > 0) process.exitCode = 1;
});
