/**
 * Drives VS Code's workbench in a browser page the way a person does.
 *
 *   const page = await openWorkbench(browser, { server: server.url, folder, extension: root });
 *   await runCommand(page, 'Normscope: Open Sample Run');
 *   const panel = await panelFrame(page);
 *   await panel.getByRole('button', { name: 'Layers' }).click();
 *   await screenshot(page, 'layers');
 */
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { workbenchUrl } from './workbenchUrl.mjs';

/** @typedef {import('playwright-core').Page} Page */

/** A loaded 2-core machine needs half a minute to show the workbench for the first time. */
const OPEN_TIMEOUT_MS = 90_000;

/** An extension's commands reach the palette when VS Code has read its package.json. */
const COMMAND_TIMEOUT_MS = 60_000;

/** How long the palette may take to list a command that is registered; on a loaded machine, a try takes longer. */
const LISTING_MS = 500;

const PANEL_TIMEOUT_MS = 60_000;

/** How long anything else that a person waits for may take there. */
const WAIT_MS = 60_000;
const POLL_MS = 100;

/** How long two frames and a pause may take there, before the request for them counts as lost. */
const FRAMES_MS = 10_000;

/** Where {@link screenshot} puts its files, relative to the checkout that npm scripts run in. */
const SCREENSHOTS = 'out/screenshots';

/**
 * Opens the workbench in a page of its own, with a fresh storage.
 *
 * @param {import('playwright-core').Browser} browser
 * @param {import('./workbenchUrl.mjs').WorkbenchTarget} target
 * @param {import('playwright-core').BrowserContextOptions} [options] e.g. viewport or reducedMotion
 * @param {string} [language] the display language, without a language pack: VS Code itself stays in English
 * @returns {Promise<Page>} once the workbench and its status bar are there
 */
export async function openWorkbench(browser, target, options = {}, language = 'en') {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  // The workbench has its language from here, and passes it on to extension hosts.
  if (language !== 'en')
    await page.addInitScript((name) => Object.assign(globalThis, { _VSCODE_NLS_LANGUAGE: name }), language);
  await showWorkbench(page, target);
  return page;
}

/**
 * @param {Page} page
 * @param {import('./workbenchUrl.mjs').WorkbenchTarget} target
 * @returns {Promise<void>} once the workbench and its status bar are there
 */
export async function showWorkbench(page, target) {
  page.setDefaultTimeout(WAIT_MS);
  await page.goto(workbenchUrl(target));
  await page.locator('.monaco-workbench .part.statusbar').waitFor({ timeout: OPEN_TIMEOUT_MS });
}

/**
 * Runs a command through the command palette; waits until the palette lists it.
 *
 * @param {Page} page
 * @param {string} title as the palette shows it, with its category: 'Normscope: Open Sample Run'
 */
export async function runCommand(page, title) {
  await pick(page, await listCommand(page, title));
}

/**
 * Types into the command palette until it lists the command.
 *
 * @param {Page} page
 * @param {string} title
 * @returns {Promise<import('playwright-core').Locator>} the command's row
 */
async function listCommand(page, title) {
  const rows = page.locator('.quick-input-list .monaco-list-row');
  const row = rows.and(page.getByLabel(new RegExp(`^${escapeRegExp(title)}(,|$)`)));
  const deadline = Date.now() + COMMAND_TIMEOUT_MS;
  // The palette does not add commands that are registered while it is open.
  for (let patience = LISTING_MS; ; patience *= 2) {
    await typeIntoPalette(page, `>${title}`);
    const listed = await row
      .first()
      .waitFor({ timeout: patience })
      .then(
        () => true,
        () => false,
      );
    if (listed) return row.first();
    await page.keyboard.press('Escape');
    if (Date.now() > deadline) throw new Error(`The command palette does not list "${title}".`);
  }
}

/**
 * Clicks a row of the palette and takes the pointer away, so that it leaves no hover behind.
 *
 * @param {Page} page
 * @param {import('playwright-core').Locator} row
 */
async function pick(page, row) {
  await row.click();
  await page.mouse.move(0, 0);
}

/**
 * @param {Page} page
 * @param {string} text
 */
async function typeIntoPalette(page, text) {
  await page.keyboard.press('F1');
  const input = page.locator('.quick-input-widget .quick-input-box input');
  await input.waitFor();
  await input.fill(text);
}

/**
 * The document of the Normscope panel that one sees: an iframe inside VS Code's webview iframe.
 *
 * @param {Page} page
 * @returns {Promise<import('playwright-core').Frame>}
 */
export async function panelFrame(page) {
  const deadline = Date.now() + PANEL_TIMEOUT_MS;
  while (Date.now() < deadline) {
    for (const frame of page.frames()) if (await showsPanel(frame)) return frame;
    await page.waitForTimeout(POLL_MS);
  }
  throw new Error('No Normscope panel is visible.');
}

/**
 * @param {import('playwright-core').Frame} frame
 * @returns {Promise<boolean>} false also when the frame goes away while it is looked at
 */
async function showsPanel(frame) {
  try {
    const webview = frame.parentFrame();
    if (webview === null || webview.parentFrame() === null) return false;
    if ((await frame.locator('#app[data-normscope-panel]').count()) === 0) return false;
    return await (await webview.frameElement()).isVisible();
  } catch (error) {
    if (frame.isDetached()) return false;
    throw error;
  }
}

/** Themes as VS Code's picker calls them, two of high contrast, and how a webview names their kind. */
const THEME_KINDS = /** @type {const} */ ({
  'Dark Modern': 'vscode-dark',
  'Light Modern': 'vscode-light',
  'Dark High Contrast': 'vscode-high-contrast',
  'Light High Contrast': 'vscode-high-contrast-light',
});

/** @typedef {keyof typeof THEME_KINDS} ThemeLabel */

export const THEME_LABELS = /** @type {ThemeLabel[]} */ (Object.keys(THEME_KINDS));

/**
 * Changes the color theme as a person does, while everything stays open.
 *
 * @param {Page} page
 * @param {ThemeLabel} label
 * @returns {Promise<void>} once the panel that one sees, which follows after the workbench, is drawn in it
 */
export async function chooseTheme(page, label) {
  await runCommand(page, 'Preferences: Color Theme');
  const input = page.locator('.quick-input-widget .quick-input-box input');
  await input.fill(label);
  await pick(
    page,
    page.locator('.quick-input-list .monaco-list-row').getByText(label, { exact: true }).first(),
  );
  await input.waitFor({ state: 'hidden' });
  const panel = await panelFrame(page);
  await panel.locator(`body[data-vscode-theme-kind="${THEME_KINDS[label]}"]`).waitFor();
  await untilDrawn(panel);
}

/**
 * Waits until the panel has drawn what has changed.
 *
 * @param {import('playwright-core').Frame} panel
 */
async function untilDrawn(panel) {
  for (let tries = 0; tries < 3; tries++) {
    if (await panel.evaluate(drawsFrames, FRAMES_MS)) return;
    // A headless Chromium may lose the request for a frame; a picture makes it draw one.
    await panel.page().screenshot();
  }
  throw new Error('The panel draws no frames.');
}

/**
 * Runs in the panel: one frame shows the elements, the next one asks for the charts, and nothing else is left to do once
 * they are drawn.
 *
 * @param {number} limit in milliseconds
 * @returns {Promise<boolean>} false if that takes longer
 */
function drawsFrames(limit) {
  return new Promise((resolve) => {
    setTimeout(() => resolve(false), limit);
    const whenIdle = () => requestIdleCallback(() => resolve(true), { timeout: limit });
    requestAnimationFrame(() => requestAnimationFrame(whenIdle));
  });
}

/**
 * Reloads the workbench the way a person does, which lets VS Code store what is open.
 *
 * @param {Page} page
 */
export async function reloadWindow(page) {
  const reloaded = page.waitForEvent('framenavigated', {
    predicate: (frame) => frame === page.mainFrame(),
    timeout: OPEN_TIMEOUT_MS,
  });
  await runCommand(page, 'Developer: Reload Window');
  await reloaded;
  await page.locator('.monaco-workbench .part.statusbar').waitFor({ timeout: OPEN_TIMEOUT_MS });
}

/**
 * Writes `out/screenshots/NAME.png`.
 *
 * @param {Page} page
 * @param {string} name
 * @returns {Promise<string>} the file's path
 */
export async function screenshot(page, name) {
  await mkdir(SCREENSHOTS, { recursive: true });
  const path = resolve(join(SCREENSHOTS, `${name}.png`));
  await page.screenshot({ path });
  return path;
}

/** @param {string} text */
function escapeRegExp(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
