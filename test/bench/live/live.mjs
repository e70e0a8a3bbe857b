/**
 * A run that grows under the eyes of a real VS Code: 5,000 steps of 20 layers, 20 steps a second, Follow Latest on.
 * Says how long the panel's page was busy at a stretch (Chromium's long tasks of the panel's own frame, by the clock;
 * and its tasks in processor time), how late the panel showed a step, and what memory page and extension host took.
 *
 *   npm run build && node test/bench/live/live.mjs [--steps 5000] [--there 0] [--rate 20] [--layers 20] [--shared]
 *
 * `--there`: steps that are written before the run is opened. `--shared`: the panel comes from the workbench's site and
 * shares its process, as in code-server; otherwise it has a site and a process of its own, as in VS Code for the desktop
 * and on vscode.dev.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startChromium } from '../../vscode/chromium.mjs';
import { onExit } from '../../vscode/exitHooks.mjs';
import { provisionBrowser } from '../../vscode/provision.mjs';
import { runMain } from '../../vscode/runMain.mjs';
import { startServer } from '../../vscode/server.mjs';
import { THEMES, writeUserSettings } from '../../vscode/userSettings.mjs';
import { startWebviewSite } from '../../vscode/webviewSite.mjs';
import { chooseTheme, panelFrame, screenshot, showWorkbench } from '../../vscode/workbench.mjs';
import { startTrace, stopTrace } from './pageTasks.mjs';

/** A loaded machine lists 5,000 steps of a run in a minute. */
const OPEN_MS = 120_000;
/** What an opening draws after its first charts, and what is done behind the panel. */
const SETTLE_MS = 5000;
const WRITER = new URL('writeSteps.mjs', import.meta.url).pathname;
const { values: options } = parseArgs({
  options: {
    steps: { type: 'string', default: '5000' },
    there: { type: 'string', default: '0' },
    rate: { type: 'string', default: '20' },
    layers: { type: 'string', default: '20' },
    shared: { type: 'boolean', default: false },
  },
});

/** @param {readonly number[]} values @param {number} share */
function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** @typedef {{ ms: number, at: number }} LongTask of the panel's page: how long, and milliseconds from its beginning */

/** The five longest. @param {readonly number[]} tasks milliseconds */
function longest(tasks) {
  return [...tasks]
    .sort((a, b) => b - a)
    .slice(0, 5)
    .map(Math.round);
}

/** Most memory that the extension host's process took so far, in megabytes. */
function hostPeak() {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--type=extensionHost')) continue;
      if (!readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`NORMSCOPE_BENCH=${process.pid}`)) continue;
      return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
    } catch {
      // A process that has ended meanwhile.
    }
  }
  return Number.NaN;
}

await runMain(import.meta.url, async () => {
  process.env['NORMSCOPE_BENCH'] = String(process.pid);
  const workspace = mkdtempSync(join(tmpdir(), 'normscope-live-'));
  onExit(() => rmSync(workspace, { recursive: true, force: true }));
  const run = join(workspace, 'acts');
  mkdirSync(run);
  const there = Number(options.there);
  execFileSync(process.execPath, [WRITER, run, '0', String(there), '0', options.layers]);

  const { server: binaries, chromium } = await provisionBrowser();
  const server = await startServer(binaries, {});
  writeUserSettings(server.dataDir, { 'workbench.colorTheme': THEMES.dark, 'workbench.reduceMotion': 'on' });
  const profile = mkdtempSync(join(tmpdir(), 'normscope-profile-'));
  onExit(() => rmSync(profile, { recursive: true, force: true }));
  const { browser, page, stop } = await startChromium(chromium, profile, { width: 1440, height: 900 });
  const site = options.shared ? undefined : await startWebviewSite(binaries);
  await site?.useIn(page, server.url);
  await showWorkbench(page, { server: server.url, folder: workspace, extension: process.cwd() });
  const entry = page.locator('.monaco-menu .action-label', { hasText: 'Open Activation Run' });
  // In a fresh workbench the menu has the extension's entry only after a while.
  for (;;) {
    await page
      .locator('.explorer-folders-view .monaco-list-row', { hasText: 'acts' })
      .click({ button: 'right' });
    await page.locator('.monaco-menu .action-label', { hasText: 'Copy Relative Path' }).waitFor();
    if (await entry.isVisible()) break;
    await page.keyboard.press('Escape');
    await page.waitForTimeout(500);
  }
  await startTrace(browser, page);
  await entry.click();
  const panel = await panelFrame(page);
  const observed = panel.evaluate(() => {
    const tasks = /** @type {LongTask[]} */ ([]);
    Object.assign(globalThis, { longTasks: tasks });
    new PerformanceObserver((list) => {
      for (const { duration, name, startTime } of list.getEntries())
        if (name === 'self') tasks.push({ ms: duration, at: startTime });
    }).observe({ type: 'longtask', buffered: true });
  });
  await observed;
  if (there > 0) await panel.locator('canvas[data-chart="bands-none"]').waitFor({ timeout: OPEN_MS });
  await page.waitForTimeout(SETTLE_MS);
  /** @returns {Promise<LongTask[]>} long tasks since the last time */
  const longTasks = () => panel.evaluate(() => Reflect.get(globalThis, 'longTasks').splice(0));
  const opening = await longTasks();
  const { busy: openingBusy } = await stopTrace(browser);
  await startTrace(browser, page);
  // To end a trace and to start one keeps all of the browser's processes busy.
  await page.waitForTimeout(SETTLE_MS);
  opening.push(...(await longTasks()));

  const rest = Number(options.steps) - there;
  const writer = spawn(process.execPath, [
    WRITER,
    run,
    String(there),
    String(rest),
    options.rate,
    options.layers,
  ]);
  let isOver = false;
  writer.on('exit', () => {
    isOver = true;
  });
  /** @type {LongTask[]} */
  const tasks = [];
  /** @type {number[]} */
  const late = [];
  const last = Number(options.steps) - 1;
  /** @param {number} step */
  const fileOf = (step) => join(run, `step_${String(step).padStart(6, '0')}.safetensors`);
  const notFollowing = panel.getByRole('button', { name: 'Follow the latest step', pressed: false });
  for (let waited = 0; waited < 120; waited += isOver ? 1 : 0) {
    await page.waitForTimeout(500);
    tasks.push(...(await longTasks()));
    const shown = panel.locator('output[data-step]');
    if ((await shown.count()) === 0) continue;
    if ((await notFollowing.count()) > 0) await notFollowing.click();
    const step = Number(await shown.getAttribute('data-step'));
    // Since when the step after the one in view has been there.
    const next = statSync(fileOf(step + 1), { throwIfNoEntry: false });
    late.push(next === undefined ? 0 : Date.now() - next.ctimeMs);
    if (step === last) break;
  }
  const growing = await stopTrace(browser);
  const heap = await panel.evaluate(() => Reflect.get(performance, 'memory')?.usedJSHeapSize / 2 ** 20);
  const figures = {
    'the panel runs in': growing.isShared ? "the workbench's process" : 'a process of its own',
    steps: `${there} + ${rest} at ${options.rate}/s, ${options.layers} layers`,
    'opening: longest tasks, processor time, ms': longest(openingBusy),
    'opening: long tasks by the clock, ms': longest(opening.map(({ ms }) => ms)),
    'growing: longest tasks, processor time, ms': longest(growing.busy),
    'growing: long tasks by the clock, ms': longest(tasks.map(({ ms }) => ms)),
    'growing: those over 100 ms came so many seconds after the panel': tasks.flatMap(({ ms, at }) =>
      ms > 100 ? [Math.round(at / 100) / 10] : [],
    ),
    'growing: how many over 50 ms and over 100 ms by the clock': [50, 100].map(
      (limit) => tasks.filter(({ ms }) => ms > limit).length,
    ),
    'step in view behind the files, ms (median, 95 %)': [0.5, 0.95].map((share) =>
      Math.round(quantile(late, share)),
    ),
    'page heap, MB': Math.round(heap),
    'extension host peak, MB': Math.round(hostPeak()),
    'reached the last step': late.length > 0,
  };
  process.stdout.write(`${JSON.stringify(figures, undefined, 2)}\n`);
  await screenshot(page, 'live-many');
  // What ending the trace and the screenshot took is no matter of the panel's.
  await longTasks();
  await panel.getByRole('button', { name: 'Show data tables of all charts' }).click();
  await page.waitForTimeout(1000);
  process.stdout.write(
    `data tables opened: long tasks ${(await longTasks()).map(({ ms }) => Math.round(ms)).join(', ')} ms\n`,
  );
  await panel.getByRole('button', { name: 'Show data tables of all charts' }).click();
  await chooseTheme(page, 'Light Modern');
  await screenshot(page, 'live-many-light');
  await stop();
  await server.stop();
  await site?.stop();
});
