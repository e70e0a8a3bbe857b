/** Actions of a person in the Normscope panel, and what the panel shows. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import type { Frame, Locator, Page } from 'playwright-core';
import type { Report } from '../../src/report/report';
import { panelFrame } from '../vscode/workbench.mjs';

/** The panel once its first charts are drawn. */
export async function chartedPanel(page: Page): Promise<Frame> {
  const panel = await panelFrame(page);
  await panel.locator('canvas[data-chart="bands-none"]').waitFor();
  // Progress goes away when everything is computed.
  await panel.locator('.progress').waitFor({ state: 'detached' });
  return panel;
}

/** The layer and step in view. */
export async function inView(panel: Frame): Promise<[layer: string, step: number]> {
  const layer = await panel.getByRole('combobox', { name: 'Layer' }).inputValue();
  return [layer, Number(await panel.locator('output[data-step]').getAttribute('data-step'))];
}

/** Waits until the layer and step are in view with their figures, which arrive after the name of a layer. */
export async function waitForView(panel: Frame, layer: string, step: number): Promise<void> {
  const inspector = `.inspector[data-layer="${layer}"][data-step="${step}"]`;
  await panel.locator(`${inspector}[data-known="true"]`).waitFor();
}

/** Opens a tab of the inspector. */
export async function openTab(panel: Frame, tab: string): Promise<void> {
  await panel.locator(`[role="tab"][data-tab="${tab}"]`).click();
  await panel.locator(`[role="tab"][data-tab="${tab}"][aria-selected="true"]`).waitFor();
}

/** Milliseconds until a measured value must be right, on a loaded machine. */
const SETTLE_MS = 30_000;

/** Measures repeatedly until the value is right; fails with the last wrong one. */
export async function until<T>(
  measure: () => Promise<T>,
  isRight: (measured: T) => boolean,
  wrong: (measured: T) => string,
): Promise<T> {
  const deadline = Date.now() + SETTLE_MS;
  for (;;) {
    const measured = await measure();
    if (isRight(measured)) return measured;
    assert.ok(Date.now() < deadline, wrong(measured));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Milliseconds for which an attempt is repeated. */
const RETRY_MS = 60_000;

/** Repeats an attempt every half second until it succeeds; fails with `wrong`. */
export async function retry(wrong: string, attempt: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + RETRY_MS;
  while (!(await attempt())) {
    assert.ok(Date.now() < deadline, wrong);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** The share of a chart's pixels that are drawn on. */
export function drawnShare(panel: Frame, chart: string): Promise<number> {
  return panel.locator(`canvas[data-chart="${chart}"]`).evaluate((element) => {
    const canvas = element as HTMLCanvasElement;
    const pixels = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
    let drawn = 0;
    for (let at = 3; at < pixels.length; at += 4) if (pixels[at] !== 0) drawn++;
    return (4 * drawn) / pixels.length;
  });
}

/** Waits until more than this share of every chart's pixels is drawn on. */
export async function assertDrawn(panel: Frame, charts: readonly string[], share = 0.02): Promise<void> {
  for (const chart of charts) {
    await until(
      () => drawnShare(panel, chart),
      (drawn) => drawn > share,
      (drawn) => `${chart}: ${drawn} of it is drawn on`,
    );
  }
}

/** Whether every chart has the size of its container, which it follows frames later. */
export function fillsPlaces(panel: Frame): Promise<boolean> {
  return panel.locator('canvas').evaluateAll((canvases) =>
    canvases.every((canvas) => {
      const place = (canvas.parentElement as HTMLElement).getBoundingClientRect();
      const { width, height } = canvas.getBoundingClientRect();
      return Math.abs(width - place.width) <= 1 && Math.abs(height - place.height) <= 1;
    }),
  );
}

/**
 * The table of numbers at full precision, by statistic and method; NaN where a cell is empty. Opens its tab, and then the one
 * that was open.
 */
export async function numbers(panel: Frame): Promise<Record<string, Record<string, number>>> {
  const open = await panel.locator('[role="tab"][aria-selected="true"]').getAttribute('data-tab');
  await openTab(panel, 'numbers');
  const found = await readNumbers(panel);
  if (open !== null) await openTab(panel, open);
  return found;
}

async function readNumbers(panel: Frame): Promise<Record<string, Record<string, number>>> {
  const rows = await panel.locator('table[data-table="numbers"] tbody tr').evaluateAll((elements) =>
    elements.map((row) => ({
      field: row.getAttribute('data-field') ?? '',
      cells: [...row.querySelectorAll('td')].map(
        (cell) => [cell.getAttribute('data-method') ?? '', cell.getAttribute('data-value') ?? ''] as const,
      ),
    })),
  );
  return Object.fromEntries(
    rows.map(({ field, cells }) => [
      field,
      Object.fromEntries(cells.map(([method, value]) => [method, Number.parseFloat(value)])),
    ]),
  );
}

/** Rows of a chart's data table: the attributes of the row and the exact values in it. */
export async function dataTable(
  panel: Frame,
  name: 'bands' | 'bands-of-other' | 'distribution' | 'shift-map',
): Promise<{ method: string; layer: string; step: number; values: number[] }[]> {
  await panel.locator(`table[data-table="${name}"][aria-busy="false"] tbody tr`).first().waitFor();
  return panel.locator(`table[data-table="${name}"] tbody tr`).evaluateAll((elements) =>
    elements.map((row) => ({
      method: row.getAttribute('data-method') ?? '',
      layer: row.getAttribute('data-layer') ?? '',
      step: Number(row.getAttribute('data-step')),
      values: [...row.querySelectorAll('[data-value]')].map((cell) =>
        Number.parseFloat(cell.getAttribute('data-value') ?? ''),
      ),
    })),
  );
}

/** The report command's report of a run. */
export function reportOf(path: string, ...args: readonly string[]): Report {
  const output = execFileSync(process.execPath, ['dist/report.js', path, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 2 ** 28,
  });
  return JSON.parse(output.toString()) as Report;
}

/** The input of the command palette and of dialogs. */
export function quickInput(page: Page): Locator {
  return page.locator('.quick-input-widget .quick-input-box input');
}

/** Clicks text in the panel, and waits until the panel has focus. */
export async function takeFocus(panel: Frame): Promise<void> {
  await panel.locator('[data-counts]').click();
  await until(
    () => panel.evaluate(() => document.hasFocus()),
    (hasFocus) => hasFocus,
    () => 'A click does not give the panel focus.',
  );
}

/** Picks a row of the list in a command's dialog. */
export async function pickRow(page: Page, label: string | RegExp): Promise<void> {
  await page
    .locator('.quick-input-list .monaco-list-row')
    .filter({ has: page.locator('.label-name').getByText(label, { exact: true }) })
    .click();
}

/** Milliseconds that VS Code's own file dialog takes to react to typing. */
const DIALOG_MS = 700;

/** Waits until the save dialog proposes a name, and types another. */
export async function answerSaveDialog(page: Page, proposed: RegExp, path: string): Promise<void> {
  const input = quickInput(page);
  await input.waitFor();
  await until(
    () => input.inputValue(),
    (name) => proposed.test(name),
    (name) => `The dialog proposes the name ${name}.`,
  );
  await input.fill(path);
  await page.waitForTimeout(DIALOG_MS);
  await page.keyboard.press('Enter');
}

/** Has VS Code list the folders of the Explorer again. */
async function refreshExplorer(page: Page): Promise<void> {
  await page.locator('.explorer-folders-view').hover();
  await page.locator('.action-label[aria-label="Refresh Explorer"]').first().click({ timeout: 5000 });
}

/**
 * Opens a folder as a run from its menu, and waits for its tab. In a fresh workbench, the extension's entry appears only
 * after a while.
 */
export async function openFromExplorer(page: Page, folder: string): Promise<void> {
  const row = page.locator('.explorer-folders-view .monaco-list-row', { hasText: folder });
  const entry = page.locator('.monaco-menu .action-label', { hasText: 'Open Activation Run' });
  // VS Code does not hear of a folder that is made before its file watcher has started.
  await retry('The Explorer does not list the folder.', async () => {
    await row.waitFor({ timeout: 5000 }).catch(() => {});
    if (await row.isVisible()) return true;
    await refreshExplorer(page);
    return false;
  });
  await retry('The menu has no entry that opens a run.', async () => {
    await row.click({ button: 'right' });
    await page.locator('.monaco-menu .action-label', { hasText: 'Copy Relative Path' }).waitFor();
    if (await entry.isVisible()) return true;
    await page.keyboard.press('Escape');
    return false;
  });
  // A menu that has just opened ignores clicks and stays open.
  await retry('The menu stays open after a click on its entry.', async () => {
    await entry.click();
    await entry.waitFor({ state: 'hidden', timeout: 2000 }).catch(() => {});
    return !(await entry.isVisible());
  });
  // Until then, one sees the panel that was open before.
  await page.locator('.tab.active', { hasText: `Normscope: ${folder}` }).waitFor();
}

/** What moved in the panel since it has content, as Chromium records it [Layout Instability API]. */
export function layoutShifts(panel: Frame): Promise<readonly string[]> {
  return panel.evaluate(
    () =>
      new Promise<string[]>((resolve) => {
        const observer = new PerformanceObserver((list) => {
          observer.disconnect();
          resolve(
            list.getEntries().flatMap((entry) => {
              const { value, sources } = entry as PerformanceEntry & {
                value: number;
                sources: { node: Node | null; previousRect: DOMRect; currentRect: DOMRect }[];
              };
              // What is gone belonged to the page that says that the run is being listed.
              return sources.flatMap(({ node, previousRect: from, currentRect: to }) => {
                if (node === null) return [];
                const name =
                  node instanceof Element ? `${node.tagName}.${node.className}` : `“${node.textContent}”`;
                const places = [from, to].map(({ x, y }) => `${Math.round(x)}, ${Math.round(y)}`);
                return `${name} from ${places.join(' to ')} (${value.toFixed(4)})`;
              });
            }),
          );
        });
        observer.observe({ type: 'layout-shift', buffered: true });
        // The observer does not call where nothing moved.
        setTimeout(() => resolve([]), 1000);
      }),
  );
}
