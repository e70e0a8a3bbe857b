import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame, Page } from 'playwright-core';
import { panelFrame, runCommand, screenshot } from '../vscode/workbench.mjs';
import { chartedPanel, inView, openFromExplorer, takeFocus, until, waitForView } from './panel';
import { isInstalled, useWorkbench } from './session.mjs';

const groups = (page: Page) => page.locator('.editor-group-container').count();
const tabs = (page: Page) => page.locator('.tabs-container .tab').allInnerTexts();
const rows = (page: Page) => page.locator('.pane-body .monaco-list-row');

const runs = (page: Page) => rows(page).and(page.locator('[aria-level="1"]'));

/** The documents of the panels that one sees, from left to right. */
async function panels(page: Page): Promise<readonly Frame[]> {
  const places: { frame: Frame; left: number }[] = [];
  for (const frame of page.frames()) {
    if (
      (await frame
        .locator('#app[data-normscope-panel]')
        .count()
        .catch(() => 0)) === 0
    )
      continue;
    const box = await (await frame.parentFrame()?.frameElement())?.boundingBox();
    if (box != null && box.width > 0) places.push({ frame, left: box.x });
  }
  return places.sort((a, b) => a.left - b.left).map(({ frame }) => frame);
}

describe('the editors of runs', () => {
  // The panel is the same in the package.
  if (isInstalled) return;
  const workbench = useWorkbench({
    folder: 'test/fixtures/tensorboard',
    prepare: (folder) => {
      for (const run of ['first', 'second']) cpSync('media/sample', join(folder, run), { recursive: true });
    },
    context: { viewport: { width: 1440, height: 900 } },
  });

  it('are tabs of one column', async () => {
    const { page } = workbench;
    await openFromExplorer(page, 'first');
    await chartedPanel(page);
    const before = await groups(page);
    await openFromExplorer(page, 'second');
    await until(
      () => tabs(page),
      (titles) => titles.filter((title) => title.includes('Normscope')).length === 2,
      (titles) => `The tabs are: ${titles.join(', ')}.`,
    );
    assert.equal(await groups(page), before);
    await chartedPanel(page);
  });

  it('lead back and forward', async () => {
    const { page } = workbench;
    const panel = await panelFrame(page);
    const [layer, step] = await inView(panel);
    await panel.locator('.map-row[role="treeitem"]:not([aria-expanded])').last().click();
    await until(
      () => inView(panel),
      ([now]) => now !== layer,
      ([now]) => `${now} is in view.`,
    );
    const [other] = await inView(panel);
    await takeFocus(panel);
    await page.keyboard.press('Control+Alt+-');
    await waitForView(panel, layer, step);
    await page.keyboard.press('Control+Shift+-');
    await waitForView(panel, other, step);
    await runCommand(page, 'Normscope: Go Back');
    await waitForView(panel, layer, step);
  });

  it('are split into two with selections of their own', async () => {
    const { page } = workbench;
    const panel = await panelFrame(page);
    const [layer, step] = await inView(panel);
    const before = await groups(page);
    await takeFocus(panel);
    await runCommand(page, 'View: Split Editor');
    await until(
      async () => (await panels(page)).length,
      (count) => count === 2,
      (count) => `${count} panels are visible.`,
    );
    assert.equal(await groups(page), before + 1);
    const [left, right] = await panels(page);
    await waitForView(right, layer, step);
    await takeFocus(right);
    await page.keyboard.press('Alt+ArrowLeft');
    await until(
      () => inView(right),
      ([, now]) => now < step,
      ([, now]) => `Step ${now} is in view at the right.`,
    );
    assert.deepEqual(await inView(left), [layer, step]);
    await screenshot(page, 'editors-split');
  });

  it('are split by a command, too', async () => {
    const { page } = workbench;
    const before = await panels(page);
    await takeFocus(before[1]);
    const place = await inView(before[1]);
    await runCommand(page, 'Normscope: Split Panel');
    await until(
      async () => (await panels(page)).length,
      (count) => count === 3,
      (count) => `${count} panels are visible.`,
    );
    const [, , third] = await panels(page);
    await waitForView(third, ...place);
    await takeFocus(third);
    await runCommand(page, 'View: Close Editor');
    await until(
      async () => (await panels(page)).length,
      (count) => count === 2,
      (count) => `${count} panels are visible.`,
    );
  });

  it('are selected in the side bar, and leave it when they are closed', async () => {
    const { page } = workbench;
    await runCommand(page, 'View: Show Normscope');
    const [, right] = await panels(page);
    const [layer] = await inView(right);
    const selected = rows(page).and(page.locator('.selected'));
    await until(
      () => selected.allInnerTexts(),
      (texts) => texts.some((text) => text.includes(layer)),
      (texts) => `Selected is: ${texts.join(', ')}.`,
    );
    await screenshot(page, 'editors-tree');
    await runs(page).nth(1).waitFor();
    assert.equal(await runs(page).count(), 2);
    // One of two panels on the run: it stays open.
    await takeFocus(right);
    await runCommand(page, 'View: Close Editor');
    await until(
      async () => (await panels(page)).length,
      (count) => count === 1,
      (count) => `${count} panels are visible.`,
    );
    assert.equal(await runs(page).count(), 2);
    await takeFocus(await panelFrame(page));
    await runCommand(page, 'View: Close Editor');
    await until(
      () => runs(page).count(),
      (count) => count === 1,
      (count) => `${count} runs are in the side bar.`,
    );
  });
});
