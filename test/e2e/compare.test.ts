import assert from 'node:assert/strict';
import { chooseTheme, runCommand, screenshot } from '../vscode/workbench.mjs';
import { accessibilityFaults } from './accessibility';
import { chooseFromExplorer, comparedPanel, PLANTED, writeRuns } from './comparedRuns';
import { chartedPanel, dataTable, numbers, openTab, pickRow, quickInput, until, waitForView } from './panel';
import { isInstalled, useWorkbench } from './session.mjs';

const NAME = 'Digits, with and without batch normalization';

describe('two runs', () => {
  // The panel is the same in the package.
  if (isInstalled) return;
  const workbench = useWorkbench({
    folder: 'test/fixtures/tensorboard',
    prepare: writeRuns,
    context: { viewport: { width: 1280, height: 800 } },
  });

  it('are compared from the explorer', async () => {
    const { page } = workbench;
    await chooseFromExplorer(page, ['first', 'second'], 'Compare Runs');
    const panel = await chartedPanel(page);
    await comparedPanel(panel, NAME);
    await screenshot(page, 'compare-dark');
    await openTab(panel, 'numbers');
    await screenshot(page, 'compare-numbers');
    await openTab(panel, 'channels');
    await screenshot(page, 'compare-channels');
    await openTab(panel, 'methods');
    await panel.locator('[data-layer-joins]').click();
    await screenshot(page, 'compare-layers');
  });
});
