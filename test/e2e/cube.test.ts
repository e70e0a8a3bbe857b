import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { chooseTheme, panelFrame, screenshot, THEME_LABELS } from '../vscode/workbench.mjs';
import { accessibilityFaults } from './accessibility';
import { LAYERS, type Layer, valueAt, writeLayoutsRun } from './layoutsRun';
import { chartedPanel, openFromExplorer, openTab, until, waitForView } from './panel';
import { isInstalled, useWorkbench } from './session.mjs';

async function chooseLayer(panel: Frame, layer: Layer): Promise<void> {
  await panel.getByRole('combobox', { name: 'Layer' }).click();
  await panel.locator(`[role="option"][title="${layer}"]`).click();
  await waitForView(panel, layer, 10);
  await panel.locator('.cube-grid:not(.stale)').waitFor();
}

/** Waits until this many blocks are lit. */
async function waitForLit(panel: Frame, lit: number, what: string): Promise<void> {
  await until(
    () => panel.locator('polygon[data-lit="true"]').count(),
    (found) => found === lit,
    (found) => `${what}: ${found} blocks are lit, not ${lit}`,
  );
}

async function cell(panel: Frame, method: string, field: string): Promise<number> {
  const cells = panel.locator(
    `table[data-table="cube"] tr[data-method="${method}"] td[data-field="${field}"]`,
  );
  return Number(await cells.getAttribute('data-value'));
}

for (const web of [false, true])
  describe(`the cube in the ${web ? 'web' : 'Node'} extension host`, () => {
    if (isInstalled) return;
    const workbench = useWorkbench({
      folder: 'test/fixtures/tensorboard',
      prepare: (folder) => writeLayoutsRun(join(folder, 'cubes')),
      web,
      context: { viewport: { width: 1440, height: 1000 } },
    });

    it('lights the elements that a method normalizes together', async () => {
      const { page } = workbench;
      await openFromExplorer(page, 'cubes');
      const panel = await chartedPanel(page);
      await openTab(panel, 'cube');
      await chooseLayer(panel, 'images');
      const table = panel.locator('table[data-table="cube"]');
      // A channel of 3 × 3 positions in front, on top 4 samples of it; at the right edge is another channel.
      await table.getByRole('button', { name: 'Batch' }).click();
      await waitForLit(panel, 9 + 4, 'batch');
      // Pointing shows another method while it lasts.
      await table.locator('tr[data-method="layer"]').hover();
      await waitForLit(panel, 72 + 8 + 9, 'layer');
      await page.mouse.move(0, 0);
      await waitForLit(panel, 9 + 4, 'batch again');
      await table.getByRole('button', { name: 'Instance' }).focus();
      await waitForLit(panel, 9 + 1, 'instance, by keyboard');
      assert.equal(await cell(panel, 'batch', 'sets'), 8);
      assert.equal(await cell(panel, 'batch', 'size'), 36);
      const readout = panel.locator('[data-cube-readout]');
      await panel.locator('polygon.front').nth(10).click();
      await until(
        () => readout.innerText(),
        (text) => text.startsWith('sample 0, channel 2, H 0, W 1'),
        (text) => `The line above the cube says: ${text}`,
      );
      // µ of batch normalization in channel 2, by the values themselves.
      const channel = Array.from({ length: 4 * 9 }, (_, i) =>
        valueAt(10, Math.floor(i / 9) * 72 + 18 + (i % 9)),
      );
      const mean = channel.reduce((sum, x) => sum + x, 0) / channel.length;
      const variance = channel.reduce((sum, x) => sum + (x - mean) ** 2, 0) / channel.length;
      const x = valueAt(10, 18 + 1);
      assert.ok(Math.abs((await cell(panel, 'batch', 'mean')) - mean) < 1e-6);
      const output = await cell(panel, 'batch', 'output');
      assert.ok(Math.abs(output - (x - mean) / Math.sqrt(variance + 1e-5)) < 1e-6);
      await table.getByRole('button', { name: 'Batch' }).click();
      assert.match(await panel.locator('[data-formula]').innerText(), /^x̂ = \(x − µ\)\/√\(σ² \+ ε\) = \(/);
      await panel.locator('canvas[data-chart="cube-set"]').waitFor();
    });

    it('moves by keys, and says where to screen readers', async () => {
      const { page } = workbench;
      const panel = await panelFrame(page);
      await panel.locator('.cube-cells').focus();
      for (const key of ['ArrowRight', 'ArrowDown', 'PageDown']) await page.keyboard.press(key);
      const readout = panel.locator('[data-cube-readout]');
      await until(
        () => readout.innerText(),
        (text) =>
          text.startsWith(
            'sample 1, channel 3, H 0, W 2 · Batch: 8 sets of 36 values; this one is channel 3',
          ),
        (text) => `The line above the cube says: ${text}`,
      );
      await panel.locator('.cube-cut').waitFor();
      await until(
        () => panel.locator('[data-live-region]').innerText(),
        (text) => /sample 1, channel 3, H 0, W 2: x = .*8 sets of 36 values/.test(text),
        (text) => `The live region says: ${text}`,
      );
      await page.keyboard.press('Home');
      await until(
        () => readout.innerText(),
        (text) => text.startsWith('sample 1, channel 0,'),
        (text) => `The line above the cube says: ${text}`,
      );
    });

    it('takes every G, from layer to instance normalization', async () => {
      const { page } = workbench;
      const panel = await panelFrame(page);
      const slider = panel.getByRole('slider', { name: 'Number of groups G' });
      const row = panel.locator('table[data-table="cube"] tr[data-method="group"]');
      await slider.focus();
      await page.keyboard.press('Home');
      await panel.locator('input[data-groups="1"]').waitFor();
      assert.equal(await cell(panel, 'group', 'mean'), await cell(panel, 'layer', 'mean'));
      const all = [1, 2, 4, 8];
      for (const groups of all) {
        await panel.locator(`input[data-groups="${groups}"]`).waitFor();
        assert.equal(
          await row.locator('td[data-field="sets"]').getAttribute('data-value'),
          String(4 * groups),
        );
        if (!web) await screenshot(page, `cube-images-g${groups}`);
        await page.keyboard.press('ArrowRight');
      }
      assert.equal(await cell(panel, 'group', 'mean'), await cell(panel, 'instance', 'mean'));
      assert.match((await slider.getAttribute('aria-valuetext')) ?? '', /^G = 8: .*instance normalization$/);
    });

    if (web) return;

    it('shows every layout under every method', async () => {
      const { page } = workbench;
      const panel = await panelFrame(page);
      for (const layer of Object.keys(LAYERS) as Layer[]) {
        await chooseLayer(panel, layer);
        for (const method of ['Batch', 'Layer', 'Instance', 'Group', 'RMS']) {
          await panel.locator('table[data-table="cube"]').getByRole('button', { name: method }).click();
          await page.mouse.move(0, 0);
          await screenshot(page, `cube-${layer}-${method}`.toLowerCase());
        }
      }
      assert.match(await panel.locator('.cube-cells').innerText(), /N = 32, \d shown/);
      await chooseLayer(panel, 'features');
      assert.match(
        (await panel.locator('tr[data-method="instance"]').getAttribute('title')) ?? '',
        /One spatial element/,
      );
    });

    it('has no accessibility faults, and fits in every theme and width', async () => {
      const { page } = workbench;
      const panel = await panelFrame(page);
      await chooseLayer(panel, 'large');
      for (const theme of THEME_LABELS) {
        await chooseTheme(page, theme);
        assert.deepEqual(await accessibilityFaults(panel), [], theme);
        // No fault to axe, which skips controls that are disabled: this one has no findings to open.
        const verdict = panel.locator('.verdict-line:disabled');
        assert.equal(await verdict.evaluate((line) => getComputedStyle(line).opacity), '1', theme);
        for (const width of [1280, 760]) {
          await page.setViewportSize({ width, height: 900 });
          await until(
            () => panel.evaluate(() => document.body.scrollWidth - document.body.clientWidth),
            (beside) => beside === 0,
            (beside) => `${beside} px are beside a window of ${width} px`,
          );
          await panel.locator('.cube-cells').scrollIntoViewIfNeeded();
          await screenshot(page, `cube-${theme}-${width}`.toLowerCase().replaceAll(' ', '-'));
        }
        await page.setViewportSize({ width: 1440, height: 1000 });
      }
      await chooseTheme(page, 'Dark Modern');
    });
  });
