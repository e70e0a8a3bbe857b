/**
 * Gets a real VS Code. NORMSCOPE_VSCODE chooses which:
 *   electron  VS Code for the desktop, downloaded by @vscode/test-electron
 *   browser   VS Code's server and workbench from npm, shown in a headless Chromium
 *   auto      (default) electron where there is a display and the network lets it through, else browser
 *
 * `node test/vscode/provision.mjs` gets it and says where it is.
 */
import { downloadDesktop } from './desktop.mjs';
import { note, step } from './progress.mjs';
import { runMain } from './runMain.mjs';
import { ensureChromium } from './systemPackages.mjs';
import { ensureVSCodeServer } from './vscodeServer.mjs';

/**
 * @typedef {object} Desktop
 * @property {'electron'} kind
 * @property {string} executable
 *
 * @typedef {object} InBrowser
 * @property {'browser'} kind
 * @property {import('./vscodeServer.mjs').VSCodeServer} server
 * @property {string} chromium path of the executable
 */

/**
 * @returns {Promise<Desktop | InBrowser>}
 * @throws when NORMSCOPE_VSCODE asks for what cannot be had, or something is missing that cannot be installed
 */
export async function provision() {
  const choice = process.env['NORMSCOPE_VSCODE'] ?? 'auto';
  if (choice === 'browser') return provisionBrowser();
  if (choice === 'electron') return provisionDesktop();
  if (choice !== 'auto')
    throw new Error(`NORMSCOPE_VSCODE is ${choice}; it can be electron, browser or auto.`);
  if (!hasDisplay()) {
    note('there is no display for VS Code for the desktop: taking the VS Code server with Chromium');
    return provisionBrowser();
  }
  try {
    return await provisionDesktop();
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    note(`VS Code cannot be downloaded here (${message}): taking the VS Code server with Chromium`);
    return provisionBrowser();
  }
}

/** @returns {Promise<Desktop>} */
async function provisionDesktop() {
  return { kind: 'electron', executable: await step('getting VS Code for the desktop', downloadDesktop) };
}

/** @returns {Promise<InBrowser>} */
export async function provisionBrowser() {
  if (process.platform === 'win32') {
    throw new Error('On Windows only VS Code for the desktop is supported: set NORMSCOPE_VSCODE=electron.');
  }
  const chromium = await ensureChromium();
  return { kind: 'browser', server: await ensureVSCodeServer(), chromium };
}

function hasDisplay() {
  if (process.platform !== 'linux') return true;
  return Boolean(process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY']);
}

await runMain(import.meta.url, async () => {
  process.stdout.write(`${JSON.stringify(await provision(), undefined, 2)}\n`);
});
