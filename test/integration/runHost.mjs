/** Runs the integration suites in one extension host of a real VS Code: `node runHost.mjs node|web`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runTests } from '@vscode/test-electron';
import { onExit } from '../vscode/exitHooks.mjs';
import { provision } from '../vscode/provision.mjs';
import { runMain } from '../vscode/runMain.mjs';
import { temporaryCopy } from '../vscode/temporaryCopy.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** @returns {Promise<string>} an executable that understands VS Code's command line */
async function executable() {
  const vscode = await provision();
  if (vscode.kind === 'electron') return vscode.executable;
  return fileURLToPath(new URL('../vscode/code-in-browser.mjs', import.meta.url));
}

await runMain(import.meta.url, async () => {
  const [host] = process.argv.slice(2);
  if (host !== 'node' && host !== 'web') throw new Error('Usage: node runHost.mjs node|web');
  const profile = mkdtempSync(join(tmpdir(), 'normscope-profile-'));
  onExit(() => rmSync(profile, { recursive: true, force: true }));
  await runTests({
    vscodeExecutablePath: await executable(),
    extensionDevelopmentPath: root,
    extensionTestsPath: join(root, `out/test/integration/index.${host}.js`),
    launchArgs: [
      temporaryCopy(join(root, 'test/fixtures/workspace')),
      `--user-data-dir=${profile}`,
      `--extensions-dir=${join(profile, 'extensions')}`,
      ...(host === 'web' ? ['--extensionDevelopmentKind=web'] : []),
    ],
  });
});
