import assert from 'node:assert/strict';
import type { Frame, Locator } from 'playwright-core';
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

  it('are summarized in one line of fixed height', async () => {
    const { page } = workbench;
    await openFromExplorer(page, 'wrong_images_float32');
    const panel = await panelFrame(page);
    const line = panel.locator('.verdict-line');
    await line.waitFor();
    const tops: number[] = [];
    const place = async () => {
      const { top, height } = await line.evaluate((element) => element.getBoundingClientRect());
      tops.push(top);
      return height;
    };
    const before = await place();
    await panel.locator('[data-verdict="error"][data-stale="false"]').waitFor();
    assert.equal(await place(), before);
    assert.equal(tops[0], tops[1]);
    assert.match(await line.innerText(), /does not do what it declares/);
    await page.locator('.tab', { hasText: /wrong_images_float32 \(\d\)/ }).waitFor();
    await screenshot(page, 'verdict-dark');
  });

  it('appear in the panel and in the tree', async () => {
    const { page } = workbench;
    const panel = await chartedPanel(page);
    const charts = panel.locator('main');
    const top = () => charts.evaluate((element) => element.getBoundingClientRect().top);
    const before = await top();
    await panel.locator('.verdict-line').click();
    const findings = panel.locator('[data-finding="declared"]');
    await findings.nth(4).waitFor();
    assert.equal(await top(), before);
    const groups = findings.filter({ hasText: 'other_groups' });
    await groups.locator('summary').click();
    assert.match(await groups.innerText(), /It declares 4 groups; the output is what 2 groups give\./);
    await runCommand(page, 'View: Show Normscope');
    const layer = page.getByRole('treeitem', { name: 'Layer other_groups, other_groups does not do' });
    await layer.locator('.codicon-error').waitFor();
    await page.getByRole('treeitem', { name: /^Run wrong_images_float32, .* does not do/ }).waitFor();
    await screenshot(page, 'findings-dark');
  });

  it('show how they are determined, without a network', async () => {
    const { page } = workbench;
    const panel = await panelFrame(page);
    const finding = panel.locator('[data-finding="declared"]', { hasText: 'other_groups' });
    await finding.locator('[data-definition]').click();
    await page.locator('.tab.active', { hasText: 'findings.md' }).waitFor();
    const heading = () => {
      const headings = page.frames().map((frame) => frame.locator('h2#a-layer-does-not-do-what-it-declares'));
      return Promise.all(headings.map((each) => each.boundingBox({ timeout: 1000 }).catch(() => null)));
    };
    await until(
      heading,
      (boxes) => boxes.some((box) => box !== null && box.y < 500),
      (boxes) => `The heading is at ${JSON.stringify(boxes)}.`,
    );
    await screenshot(page, 'finding-definition');
    await runCommand(page, 'View: Close Editor');
  });

  it('lead to the layer and close, also by keyboard', async () => {
    const { page } = workbench;
    const panel = await panelFrame(page);
    const line = panel.locator('.verdict-line');
    const drawer = panel.locator('.drawer');
    await line.click();
    await drawer.waitFor();
    await page.keyboard.press('Escape');
    await drawer.waitFor({ state: 'hidden' });
    await page.keyboard.press('Enter');
    await drawer.waitFor();
    const finding = panel.locator('[data-finding="declared"]', { hasText: 'frozen_batch' });
    await finding.locator('summary').focus();
    await page.keyboard.press('Enter');
    await finding.locator('[data-place]').focus();
    await page.keyboard.press('Enter');
    await waitForView(panel, 'frozen_batch', 0);
    await drawer.waitFor({ state: 'hidden' });
  });

  it('have switches for learned scale and shift and for running statistics beside them', async () => {
    const { page } = workbench;
    const panel = await panelFrame(page);
    await chooseLayer(panel, READ_BY_BATCH);
    const batch = panel.locator('article[data-method="batch"] h2 small');
    const affine = panel.getByRole('checkbox', { name: 'Apply learned γ and β' });
    const running = panel.getByRole('checkbox', { name: 'Use running statistics for Batch' });

    /** Opening the tab of numbers closes the menu. */
    const turn = async (option: Locator, isOn: boolean) => {
      if (!(await option.isVisible())) await panel.getByRole('button', { name: 'More options' }).click();
      await option.click();
      assert.equal(await option.isChecked(), isOn);
    };

    await turn(affine, true);
    await batch.getByText('γ, β').waitFor();
    await waitForBatch(panel, '--affine');
    await turn(running, true);
    await batch.getByText('running µ and σ²').waitFor();
    await waitForBatch(panel, '--affine', '--running');
    await turn(affine, false);
    await batch.getByText('γ, β').waitFor({ state: 'detached' });
    await waitForBatch(panel, '--running');
    await turn(running, false);
    await batch.waitFor({ state: 'detached' });
    await waitForBatch(panel);
    await page.keyboard.press('Escape');
    await running.waitFor({ state: 'hidden' });
    await chooseLayer(panel, 'frozen_batch');
  });

  it('are visible in a light theme and in a narrow panel', async () => {
    const { page } = workbench;
    const panel = await panelFrame(page);
    await chooseTheme(page, 'Light Modern');
    await panel.locator('.verdict-line').click();
    await screenshot(page, 'findings-light');
    await page.setViewportSize({ width: 850, height: 1000 });
    await screenshot(page, 'findings-narrow');
    await page.setViewportSize({ width: 1440, height: 1000 });
    await panel.locator('.verdict-line').click();
  });

  it('have a link to the line that defines the layer beside them', async () => {
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
