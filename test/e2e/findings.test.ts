import assert from 'node:assert/strict';
import type { Frame } from 'playwright-core';
import { chooseTheme, panelFrame, runCommand, screenshot } from '../vscode/workbench.mjs';
import { chartedPanel, numbers, openFromExplorer, reportOf, until, waitForView } from './panel';
import { useWorkbench } from './session.mjs';

const RUN = 'test/fixtures/normalization/wrong_images_float32';
/** The input of a batch normalization layer with γ, β and running statistics. */
const READ_BY_BATCH = 'frozen_batch.input';

async function chooseLayer(panel: Frame, layer: string): Promise<void> {
  await panel.getByRole('combobox', { name: 'Layer' }).click();
  await panel.locator(`[role="option"][title="${layer}"]`).click();
  await waitForView(panel, layer, 0);
}

/** Waits until the panel's mean and variance after batch normalization are those of the report with these options. */
async function waitForBatch(panel: Frame, ...options: readonly string[]): Promise<void> {
  const layer = reportOf(RUN, ...options).layers.find(({ name }) => name === READ_BY_BATCH);
  const of = layer?.steps[0].methods.batch;
  assert.ok(of !== undefined && 'mean' in of);
  await until(
    () => numbers(panel),
    ({ mean, variance }) =>
      Math.abs(mean['batch'] - of.mean) < 1e-9 && Math.abs(variance['batch'] - of.variance) < 1e-9,
    ({ mean, variance }) =>
      `batch: mean ${mean['batch']} and not ${of.mean}, variance ${variance['batch']} and not ${of.variance}`,
  );
}

describe('findings', () => {
  // Layers that do not do what they declare, and the Python file that defines them.
  const workbench = useWorkbench({
    folder: 'test/fixtures/normalization',
    context: { viewport: { width: 1440, height: 1000 } },
  });

  it('name what is wrong with each layer, in the panel and in the tree', async () => {
    const { page } = workbench;
    await openFromExplorer(page, 'wrong_images_float32');
    const panel = await chartedPanel(page);
    const findings = panel.locator('[data-notice="declared"]');
    await findings.nth(4).waitFor();
    const groups = findings.filter({ hasText: 'other_groups' });
    await groups.locator('summary').click();
    assert.match(await groups.innerText(), /It declares 4 groups; the output is what 2 groups give\./);
    await runCommand(page, 'View: Show Normscope');
    const layer = page.getByRole('treeitem', { name: 'Layer other_groups, other_groups does not do' });
    await layer.locator('.codicon-error').waitFor();
    await screenshot(page, 'findings-dark');
  });

  it('lead to the layer, by keyboard too', async () => {
    const { page } = workbench;
    const panel = await panelFrame(page);
    const place = panel
      .locator('[data-notice="declared"]', { hasText: 'frozen_batch' })
      .locator('[data-notice-action]');
    await place.focus();
    await page.keyboard.press('Enter');
    await waitForView(panel, 'frozen_batch', 0);
  });

  it('lie beside the switches for learned scale and shift and for running statistics', async () => {
    const { page } = workbench;
    const panel = await panelFrame(page);
    await chooseLayer(panel, READ_BY_BATCH);
    const batch = panel.locator('article[data-method="batch"] h2 small');
    const affine = panel.locator('button[data-affine="channels"]');
    const running = panel.locator('button[data-running]');

    await affine.click();
    await panel.locator('button[data-affine][aria-pressed="true"]').waitFor();
    await batch.getByText('γ, β').waitFor();
    await waitForBatch(panel, '--affine');
    await running.click();
    await panel.locator('button[data-running][aria-pressed="true"]').waitFor();
    await batch.getByText('running µ and σ²').waitFor();
    await waitForBatch(panel, '--affine', '--running');
    await affine.click();
    await batch.getByText('γ, β').waitFor({ state: 'detached' });
    await waitForBatch(panel, '--running');
    await running.click();
    await batch.waitFor({ state: 'detached' });
    await waitForBatch(panel);
    await chooseLayer(panel, 'frozen_batch');
  });

  it('look right in a light theme', async () => {
    const { page } = workbench;
    await chooseTheme(page, 'Light Modern');
    await screenshot(page, 'findings-light');
  });

  it('stand beside the way to the line that defines the layer', async () => {
    const { page } = workbench;
    const panel = await panelFrame(page);
    await panel.locator('button[aria-label^="Go to the definition of frozen_batch"]').click();
    await page.locator('.tab.active', { hasText: 'make.py' }).waitFor();
    // It is added to its parent in a loop, so the parent's class is the nearest line that is known.
    await page.locator('.view-line', { hasText: 'class Wrong(nn.Module)' }).first().waitFor();
    await page.getByText('Ln 82, Col 1').waitFor();
    await screenshot(page, 'layer-definition');
  });
});
