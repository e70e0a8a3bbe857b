import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { panelFrame, runCommand, screenshot } from '../vscode/workbench.mjs';
import { findExplodingChannels, writeExplodingRun } from './explodingRun';
import { GROWING, GROWN_AT, writeGrowingGpt } from './growingGpt';
import { chartedPanel, openFromExplorer, until } from './panel';
import { isInstalled, useWorkbench } from './session.mjs';

/** Clicks one thing after the other, and counts the clicks. */
function clicker(): { count: number; click(target: Locator): Promise<void> } {
  const clicks = {
    count: 0,
    click: async (target: Locator) => {
      await target.click();
      clicks.count++;
    },
  };
  return clicks;
}

for (const web of [false, true])
  describe(`in the ${web ? 'web' : 'Node'} host, a person finds`, () => {
    // The panel is the same in the package.
    if (isInstalled) return;
    const workbench = useWorkbench({
      folder: 'test/fixtures/tensorboard',
      prepare: (folder) => {
        writeExplodingRun(join(folder, 'explodes'));
        writeGrowingGpt(join(folder, 'grows'));
      },
      web,
      context: { viewport: { width: 1280, height: 800 } },
    });

    it('the layer, the step, and the channels that explode, in at most five clicks', async () => {
      const { page } = workbench;
      await openFromExplorer(page, 'explodes');
      const panel = await chartedPanel(page);
      const clicks = clicker();
      await findExplodingChannels(panel, clicks.click);
      assert.ok(clicks.count <= 5, `${clicks.count} clicks`);
      await screenshot(page, `clicks-channels-${web ? 'web' : 'node'}`);
      await runCommand(page, 'View: Close Editor');
    });

    it('the block in which a residual stream begins to grow, in two clicks', async () => {
      const { page } = workbench;
      await openFromExplorer(page, 'grows');
      const panel = await chartedPanel(page);
      await panel.locator('[data-stale="false"]').waitFor();
      const clicks = clicker();
      await clicks.click(panel.locator('.verdict-line'));
      const finding = panel.locator('.drawer [data-finding]').first();
      await clicks.click(finding.locator('summary').first());
      await until(
        () => finding.locator('[data-place]').first().innerText(),
        (place) => new RegExp(`^blocks\\.${GROWING}\\.\\w+, step ${GROWN_AT}$`).test(place),
        (place) => `The finding leads to ${place}.`,
      );
      assert.equal(clicks.count, 2);
      await screenshot(page, `clicks-block-${web ? 'web' : 'node'}`);
    });

    it('the branch by the quantity that it adds most to, in two clicks', async () => {
      const { page } = workbench;
      const panel = await panelFrame(page);
      await page.keyboard.press('Escape');
      // A click opens the menu, another one chooses.
      await panel.locator('[data-quantity]').selectOption('branchShare');
      const heading = panel.locator('.depth-heading');
      await until(
        () => heading.getAttribute('data-jump'),
        (jump) => jump === `blocks.${GROWING}.ln2.input`,
        (jump) => `The largest jump is at ${jump}.`,
      );
      await screenshot(page, `clicks-branch-${web ? 'web' : 'node'}`);
      await panel.locator('[data-quantity]').selectOption('streamAngle');
      await until(
        () => heading.getAttribute('data-jump'),
        (jump) => jump === `blocks.${GROWING}.ln2.input`,
        (jump) => `The largest jump of the angle is at ${jump}.`,
      );
      await runCommand(page, 'View: Close Editor');
    });
  });
