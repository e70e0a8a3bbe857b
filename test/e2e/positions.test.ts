import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { chooseTheme, panelFrame, screenshot, THEME_LABELS } from '../vscode/workbench.mjs';
import { accessibilityFaults } from './accessibility';
import { LAYERS, type Layer, valueAt, writeLayoutsRun } from './layoutsRun';
import { assertDrawn, chartedPanel, openFromExplorer, openTab, until, waitForView } from './panel';
import { isInstalled, useWorkbench } from './session.mjs';

async function chooseLayer(panel: Frame, layer: Layer): Promise<void> {
  await panel.getByRole('combobox', { name: 'Layer' }).click();
  await panel.locator(`[role="option"][title="${layer}"]`).click();
  await waitForView(panel, layer, 10);
}

/** Waits until the line above the positions ends like this. */
async function waitForReadout(panel: Frame, end: string): Promise<string> {
  return until(
    () => panel.locator('[data-position-readout]').innerText(),
    (text) => text.endsWith(`: ${end}`),
    (text) => `The line above the positions says: ${text}`,
  );
}

/** The mean over samples of `tokens`, at a step, position, and channel. */
function tokenMean(step: number, l: number, c: number): number {
  const [samples, length, channels] = LAYERS.tokens.shape;
  const values = Array.from({ length: samples }, (_, n) => valueAt(step, (n * length + l) * channels + c));
  return values.reduce((sum, x) => sum + x, 0) / samples;
}

describe('one channel by position', () => {
  if (isInstalled) return;
  const workbench = useWorkbench({
    folder: 'test/fixtures/tensorboard',
    prepare: (folder) => writeLayoutsRun(join(folder, 'layouts')),
    context: { viewport: { width: 1280, height: 800 } },
  });

  it('is a map of positions and steps for sequences, by clicks and by keys', async () => {
    const { page } = workbench;
    await openFromExplorer(page, 'layouts');
    const panel = await chartedPanel(page);
    await chooseLayer(panel, 'tokens');
    await openTab(panel, 'channels');
    await panel.locator('[data-channel-order]').selectOption('index');
    await panel.locator('tr[data-channel="7"] button').click();
    await panel.locator('[data-channel-detail]').selectOption('positions');
    await panel.locator('.channel-positions[data-kind="steps"][data-channel="7"]:not(.stale)').waitFor();
    await assertDrawn(panel, ['channel-positions'], 0.9);
    const cells = panel.locator('.channel-positions .channel-cells');
    const box = await cells.boundingBox();
    assert.ok(box !== null);
    // Position 3 at the second of two steps.
    await page.mouse.click(box.x + box.width * 0.75, box.y + (box.height * 3.5) / 5);
    await page.mouse.move(0, 0);
    const words = await waitForReadout(panel, 'channel 7, step 10, L 3');
    const said = Number(words.split(/[ :]/)[1].replace('−', '-'));
    const expected = tokenMean(10, 3, 7);
    assert.ok(Math.abs(said - expected) < 1e-3 * Math.abs(expected), `${said} is not ${expected}`);
    await cells.focus();
    await page.keyboard.press('ArrowDown');
    await waitForReadout(panel, 'channel 7, step 10, L 4');
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowLeft');
    await waitForReadout(panel, 'channel 7, step 0, L 0');
    await until(
      () => panel.locator('[data-live-region]').innerText(),
      (text) => text.includes('channel 7, step 0, L 0'),
      (text) => `The live region says: ${text}`,
    );
    await screenshot(page, 'positions-steps');
  });

  it('is a picture for images, and has a table', async () => {
    const { page } = workbench;
    const panel = await panelFrame(page);
    await page.keyboard.press('Alt+ArrowRight');
    for (const layer of ['images', 'channelsLast'] as const) {
      await chooseLayer(panel, layer);
      // Another layer begins with its first channel.
      await panel.locator('tr[data-channel="7"] button').click();
      await panel.locator('.channel-positions[data-kind="picture"][data-channel="7"]:not(.stale)').waitFor();
      await panel.locator('.channel-positions .channel-cells').focus();
      for (const key of ['Home', 'PageUp', 'ArrowDown', 'ArrowRight', 'ArrowRight'])
        await page.keyboard.press(key);
      await waitForReadout(panel, 'channel 7, step 10, H 1, W 2');
      await screenshot(page, `positions-${layer}`.toLowerCase());
    }
    await panel.getByRole('button', { name: 'Show data tables of all charts' }).click();
    const rows = panel.locator('table[data-table="positions"] tbody tr');
    await rows.nth(8).waitFor();
    assert.equal(await rows.nth(5).locator('th').innerText(), 'H 1, W 2');
    const mean = Number(await rows.nth(5).locator('td[data-value]').getAttribute('data-value'));
    const [samples, height, width, channels] = LAYERS.channelsLast.shape;
    const values = Array.from({ length: samples }, (_, n) =>
      valueAt(10, ((n * height + 1) * width + 2) * channels + 7),
    );
    const expected = values.reduce((sum, x) => sum + x, 0) / samples;
    assert.ok(Math.abs(mean - expected) < 1e-6, `${mean} is not ${expected}`);
    await panel.getByRole('button', { name: 'Show data tables of all charts' }).click();
    await panel.getByRole('button', { name: 'Copy the means of all positions' }).click();
    await panel.getByText('Copied', { exact: true }).waitFor();
  });

  it('is not offered for a layer without positions', async () => {
    const { page } = workbench;
    const panel = await panelFrame(page);
    await chooseLayer(panel, 'features');
    await panel.locator('canvas[data-chart="channel-trace"]').waitFor();
    assert.equal(await panel.locator('[data-channel-detail]').count(), 0);
    await chooseLayer(panel, 'large');
    await panel.locator('.channel-positions[data-kind="picture"]:not(.stale)').waitFor();
    await page.mouse.move(0, 0);
    await screenshot(page, 'positions-large');
  });

  it('has no accessibility faults, and fits in every theme and width', async () => {
    const { page } = workbench;
    const panel = await panelFrame(page);
    for (const theme of THEME_LABELS) {
      await chooseTheme(page, theme);
      assert.deepEqual(await accessibilityFaults(panel), [], theme);
      await screenshot(page, `positions-${theme}`.toLowerCase().replaceAll(' ', '-'));
    }
    await page.setViewportSize({ width: 760, height: 900 });
    await until(
      () => panel.evaluate(() => document.body.scrollWidth - document.body.clientWidth),
      (beside) => beside === 0,
      (beside) => `${beside} px are beside the panel.`,
    );
    await panel.locator('.channel-positions').scrollIntoViewIfNeeded();
    await screenshot(page, 'positions-760');
  });
});
