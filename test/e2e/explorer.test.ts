import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { runCommand, screenshot } from '../vscode/workbench.mjs';
import { chartedPanel, retry, waitForView } from './panel';
import { useWorkbench } from './session.mjs';

/** Opens a file. In a fresh workbench, the extension under development is loaded late, and a dump opens as text. */
async function openByDoubleClick(page: Page, name: string): Promise<void> {
  const row = page.locator('.explorer-folders-view .monaco-list-row', { hasText: name });
  const asText = page.getByText('not displayed in the text editor');
  await retry('The dump opens as text.', async () => {
    await row.dblclick();
    await asText.or(page.locator('iframe.webview').first()).first().waitFor();
    if (!(await asText.isVisible())) return true;
    await runCommand(page, 'View: Close Editor');
    return false;
  });
}

describe('the explorer and the side bar', () => {
  const workbench = useWorkbench({ folder: 'media/sample' });

  it('open the run of a dump file that is double-clicked, at its step', async () => {
    const { page } = workbench;
    await openByDoubleClick(page, 'step_000040.safetensors');
    const panel = await chartedPanel(page);
    await waitForView(panel, 'plain.conv1', 40);
  });

  it('list the layers of a run, and show the layer that is clicked', async () => {
    const { page } = workbench;
    await runCommand(page, 'View: Show Normscope');
    const rows = page.locator('.pane-body .monaco-list-row');
    const layer = rows.filter({ hasText: 'batchnorm.fc2' }).first();
    await layer.waitFor();
    assert.match((await layer.innerText()).replace(/\s+/g, ' '), /\[32, 64\].*NC/);
    await layer.click();
    const panel = await chartedPanel(page);
    await waitForView(panel, 'batchnorm.fc2', 40);
    await panel.locator('[data-counts]').waitFor();
    await screenshot(page, 'side-bar');
  });

  it('keep focus in the tree while a person moves through the layers by keyboard', async () => {
    const { page } = workbench;
    const panel = await chartedPanel(page);
    for (const layer of ['batchnorm.fc1', 'batchnorm.conv2']) {
      await page.keyboard.press('ArrowUp');
      await page.keyboard.press('Enter');
      await waitForView(panel, layer, 40);
    }
  });
});
