/**
 * Uses the panel of runs in a real VS Code: opens a run, moves over the map, zooms and pans it, filters, sorts, and opens
 * every tab twice. Prints JSON, a {@link Used} for each run: the tasks of the panel's page over 50 ms by the clock [Long
 * Tasks API] and in processor time, which others that use the machine do not add to; how often it drew while it was
 * panned, the time from the click on a tab to the frame that shows it, and how much of it page and extension host work;
 * and the time from the turn of a knob to its figures.
 *
 *   npm run build && node test/bench/live/using.mjs FOLDER...
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { startChromium } from '../../vscode/chromium.mjs';
import { onExit } from '../../vscode/exitHooks.mjs';
import { provisionBrowser } from '../../vscode/provision.mjs';
import { runMain } from '../../vscode/runMain.mjs';
import { startServer } from '../../vscode/server.mjs';
import { THEMES, writeUserSettings } from '../../vscode/userSettings.mjs';
import { startWebviewSite } from '../../vscode/webviewSite.mjs';
import { panelFrame, screenshot, showWorkbench } from '../../vscode/workbench.mjs';
import { hostTime, markProcesses } from './hostTime.mjs';
import { turnKnobs, watchInput } from './knobs.mjs';
import { openFromMenu } from './openFromMenu.mjs';
import { startTrace, stopTrace } from './pageTasks.mjs';

/**
 * @typedef {object} Used milliseconds
 * @property {string} folder
 * @property {Record<string, readonly number[]>} tasks over 50 ms by the clock, by what was done
 * @property {Record<string, readonly number[]>} busy the same in processor time
 * @property {number} frames between two frames while the map was panned, median
 * @property {Record<string, readonly [first: number, second: number]>} tabs from the click to the frame that shows it
 * @property {Record<string, readonly [page: number, host: number]>} work processor time meanwhile, the first time
 * @property {Record<string, import('./knobs.mjs').Turned>} knobs
 */

/** How long a large run is listed and computed at most before the panel is used. */
const OPEN_MS = 90_000;
/** What an action draws later, and what is done behind the panel. */
const SETTLE_MS = 1500;
/** Tasks are as long as this at most. */
const LONG_MS = 50;
const MOVES = 60;
const PANS = 40;

/** Each view, how a person gets there, and what it shows when it is drawn. */
const VIEWS = /** @type {const} */ ([
  { name: 'Numbers', click: '[data-tab="numbers"]', shown: 'table[data-table="numbers"]' },
  { name: 'Channels', click: '[data-tab="channels"]', shown: 'canvas[data-chart="channel-map"]' },
  { name: 'Cube', click: '[data-tab="cube"]', shown: '.cube-grid:not(.stale)' },
  { name: 'What if', click: '[data-tab="whatIf"]', shown: '.what-if-grid:not(.stale)' },
  {
    name: 'Number format',
    click: '[data-question="formats"]',
    shown: '.what-if-grid.formats:not(.stale)',
  },
  { name: 'Method, G and ε', click: '[data-question="methods"]', shown: '.what-if-grid.methods:not(.stale)' },
  {
    name: 'Batch size',
    click: '[data-question="batchSizes"]',
    shown: '.what-if-grid.batchSizes:not(.stale)',
  },
  { name: 'Methods', click: '[data-tab="methods"]', shown: 'canvas[data-chart="bands-none"]' },
]);

/** Observes long tasks of the panel's own frame. */
function observe() {
  const tasks = /** @type {number[]} */ ([]);
  Object.assign(globalThis, { longTasks: tasks });
  new PerformanceObserver((list) => {
    for (const { duration, name } of list.getEntries()) if (name === 'self') tasks.push(Math.round(duration));
  }).observe({ type: 'longtask', buffered: true });
}

/**
 * Resolves to the milliseconds from the next click to the frame that shows what is expected. Marks both in a trace.
 *
 * @param {{ name: string, shown: string }} what with a selector
 * @returns {Promise<number>}
 */
function untilShown({ name, shown }) {
  return new Promise((resolve) => {
    const look = (/** @type {number} */ since) => {
      const isShown = document.querySelector(shown) !== null;
      requestAnimationFrame(() => {
        if (!isShown) return look(since);
        performance.mark(`${name} ends`);
        resolve(performance.now() - since);
      });
    };
    const onClick = (/** @type {MouseEvent} */ { timeStamp }) => {
      performance.mark(`${name} begins`);
      setTimeout(() => look(timeStamp), 0);
    };
    addEventListener('click', onClick, { capture: true, once: true });
  });
}

/**
 * @param {Awaited<ReturnType<typeof provisionBrowser>>} binaries
 * @param {string} folder
 * @returns {Promise<Used>}
 */
async function used({ server: binaries, chromium }, folder) {
  const server = await startServer(binaries, {});
  writeUserSettings(server.dataDir, { 'workbench.colorTheme': THEMES.dark, 'workbench.reduceMotion': 'on' });
  const profile = mkdtempSync(join(tmpdir(), 'normscope-profile-'));
  const forget = onExit(() => rmSync(profile, { recursive: true, force: true }));
  const { browser, page, stop } = await startChromium(chromium, profile, { width: 1440, height: 900 });
  const site = await startWebviewSite(binaries);
  await site.useIn(page, server.url);
  await page.addInitScript(watchInput);
  await showWorkbench(page, { server: server.url, folder: dirname(folder), extension: process.cwd() });
  // From before the page is there.
  await startTrace(browser, page);
  await openFromMenu(page, basename(folder));
  const panel = await panelFrame(page);
  await panel.evaluate(observe);
  /** @type {Record<string, readonly number[]>} */
  const tasks = {};
  /** @type {Record<string, readonly number[]>} */
  const busy = {};
  /** @param {string} what */
  const end = async (what) => {
    await page.waitForTimeout(SETTLE_MS);
    const traced = await stopTrace(browser);
    busy[what] = traced.busy.filter((ms) => ms > LONG_MS).map(Math.round);
    tasks[what] = await panel.evaluate(() => Reflect.get(globalThis, 'longTasks').splice(0));
    return traced.marked;
  };
  /** @param {string} what @param {() => Promise<unknown>} act */
  const during = async (what, act) => {
    await startTrace(browser, page);
    await act();
    return end(what);
  };

  await panel.locator('canvas[data-chart="bands-none"]').waitFor({ timeout: OPEN_MS });
  await panel
    .locator('.progress')
    .waitFor({ state: 'detached', timeout: OPEN_MS })
    .catch(() => {
      // A very large run is used while it is computed.
    });
  await end('opening');
  const map = panel.locator('canvas[data-chart="shift-map"]');
  const box = await map.boundingBox();
  if (box === null) throw new Error('The map is not shown.');
  await during('pointing at the map', () =>
    page.mouse
      .move(box.x, box.y)
      .then(() => page.mouse.move(box.x + box.width - 2, box.y + box.height - 2, { steps: MOVES })),
  );
  await during('clicking the map', () =>
    page.mouse.click(box.x + box.width * 0.6, box.y + Math.min(60, box.height / 2)),
  );
  await during('zooming', async () => {
    for (let i = 0; i < 4; i++) await page.keyboard.press('+');
  });
  const frames = panel.evaluate(
    () =>
      new Promise((resolve) => {
        const times = /** @type {number[]} */ ([]);
        const note = (/** @type {number} */ at) => {
          times.push(at);
          if (Reflect.get(globalThis, 'isPanned')) resolve(times.slice(1).map((time, i) => time - times[i]));
          else requestAnimationFrame(note);
        };
        requestAnimationFrame(note);
      }),
  );
  await during('panning', async () => {
    for (let i = 0; i < PANS; i++) await page.keyboard.press(`Shift+Arrow${i < PANS / 2 ? 'Right' : 'Left'}`);
  });
  await panel.evaluate(() => Object.assign(globalThis, { isPanned: true }));
  const gaps = /** @type {number[]} */ (await frames).sort((a, b) => a - b);
  await during('all steps again', () => page.keyboard.press('0'));
  await during('all rows at once', async () => {
    for (let i = 0; i < 4; i++) await page.keyboard.press('s');
  });
  await during('rows of the usual height', () => page.keyboard.press('0'));
  await during('another quantity', () => panel.locator('[data-quantity]').selectOption('rms'));
  await during('sorting', () => panel.locator('[data-sort]').selectOption('largest'));
  await during('filtering', () =>
    panel.locator('.layer-filter').pressSequentially('1 value>0.1', { delay: 30 }),
  );
  /** @type {Record<string, [number, number]>} */
  const tabs = {};
  /** @type {Record<string, [number, number]>} */
  const work = {};
  for (const round of [0, 1]) {
    const pageTimes = await during(round === 0 ? 'tabs' : 'tabs again', async () => {
      for (const { name, click, shown } of VIEWS) {
        const time = panel.evaluate(untilShown, { name, shown });
        const before = hostTime();
        await panel.locator(click).click();
        tabs[name] ??= [Number.NaN, Number.NaN];
        tabs[name][round] = Math.round(await time);
        work[name] ??= [Number.NaN, Math.round(hostTime() - before)];
        await page.waitForTimeout(300);
      }
    });
    for (const { name } of VIEWS) if (round === 0) work[name][0] = Math.round(pageTimes[name]);
  }
  await during('channels in another order', async () => {
    await panel.locator('[data-tab="channels"]').click();
    await panel.locator('[data-channel-order]').selectOption('index');
    await panel.locator('[data-channel-figure]').selectOption('greatest');
    await panel.locator('.channel-cells').first().focus();
    for (let i = 0; i < 20; i++) await page.keyboard.press('ArrowDown');
  });
  await panel.locator('[data-tab="methods"]').click();
  const knobs = await turnKnobs(page, panel);
  await screenshot(page, `using-${basename(folder)}`);
  await stop();
  await server.stop();
  await site.stop();
  forget();
  rmSync(profile, { recursive: true, force: true });
  return { folder, tasks, busy, frames: gaps[gaps.length >> 1] ?? Number.NaN, tabs, work, knobs };
}

await runMain(import.meta.url, async () => {
  markProcesses();
  const binaries = await provisionBrowser();
  const all = [];
  for (const folder of process.argv.slice(2)) all.push(await used(binaries, folder));
  process.stdout.write(`${JSON.stringify(all)}\n`);
});
