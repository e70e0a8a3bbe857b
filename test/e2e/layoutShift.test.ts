import assert from 'node:assert/strict';
import { panelFrame, runCommand } from '../vscode/workbench.mjs';
import { chartedPanel, layoutShifts } from './panel';
import { useWorkbench } from './session.mjs';

describe('a run that opens', () => {
  const workbench = useWorkbench({
    folder: 'media/sample',
    context: { viewport: { width: 1280, height: 800 } },
  });

  it('moves nothing while its results come in', async () => {
    const { page } = workbench;
    await runCommand(page, 'Normscope: Open Sample Run');
    const panel = await panelFrame(page);
    await panel.locator('main').waitFor();
    await chartedPanel(page);
    await panel.locator('[data-verdict="warning"][data-stale="false"]').waitFor();
    assert.deepEqual(await layoutShifts(panel), []);
  });
});
