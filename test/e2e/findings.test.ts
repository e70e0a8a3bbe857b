import assert from 'node:assert/strict';
import { chooseTheme, panelFrame, runCommand, screenshot } from '../vscode/workbench.mjs';
import { chartedPanel, openFromExplorer, waitForView } from './panel';
import { useWorkbench } from './session.mjs';

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
    const findings = panel.locator('[data-finding="declared"]');
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
      .locator('[data-finding="declared"]', { hasText: 'frozen_batch' })
      .locator('[data-finding-place]');
    await place.focus();
    await page.keyboard.press('Enter');
    await waitForView(panel, 'frozen_batch', 0);
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
