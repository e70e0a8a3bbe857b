/**
 * Opens runs in a real VS Code: from the click in the Explorer's menu to the first chart and to the last record, and
 * from another number of groups until everything is computed again. Prints JSON, an {@link Opened} for each run.
 *
 *   npm run build && node test/bench/live/opening.mjs FOLDER...
 *
 * Every run has a VS Code of its own, which has computed nothing before.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { startChromium } from '../../vscode/chromium.mjs';
import { onExit } from '../../vscode/exitHooks.mjs';
import { provisionBrowser } from '../../vscode/provision.mjs';
import { runMain } from '../../vscode/runMain.mjs';
import { startServer } from '../../vscode/server.mjs';
import { startWebviewSite } from '../../vscode/webviewSite.mjs';
import { panelFrame, showWorkbench } from '../../vscode/workbench.mjs';
import { hostTime, markProcesses, whenIdle } from './hostTime.mjs';
import { openFromMenu } from './openFromMenu.mjs';

/**
 * @typedef {object} Opened milliseconds
 * @property {string} folder
 * @property {number} firstChart
 * @property {number} complete
 * @property {number} cpu processor time of the extension host, with kernel and workers, until then
 * @property {number} groups until everything is computed again
 * @property {number} groupsCpu
 *
 * @typedef {object} PanelState what the panel showed from then on
 * @property {number} at
 * @property {boolean} hasChart
 * @property {boolean} hasProgress
 * @property {string} groups text of the button
 */

/** A run that has changed nothing for so long, without progress, is complete. */
const STEADY_MS = 2000;
const PATIENCE_MS = 300_000;
const GROUPS = 2;
/** How often the page looks, in milliseconds. To look at each frame would make the browser draw frames all the time. */
const LOOK_MS = 20;
/** How often the benchmark asks the page what it saw, in milliseconds: that takes the browser some work, too. */
const ASK_MS = 500;

/**
 * In every frame: when the person last clicked or pressed a key, and what a panel in an iframe of it shows, whenever
 * that changes. (The panel's own frame is written again once it is loaded, which ends what was begun in it.)
 */
function watchFrame(/** @type {number} */ interval) {
  const states = /** @type {PanelState[]} */ ([]);
  Object.assign(globalThis, { benchStates: states, benchInput: 0 });
  for (const type of ['mouseup', 'keydown'])
    addEventListener(type, () => Object.assign(globalThis, { benchInput: Date.now() }), true);
  // The workbench's own page is large, and has no panel but in frames of its frames.
  if (window === top) return;
  setInterval(() => {
    const panel = [...document.querySelectorAll('iframe')]
      .map(({ contentDocument }) => contentDocument)
      .find((inner) => inner?.querySelector('#app[data-normscope-panel]'));
    if (!panel) return;
    const state = {
      hasChart: panel.querySelector('canvas[data-chart="bands-none"]') !== null,
      hasProgress: panel.querySelector('.progress') !== null,
      groups: panel.querySelector('[data-groups-button]')?.textContent ?? '',
    };
    const { at: _, ...last } = states.at(-1) ?? { at: 0 };
    if (JSON.stringify(last) !== JSON.stringify(state)) states.push({ at: Date.now(), ...state });
  }, interval);
}

/**
 * Waits until the panel shows `isDone` without progress, and no longer changes.
 *
 * @param {import('playwright-core').Frame} panel
 * @param {(state: PanelState) => boolean} isDone
 * @returns {Promise<readonly PanelState[]>}
 */
async function steadyStates(panel, isDone) {
  const deadline = Date.now() + PATIENCE_MS;
  const frame = panel.parentFrame();
  for (;;) {
    /** @type {PanelState | undefined} */
    const last = await frame?.evaluate(() => Reflect.get(globalThis, 'benchStates').at(-1));
    if (last && isDone(last) && !last.hasProgress && Date.now() - last.at > STEADY_MS) break;
    if (Date.now() > deadline) throw new Error('The run is not complete.');
    await panel.waitForTimeout(ASK_MS);
  }
  return (await frame?.evaluate(() => Reflect.get(globalThis, 'benchStates'))) ?? [];
}

/** @param {import('playwright-core').Page} page @returns {Promise<number>} */
const lastInput = (page) => page.evaluate(() => Reflect.get(globalThis, 'benchInput'));

/**
 * @param {Awaited<ReturnType<typeof provisionBrowser>>} binaries
 * @param {string} folder
 * @returns {Promise<Opened>}
 */
async function opened({ server: binaries, chromium }, folder) {
  const server = await startServer(binaries, {});
  const profile = mkdtempSync(join(tmpdir(), 'normscope-profile-'));
  const forget = onExit(() => rmSync(profile, { recursive: true, force: true }));
  const { page, stop } = await startChromium(chromium, profile, { width: 1440, height: 900 });
  const site = await startWebviewSite(binaries);
  await site.useIn(page, server.url);
  await page.addInitScript(watchFrame, LOOK_MS);
  await showWorkbench(page, { server: server.url, folder: dirname(folder), extension: process.cwd() });

  let before = 0;
  await openFromMenu(page, basename(folder), async () => {
    await whenIdle();
    before = hostTime();
  });
  const clicked = await lastInput(page);
  const panel = await panelFrame(page);
  const states = await steadyStates(panel, ({ hasChart }) => hasChart);
  const cpu = hostTime();
  const firstChart = (states.find(({ hasChart }) => hasChart)?.at ?? Number.NaN) - clicked;
  const complete = (states.at(-1)?.at ?? Number.NaN) - clicked;

  await panel.locator('[data-groups-button]').click();
  const input = page.locator('.quick-input-widget .quick-input-box input');
  await input.fill(String(GROUPS));
  await input.press('Enter');
  const entered = await lastInput(page);
  const again = await steadyStates(panel, ({ groups }) => groups === `G ${GROUPS}`);
  const groups = (again.at(-1)?.at ?? Number.NaN) - entered;
  const groupsCpu = hostTime() - cpu;
  await stop();
  await server.stop();
  await site.stop();
  forget();
  rmSync(profile, { recursive: true, force: true });
  return { folder, firstChart, complete, cpu: cpu - before, groups, groupsCpu };
}

await runMain(import.meta.url, async () => {
  markProcesses();
  const binaries = await provisionBrowser();
  const all = [];
  for (const folder of process.argv.slice(2)) all.push(await opened(binaries, folder));
  process.stdout.write(`${JSON.stringify(all)}\n`);
});
