/**
 * `npm start [-- PATH]`: builds Normscope and opens it in a real VS Code on the run at PATH, or on the sample run.
 * Opens VS Code for the desktop where it can be downloaded, else prints the address of VS Code in the browser.
 * Stays until Ctrl+C.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './command.mjs';
import { onExit } from './exitHooks.mjs';
import { note, step } from './progress.mjs';
import { provision } from './provision.mjs';
import { runMain } from './runMain.mjs';
import { startServer } from './server.mjs';
import { writeUserSettings } from './userSettings.mjs';
import { workbenchUrl } from './workbenchUrl.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const opener = fileURLToPath(new URL('opener', import.meta.url));

/**
 * @typedef {object} Opening
 * @property {string} target the run: a folder of dumps or a file
 * @property {string} folder the folder to open around it
 */

/**
 * A fresh profile whose one installed extension opens the run.
 *
 * @returns {{ dataDir: string, extensionsDir: string }}
 */
function createProfile() {
  const profile = mkdtempSync(join(tmpdir(), 'normscope-profile-'));
  onExit(() => rmSync(profile, { recursive: true, force: true, maxRetries: 5 }));
  const extensionsDir = join(profile, 'extensions');
  cpSync(opener, join(extensionsDir, 'normscope-opener'), { recursive: true });
  return { dataDir: profile, extensionsDir };
}

/**
 * @param {string} executable
 * @param {Opening} opening
 */
async function openDesktop(executable, { target, folder }) {
  const { dataDir, extensionsDir } = createProfile();
  writeUserSettings(dataDir, {});
  const args = [
    folder,
    `--extensionDevelopmentPath=${root}`,
    `--user-data-dir=${join(dataDir, 'data')}`,
    `--extensions-dir=${extensionsDir}`,
  ];
  note(`opening VS Code for the desktop on ${target}`);
  const child = spawn(executable, args, { stdio: 'ignore', env: { ...process.env, NORMSCOPE_OPEN: target } });
  onExit(() => child.kill());
  await once(child, 'exit');
}

/**
 * @param {import('./vscodeServer.mjs').VSCodeServer} binaries
 * @param {Opening} opening
 */
async function openInBrowser(binaries, { target, folder }) {
  const { dataDir, extensionsDir } = createProfile();
  const server = await startServer(binaries, {
    serverDataDir: dataDir,
    extensionsDir,
    environment: { NORMSCOPE_OPEN: target },
  });
  const url = workbenchUrl({ server: server.url, folder, extension: root });
  process.stdout.write(`Normscope shows ${target} at ${url}\n`);
}

await runMain(import.meta.url, async () => {
  const target = resolve(process.argv[2] ?? join(root, 'media/sample'));
  const isFolder = statSync(target).isDirectory();
  const opening = { target, folder: isFolder ? target : dirname(target) };
  await step('building Normscope', () => run('npm', ['run', '--silent', 'build'], { cwd: root }));
  const vscode = await provision();
  if (vscode.kind === 'electron') await openDesktop(vscode.executable, opening);
  else await openInBrowser(vscode.server, opening);
});
