import assert from 'node:assert/strict';
import type { Frame } from 'playwright-core';
import { chooseTheme, panelFrame, runCommand, screenshot } from '../vscode/workbench.mjs';
import { accessibilityFaults } from './accessibility';
import { chooseFromExplorer } from './comparedRuns';
import { assertDrawn, chartedPanel, inView, openFromExplorer, openTab, until, waitForView } from './panel';
import { isInstalled, useWorkbench } from './session.mjs';

const OPENED = ['width=8_seed0', 'width=8_seed1', 'width=32_seed0'] as const;
/** In the order of the knob, seeds last. */
const TITLES = ['width 8 · seed 0', 'width 8 · seed 1', 'width 32 · seed 0'];

const titles = (panel: Frame) =>
  panel
    .locator('[data-run].run-card')
    .evaluateAll((cards) => cards.map((card) => card.getAttribute('data-run')));

const tabs = (panel: Frame) =>
  panel.locator('[role="tab"]').evaluateAll((all) => all.map((tab) => tab.getAttribute('data-tab')));

describe('runs', () => {
  // The panel is the same in the package.
  if (isInstalled) return;
  const workbench = useWorkbench({
    folder: 'test/fixtures/libraries/coordinates/standard',
    context: { viewport: { width: 1280, height: 800 } },
  });

  it('have a tab once three are open', async () => {
    const { page } = workbench;
    for (const [i, run] of OPENED.entries()) {
      await openFromExplorer(page, run);
      const panel = await chartedPanel(page);
      if (i < 2) assert.ok(!(await tabs(panel)).includes('runs'));
    }
    const panel = await panelFrame(page);
    await panel.locator('[data-tab="runs"]').waitFor();
    assert.equal((await tabs(panel)).at(-1), 'runs');
  });

  it('stand beside each other in the order of the knob, with common axes', async () => {
    const { page } = workbench;
    const panel = await panelFrame(page);
    await openTab(panel, 'runs');
    await until(
      () => titles(panel),
      (found) => found.join() === TITLES.join(),
      (found) => `The runs are: ${found.join(', ')}.`,
    );
    await panel.getByRole('combobox', { name: 'Quantity of the map' }).selectOption('rms');
    await panel.locator('.run-cards[data-quantity="rms"]:not(.stale)').waitFor();
    await assertDrawn(
      panel,
      TITLES.map((title) => `run ${title}`),
    );
    assert.equal(await panel.locator('.run-card[aria-current="true"]').getAttribute('data-run'), TITLES[2]);
    assert.match(await panel.locator('.run-note').innerText(), /differ in the seed alone/);
    assert.deepEqual(await accessibilityFaults(panel), []);
    await page.mouse.move(0, 0);
    await screenshot(page, 'runs-dark');
  });

  it('have a table of what the charts show', async () => {
    const panel = await panelFrame(workbench.page);
    await panel.getByRole('button', { name: 'Show data tables of all charts' }).click();
    const rows = panel.locator('table[data-table="runs"] tbody tr');
    await rows.first().waitFor();
    const read = await rows.evaluateAll((all) =>
      all.map((row) => [
        row.getAttribute('data-run') ?? '',
        row.getAttribute('data-step') ?? '',
        row.querySelector('[data-value]')?.getAttribute('data-value') ?? '',
      ]),
    );
    assert.deepEqual(
      read.map(([run, step]) => [run, step]),
      TITLES.flatMap((title) => ['1', '2'].map((step) => [title, step])),
    );
    assert.ok(read.every(([, , value]) => Number(value) > 0));
    await panel.getByRole('button', { name: 'Show data tables of all charts' }).click();
    await rows.first().waitFor({ state: 'detached' });
  });

  it('of several widths have slopes, in words and as a table', async () => {
    const { page } = workbench;
    const panel = await panelFrame(page);
    await panel.locator('[data-run-view="width"]').click();
    await panel.locator('table[data-table="widths"] tbody tr').nth(1).waitFor();
    assert.match(
      await panel.locator('.width-verdict').innerText(),
      /^\w+, step 2: change since step 1 .+\. A µP network stays flat\.$/,
    );
    await assertDrawn(panel, ['width-size', 'width-change'], 0.005);
    assert.deepEqual(await accessibilityFaults(panel), []);
    await page.mouse.move(0, 0);
    await screenshot(page, 'runs-width-dark');
    await chooseTheme(page, 'Light Modern');
    await screenshot(page, 'runs-width-light');
    await runCommand(page, 'View: Toggle Primary Side Bar Visibility');
    await page.setViewportSize({ width: 500, height: 900 });
    await screenshot(page, 'runs-width-light-500');
    await panel.locator('[data-run-view="training"]').click();
    await panel.locator('.run-cards[data-quantity]').waitFor();
    await screenshot(page, 'runs-light-500');
    assert.deepEqual(await accessibilityFaults(panel), []);
    await chooseTheme(page, 'Dark Modern');
    await page.setViewportSize({ width: 1280, height: 800 });
    await runCommand(page, 'View: Toggle Primary Side Bar Visibility');
  });

  it('lead to each other, at the same layer and step, by the keyboard too', async () => {
    const { page } = workbench;
    const panel = await panelFrame(page);
    await panel.getByRole('combobox', { name: 'Layer' }).click();
    await panel.locator('[role="option"][title="fc2"]').click();
    await panel.getByRole('button', { name: /^Previous step/ }).click();
    await waitForView(panel, 'fc2', 1);
    await panel.locator('.run-cards[data-quantity]:not(.stale)').waitFor();
    const card = panel.locator(`.run-card[data-run="${TITLES[0]}"]`);
    await card.focus();
    await page.keyboard.press('Enter');
    await until(
      async () => {
        const other = await panelFrame(page);
        const title = await page.locator('.tab.active .label-name').first().innerText();
        return [title, ...(await inView(other).catch(() => ['', -1]))].join(' ');
      },
      (place) => place === 'Normscope: width=8_seed0 fc2 1',
      (place) => `In view: ${place}.`,
    );
  });
});

describe('runs that a run is compared with', () => {
  if (isInstalled) return;
  const workbench = useWorkbench({
    folder: 'test/fixtures/libraries/coordinates/standard',
    context: { viewport: { width: 1280, height: 800 } },
  });

  it('are beside it, without panels of their own', async () => {
    const { page } = workbench;
    const compared = ['width=16_seed0', 'width=8_seed0', 'width=8_seed1'];
    await chooseFromExplorer(page, compared, 'Compare Runs');
    const panel = await panelFrame(page);
    await panel.locator('[data-tab="runs"]').waitFor();
    await openTab(panel, 'runs');
    await until(
      () => titles(panel),
      (found) => found.join() === 'width 8 · seed 0,width 8 · seed 1,width 16 · seed 0',
      (found) => `The runs are: ${found.join(', ')}.`,
    );
    await panel.getByRole('combobox', { name: 'Quantity of the map' }).selectOption('rms');
    await assertDrawn(
      panel,
      ['width 8 · seed 0', 'width 8 · seed 1', 'width 16 · seed 0'].map((title) => `run ${title}`),
    );
    // The Explorer decides which of the selected runs is the first.
    assert.equal(await panel.locator('.run-card[aria-current="true"]').count(), 1);
    assert.equal(await page.locator('.tab', { hasText: 'Normscope:' }).count(), 1);
    await screenshot(page, 'runs-compared');
  });
});
