/**
 * Runs the end-to-end suites: a person's clicks in a real VS Code. Expects the extension in dist/ and the suites in
 * out/test/e2e/ (`npm run test:e2e` builds both). The suites share one VS Code server; each opens its own page with
 * useWorkbench of session.mjs.
 */
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import Mocha from 'mocha';
import { provisionBrowser } from '../vscode/provision.mjs';
import { runMain } from '../vscode/runMain.mjs';
import { startServer } from '../vscode/server.mjs';

const suites = new URL('../../out/test/e2e/', import.meta.url);

/** A click may wait for a first computation on a loaded machine. */
const TEST_TIMEOUT_MS = 60_000;

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

await runMain(import.meta.url, async () => {
  const { server: binaries, chromium } = await provisionBrowser();
  const server = await startServer(binaries);
  process.env['NORMSCOPE_E2E_SERVER'] = server.url;
  process.env['NORMSCOPE_E2E_SERVER_DATA'] = server.dataDir;
  process.env['NORMSCOPE_E2E_CHROMIUM'] = chromium;
  const { passed, failed } = await runSuites();
  await server.stop();
  if (passed + failed === 0) throw new Error('No end-to-end test ran.');
  if (failed > 0) process.exitCode = 1;
});
