import assert from 'node:assert/strict';
import { join } from 'node:path';
import { chooseTheme, panelFrame, screenshot, THEME_LABELS } from '../vscode/workbench.mjs';
import { accessibilityFaults } from './accessibility';
import { CHANNELS, findExplodingChannels, LAYER, STEP, STEPS, writeExplodingRun } from './explodingRun';
import { chartedPanel, drawnShare, openFromExplorer, openTab, until, waitForView } from './panel';
import { useWorkbench } from './session.mjs';

describe('channels', () => {
  const workbench = useWorkbench({
    folder: 'test/fixtures/tensorboard',
    prepare: (folder) => writeExplodingRun(join(folder, 'explodes')),
    context: { viewport: { width: 1440, height: 1000 } },
  });

  it('that explode are found in five clicks: verdict, finding, place, tab', async () => {
    const { page } = workbench;
    await openFromExplorer(page, 'explodes');
    const panel = await chartedPanel(page);
    await findExplodingChannels(panel, (target) => target.click());
    await until(
      () => drawnShare(panel, 'channel-map'),
      (drawn) => drawn > 0.9,
      (drawn) => `${drawn} of the channel map is drawn on`,
    );
    await screenshot(page, 'channels-dark');
    await chooseTheme(page, 'Light Modern');
    await screenshot(page, 'channels-light');
    await chooseTheme(page, 'Dark Modern');
  });

  it('and steps are chosen by clicks and by keys', async () => {
    const { page } = workbench;
    const panel = await panelFrame(page);
    await panel.locator('[data-channel-order]').selectOption('index');
    await panel.locator('[data-channel-figure]').selectOption('greatest');
    const cells = panel.locator('.channel-cells');
    const box = await cells.boundingBox();
    assert.ok(box !== null);
    // Channel 40 at step 20.
    await page.mouse.click(box.x + (box.width * 2.5) / STEPS.length, box.y + (box.height * 40.5) / CHANNELS);
    await waitForView(panel, LAYER, 20);
    await panel.locator('tr[data-channel="40"][aria-current="true"]').waitFor();
    await cells.focus();
    await page.keyboard.press('ArrowUp');
    await panel.locator('tr[data-channel="39"][aria-current="true"]').waitFor();
    await page.keyboard.press('ArrowRight');
    await waitForView(panel, LAYER, 30);
    await page.mouse.move(0, 0);
    const readout = panel.locator('[data-channel-readout]');
    await until(
      () => readout.innerText(),
      (text) => text.startsWith('Channel 39, step 30: largest |x|'),
      (text) => `The line above the map says: ${text}`,
    );
    await panel.getByRole('img', { name: /^Channel 39 over training; at step 30: mean / }).waitFor();
  });

  it('are a tab that the arrow keys reach, and that stays in view for another layer', async () => {
    const { page } = workbench;
    const panel = await panelFrame(page);
    await panel.getByRole('tab', { name: 'Channels' }).focus();
    await page.keyboard.press('ArrowLeft');
    await panel.locator('canvas[data-chart="bands-none"]').waitFor();
    await page.keyboard.press('ArrowRight');
    await panel.locator('canvas[data-chart="channel-map"]').waitFor();
    await page.keyboard.press('Alt+ArrowDown');
    await waitForView(panel, 'blocks.4', 30);
    await panel.locator('table[data-table="channels"][data-step="30"]').waitFor();
  });

  it('stand beside what smaller batches and the methods would do', async () => {
    const { page } = workbench;
    const panel = await panelFrame(page);
    await panel.getByRole('tab', { name: 'What if' }).click();
    await panel.locator('tr[data-size="2"]').waitFor();
    const sizes = await panel
      .locator('tr[data-size]')
      .evaluateAll((rows) => rows.map((row) => Number(row.getAttribute('data-size'))));
    assert.deepEqual(sizes, [2, 4, 8, 16, 32]);
    const noise = await panel
      .locator('tr[data-size] td[data-field="output"]')
      .evaluateAll((cells) => cells.map((cell) => Number(cell.getAttribute('data-value'))));
    for (const [i, each] of noise.entries()) assert.ok(i === 0 || each < noise[i - 1], String(noise));
    await panel.locator('[data-question="methods"]').click();
    // Batch normalization undoes the scale of the channels that exploded; instance normalization needs positions.
    await panel.locator(`[data-table="removed-shift"] tr[data-layer="${LAYER}"]`).getByRole('button').click();
    await page.keyboard.press('Alt+ArrowRight');
    for (let step = 40; step <= STEP; step += 10) await page.keyboard.press('Alt+ArrowRight');
    const row = panel.locator(`[data-table="removed-shift"] tr[data-layer="${LAYER}"]`);
    await until(
      async () => Number(await row.locator('td[data-method="batch"]').getAttribute('data-value')),
      (share) => share > 0.9,
      (share) => `Batch normalization removes ${share} of the shift.`,
    );
    assert.equal(await row.locator('td[data-method="instance"]').innerText(), '–');
    // Every G that divides 48, except 48 itself, which leaves one value in each set.
    const groups = panel.locator('table[data-table="groups"] tr[data-groups]');
    await until(
      () => groups.evaluateAll((rows) => rows.map((each) => Number(each.getAttribute('data-groups')))),
      (all) => all.join() === '1,2,3,4,6,8,12,16,24,48',
      (all) => `The numbers of groups are ${all.join()}.`,
    );
    assert.equal(await groups.last().locator('td[data-field="removed"]').innerText(), '–');
    await panel.locator('canvas[data-chart="groups"]').waitFor();
    await panel.locator('table[data-table="epsilon"] tr[data-method="batch"]').waitFor();
    await screenshot(page, 'what-if-methods');
  });

  it('and what number formats would lose of it', async () => {
    const { page } = workbench;
    const panel = await panelFrame(page);
    await panel.locator('[data-question="formats"]').click();
    const signal = async (format: string, scaling: string) => {
      const row = panel.locator(`tr[data-format="${format}"][data-scaling="${scaling}"]`);
      return Number(await row.locator('td[data-field="signal"]').getAttribute('data-value'));
    };
    await panel.locator('tr[data-format="float16"]').waitFor();
    // About 6 dB for each bit of the fraction. The three channels that exploded leave the others in the lowest numbers of
    // a scale for the whole tensor, but they have nearly all of the signal.
    const [half, brain] = [await signal('float16', 'none'), await signal('bfloat16', 'none')];
    assert.ok(half > 65 && half < 85 && brain > 45 && brain < 65, `${half}, ${brain}`);
    assert.ok((await signal('float8_e4m3fn', 'channel')) > 25);
    assert.ok((await signal('float8_e4m3fn', 'none')) > (await signal('float8_e5m2', 'none')));
    await panel.getByRole('button', { name: 'Copy the figures' }).click();
    await panel.getByText('Copied', { exact: true }).waitFor();
    await screenshot(page, 'what-if-formats');
  });

  it('and the other tabs have no accessibility faults that axe finds, in any theme', async () => {
    const { page } = workbench;
    const panel = await panelFrame(page);
    for (const theme of THEME_LABELS) {
      await chooseTheme(page, theme);
      for (const tab of ['Methods', 'Channels', 'What if', 'Numbers']) {
        await panel.getByRole('tab', { name: tab }).click();
        await panel.getByRole('tabpanel', { name: tab }).locator('canvas, table').first().waitFor();
        assert.deepEqual(await accessibilityFaults(panel), [], `${tab}, ${theme}`);
        await screenshot(page, `${tab}-${theme}`.toLowerCase().replaceAll(' ', '-'));
      }
      await panel.getByRole('tab', { name: 'Methods' }).click();
      for (const overTraining of ['density', 'ridgelines', 'bands']) {
        await panel.locator('[data-over-training]').selectOption(overTraining);
        await panel.locator(`canvas[data-chart="${overTraining}-none"]`).waitFor();
        assert.deepEqual(await accessibilityFaults(panel), [], `${overTraining}, ${theme}`);
      }
      await panel.getByRole('tab', { name: 'What if' }).click();
      for (const question of ['batchSizes', 'methods', 'formats']) {
        await panel.locator(`[data-question="${question}"]`).click();
        await panel.locator(`.what-if-grid.${question}:not(.stale) table`).first().waitFor();
        assert.deepEqual(await accessibilityFaults(panel), [], `${question}, ${theme}`);
      }
    }
    await chooseTheme(page, 'Dark Modern');
  });

  it('fit a narrow panel', async () => {
    const { page } = workbench;
    const panel = await panelFrame(page);
    for (const width of [800, 720])
      for (const tab of ['channels', 'whatIf', 'numbers']) {
        await page.setViewportSize({ width, height: 1000 });
        await openTab(panel, tab);
        await until(
          () => panel.evaluate(() => document.body.scrollWidth - document.body.clientWidth),
          (beside) => beside === 0,
          (beside) => `${beside} px are beside a window of ${width} px`,
        );
        await panel.locator('.tabs').scrollIntoViewIfNeeded();
        await screenshot(page, `${tab}-${width}`);
      }
    await page.setViewportSize({ width: 1440, height: 1000 });
  });
});
