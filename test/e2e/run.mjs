/**
 * Runs the end-to-end suites: a person's clicks in a real VS Code. Expects the extension in dist/ and the suites in
 * out/test/e2e/ (`npm run test:e2e` builds both). The suites share one VS Code server; each opens its own page with
 * useWorkbench of session.mjs.
 *
 * `--installed`: the extension is what `vsce package` made, installed in a plain server. An extension that is installed
 * on a server runs there, so the suites of the web extension host are for the other mode.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Mocha from 'mocha';
import { run } from '../vscode/command.mjs';
import { onExit } from '../vscode/exitHooks.mjs';
import { note, step } from '../vscode/progress.mjs';
import { provisionBrowser } from '../vscode/provision.mjs';
import { runMain } from '../vscode/runMain.mjs';
import { startServer } from '../vscode/server.mjs';

const suites = new URL('../../out/test/e2e/', import.meta.url);

/** A click may wait for a first computation on a loaded machine. */
const TEST_TIMEOUT_MS = 120_000;

/** @returns {Promise<{ passed: number, failed: number }>} */
async function runSuites() {
  const mocha = new Mocha({ timeout: TEST_TIMEOUT_MS, reporter: 'spec' });
  const files = (await readdir(suites, { recursive: true })).filter((name) => name.endsWith('.test.js'));
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
  if (isInstalled)
    note('the suites of the web extension host are left out: an installed extension runs on the server');
  const server = await startServer(binaries, extensionsDir === undefined ? {} : { extensionsDir });
  process.env['NORMSCOPE_E2E_INSTALLED'] = isInstalled ? 'yes' : '';
  process.env['NORMSCOPE_E2E_SERVER'] = server.url;
  process.env['NORMSCOPE_E2E_SERVER_DATA'] = server.dataDir;
  process.env['NORMSCOPE_E2E_CHROMIUM'] = chromium;
  const { passed, failed } = await runSuites();
  await server.stop();
  if (passed + failed === 0) throw new Error('No end-to-end test ran.');
  if (failed > 0) process.exitCode = 1;
});
