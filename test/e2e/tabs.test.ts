import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeLayoutsRun } from './layoutsRun';
import { chartedPanel, openFromExplorer, openTab } from './panel';
import { isInstalled, useWorkbench } from './session.mjs';

/** Bytes before the elements of an .npy file [numpy.lib.format, version 1.0]. */
function headerOf(bytes: Buffer): number {
  return 10 + bytes.readUInt16LE(8);
}

/** Sets all elements to 0 and keeps size and time of change, so that a run does not notice. */
function blank(file: string): void {
  const { atime, mtime } = statSync(file);
  const bytes = readFileSync(file);
  writeFileSync(file, bytes.fill(0, headerOf(bytes)));
  utimesSync(file, atime, mtime);
}

/** Whole seconds ago, which every file system keeps. */
function age(file: string): void {
  const time = Math.floor(Date.now() / 1000) - 3600;
  utimesSync(file, time, time);
}

function filesOf(run: string): readonly string[] {
  return readdirSync(run, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.npy'))
    .map((name) => join(run, name));
}

describe('the tabs of a record', () => {
  // The panel is the same in the package.
  if (isInstalled) return;
  const workbench = useWorkbench({
    folder: 'test/fixtures/tensorboard',
    prepare: (folder) => {
      writeLayoutsRun(join(folder, 'once'));
      for (const file of filesOf(join(folder, 'once'))) age(file);
    },
    context: { viewport: { width: 1440, height: 1000 } },
  });

  it('read its file once', async () => {
    const { page, folder } = workbench;
    await openFromExplorer(page, 'once');
    const panel = await chartedPanel(page);
    await panel.locator('.progress').waitFor({ state: 'detached' });
    await openTab(panel, 'cube');
    await panel.locator('.cube-grid:not(.stale)').waitFor();
    for (const file of filesOf(join(folder, 'once'))) blank(file);
    await openTab(panel, 'whatIf');
    await panel.locator('.what-if-grid.batchSizes:not(.stale)').waitFor();
    for (const question of ['formats', 'methods']) {
      await panel.locator(`[data-question="${question}"]`).click();
      await panel.locator(`.what-if-grid.${question}:not(.stale)`).waitFor();
    }
    await panel.locator('[data-question="formats"]').click();
    const cell = panel.locator('tr[data-format="bfloat16"] td[data-field="signal"]');
    // Of elements that are all 0, it would be NaN.
    const signal = Number(await cell.getAttribute('data-value'));
    assert.ok(signal > 40 && signal < 80, `${signal} dB`);
  });
});
