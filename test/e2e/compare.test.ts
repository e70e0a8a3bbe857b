import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import type { Frame, Page } from 'playwright-core';
import { chooseTheme, runCommand, screenshot } from '../vscode/workbench.mjs';
import { accessibilityFaults } from './accessibility';
import { chooseFromExplorer, comparedPanel, drag, PLANTED, parting, writeRuns } from './comparedRuns';
import {
  assertDrawn,
  chartedPanel,
  dataTable,
  inView,
  numbers,
  openTab,
  pickRow,
  quickInput,
  takeFocus,
  until,
  waitForView,
} from './panel';
import { isInstalled, useWorkbench } from './session.mjs';

const REFERENCE = { name: 'Reference step of the shift' };
/** What is said of the planted difference. */
const PARTING =
  /^Equal to the bit until step 120\. plain\.fc1 first differs at step 160, by one ulp\. Above noise from step 480: plain\.fc2 is /;

/** A row of the table of layers. */
const joinedRow = (panel: Frame, layer: string) =>
  panel.locator(`table[data-table="layer-joins"] tr[data-layer="${layer}"]`);

/** Waits until a layer of the other run, or none, belongs to one. */
async function waitForJoin(panel: Frame, layer: string, other: string): Promise<void> {
  await until(
    () => joinedRow(panel, layer).getAttribute('data-other'),
    (found) => found === other,
    (found) => `${found} belongs to ${layer}.`,
  );
}

async function pickOtherRun(page: Page, panel: Frame, label: string | RegExp): Promise<void> {
  await panel.getByRole('combobox', REFERENCE).selectOption('runs');
  await quickInput(page).waitFor();
  await pickRow(page, label);
}

describe('two runs', () => {
  // The panel is the same in the package.
  if (isInstalled) return;
  const workbench = useWorkbench({
    folder: 'test/fixtures/tensorboard',
    prepare: (folder) => {
      mkdirSync(folder, { recursive: true });
      writeRuns(folder);
    },
    context: { viewport: { width: 1280, height: 800 } },
  });

  it('that are selected in the explorer are compared, and say where they part', async () => {
    const { page } = workbench;
    await chooseFromExplorer(page, ['first', 'second'], 'Compare Runs');
    const panel = await chartedPanel(page);
    await comparedPanel(panel, 'second');
    assert.match(await parting(panel), PARTING);
    await panel.locator('[data-parting]').click();
    await waitForView(panel, PLANTED.layer, PLANTED.step);
    await page.locator('.tab', { hasText: 'first' }).waitFor();
    assert.equal(
      await page.locator('.tab', { hasText: 'second' }).count(),
      0,
      'it is open in the background',
    );
    assert.deepEqual(await accessibilityFaults(panel), []);
    await screenshot(page, 'compare-dark');
  });

  it('name the first layer that differs in a finding, which leads there', async () => {
    const { page } = workbench;
    const panel = await chartedPanel(page);
    assert.match(
      await panel.locator('.verdict-line').innerText(),
      /plain\.fc1 first differs from second at step 160/,
    );
    await panel.getByRole('combobox', { name: 'Layer' }).focus();
    await page.keyboard.press('Alt+ArrowUp');
    await panel.locator('.verdict-line').click();
    const finding = panel.locator('[data-finding="runs-part"]');
    await finding.locator('summary').click();
    await finding.locator('[data-place]').click();
    await waitForView(panel, PLANTED.layer, PLANTED.step);
  });

  it('are both in the charts, the tables and the numbers', async () => {
    const { page } = workbench;
    const panel = await chartedPanel(page);
    await assertDrawn(panel, ['bands-none', 'distribution-none', 'shift-map']);
    const { mean, meanOther, meanDifference, w1 } = await numbers(panel);
    assert.ok(mean['none'] !== meanOther['none'], 'a bit of some values differs');
    assert.ok(Math.abs(mean['none'] - meanOther['none'] - meanDifference['none']) < 1e-12);
    assert.ok(w1['none'] < 1e-3, `${w1['none']} σ`);
    await panel.getByRole('button', { name: 'Show data tables of all charts' }).click();
    const [own, other] = [await dataTable(panel, 'bands'), await dataTable(panel, 'bands-of-other')];
    assert.equal(own.length, other.length);
    assert.deepEqual(own[0].values, other[0].values, 'both begin alike');
    await panel.getByRole('button', { name: 'Show data tables of all charts' }).click();
    await openTab(panel, 'numbers');
    await screenshot(page, 'compare-numbers');
    await openTab(panel, 'channels');
    await panel
      .locator('[data-concentration]', { hasText: /of the distance from second at step 160/ })
      .waitFor();
    await screenshot(page, 'compare-channels');
    await openTab(panel, 'methods');
  });

  it('are on the map as a difference or a ratio', async () => {
    const { page } = workbench;
    const panel = await chartedPanel(page);
    const readout = panel.locator('[data-readout]');
    assert.match(await readout.innerText(), /from second, step 160/);
    await panel.locator('[data-quantity]').selectOption('deviation');
    await panel.locator('[data-compared]').selectOption('difference');
    await readout
      .filter({ hasText: /difference of deviation σ [+−][\d.e−]+ · from second, step 160/ })
      .waitFor();
    await panel.locator('.ramp[data-scale="difference"]').waitFor();
    await screenshot(page, 'compare-difference');
    await panel.locator('[data-compared]').selectOption('ratio');
    await readout.filter({ hasText: /ratio of deviation σ ×/ }).waitFor();
    assert.deepEqual(await accessibilityFaults(panel), []);
    await panel.locator('[data-quantity]').selectOption('shift');
  });

  it('have a table of the layers that belong together, in which a person can choose others', async () => {
    const { page } = workbench;
    const panel = await chartedPanel(page);
    const toggle = panel.locator('[data-layer-joins]');
    await toggle.click();
    await waitForJoin(panel, 'plain.fc1', 'plain.fc1');
    assert.match(await joinedRow(panel, 'plain.fc1').innerText(), /same name/);
    assert.deepEqual(await accessibilityFaults(panel), []);
    await screenshot(page, 'compare-layers');
    await joinedRow(panel, 'plain.fc1').locator('[data-choose-partner]').click();
    await quickInput(page).waitFor();
    await pickRow(page, 'batchnorm.fc1');
    await waitForJoin(panel, 'plain.fc1', 'batchnorm.fc1');
    await waitForJoin(panel, 'batchnorm.fc1', '');
    await panel.locator('[data-unmatched="1"]', { hasText: 'plain.fc1' }).waitFor();
    await joinedRow(panel, 'plain.fc1').locator('[data-choose-partner]').click();
    await quickInput(page).waitFor();
    await pickRow(page, 'Automatic');
    await waitForJoin(panel, 'plain.fc1', 'plain.fc1');
    await panel.locator('[data-layer-joins]').focus();
    await page.keyboard.press('Escape');
    await panel.locator('table[data-table="layer-joins"]').waitFor({ state: 'detached' });
  });

  it('are compared again after the window is reloaded', async () => {
    const { page } = workbench;
    await runCommand(page, 'Developer: Reload Window');
    const panel = await chartedPanel(page);
    await comparedPanel(panel, 'second');
    assert.match(await parting(panel), PARTING);
    assert.deepEqual(await inView(panel), [PLANTED.layer, PLANTED.step]);
  });

  it('look the same as before when they are no longer compared', async () => {
    const { page } = workbench;
    const panel = await chartedPanel(page);
    await panel.getByRole('button', { name: 'Stop comparing' }).click();
    await panel.locator('[data-comparison]').waitFor({ state: 'detached' });
    await panel.locator('.progress').waitFor({ state: 'detached' });
    assert.equal(await panel.getByRole('combobox', REFERENCE).inputValue(), 'first');
    assert.equal(await panel.locator('[data-compared]').count(), 0);
    await panel.locator('[data-counts]', { hasText: 'Dashed: the reference step.' }).waitFor();
  });

  it('may be the same run, which is equal to the bit', async () => {
    const { page } = workbench;
    const panel = await chartedPanel(page);
    await pickOtherRun(page, panel, 'first');
    await comparedPanel(panel, 'first');
    assert.match(await parting(panel), /^All 112 records are equal to the bit\.$/);
    const { w1, ks, js } = await numbers(panel);
    for (const distances of [w1, ks, js])
      assert.deepEqual(
        [...new Set(Object.values(distances))].filter((each) => !Number.isNaN(each)),
        [0],
      );
    await runCommand(page, 'Normscope: Stop Comparing');
    await panel.locator('[data-comparison]').waitFor({ state: 'detached' });
  });

  it('are compared by dragging one onto the other in the tree', async () => {
    const { page } = workbench;
    await chooseFromExplorer(page, ['first'], 'Open Activation Run');
    await chartedPanel(page);
    await chooseFromExplorer(page, ['second'], 'Open Activation Run');
    await page.locator('.tab.active', { hasText: 'second' }).waitFor();
    await takeFocus(await chartedPanel(page));
    await runCommand(page, 'View: Show Normscope');
    const run = (name: string) => page.getByRole('treeitem', { name: new RegExp(`^Run ${name},`) });
    await drag(page, run('second'), run('first'));
    const panel = await chartedPanel(page);
    await comparedPanel(panel, 'first');
    await run('second').filter({ hasText: 'compared with first' }).waitFor();
    await parting(panel);
    await panel.locator('.verdict-line').click();
    const onlyHere = panel.locator('[data-only-here]');
    await onlyHere.first().waitFor();
    const found = await panel.locator('.drawer li', { has: onlyHere }).allInnerTexts();
    assert.ok(
      found.some((text) => /batchnorm\.fc2/.test(text)),
      found.join('\n'),
    );
    await screenshot(page, 'compare-tree');
    await page.keyboard.press('Escape');
  });

  it('are compared by keyboard alone', async () => {
    const { page } = workbench;
    await runCommand(page, 'Normscope: Stop Comparing');
    const panel = await chartedPanel(page);
    await panel.locator('[data-comparison]').waitFor({ state: 'detached' });
    await runCommand(page, 'Normscope: Compare Runs…');
    await quickInput(page).waitFor();
    await page.keyboard.type('first');
    await page.keyboard.press('Enter');
    await comparedPanel(panel, 'first');
    await takeFocus(panel);
    await panel.locator('[data-layer-joins]').focus();
    await page.keyboard.press('Enter');
    await panel.locator('table[data-table="layer-joins"]').waitFor();
    const isAtLayer = () => panel.evaluate(() => document.activeElement?.hasAttribute('data-choose-partner'));
    for (let presses = 0; presses < 5 && !(await isAtLayer()); presses++) await page.keyboard.press('Tab');
    assert.equal(await isAtLayer(), true, 'Tab leads to the first layer');
    await page.keyboard.press('Enter');
    await quickInput(page).waitFor();
    await page.keyboard.type('None');
    await page.keyboard.press('Enter');
    await waitForJoin(panel, 'plain.conv1', '');
    await runCommand(page, 'Normscope: Stop Comparing');
    await panel.locator('[data-comparison]').waitFor({ state: 'detached' });
    await runCommand(page, 'Normscope: Compare Runs…');
    await quickInput(page).waitFor();
    await page.keyboard.type('first');
    await page.keyboard.press('Enter');
    await comparedPanel(panel, 'first');
    await panel.locator('[data-layer-joins]', { hasText: '7 of 8 layers' }).waitFor();
  });

  it('may be the two networks of the sample', async () => {
    const { page } = workbench;
    await runCommand(page, 'Normscope: Compare the Networks of the Sample');
    await page.locator('.tab.active', { hasText: 'sample' }).waitFor();
    const panel = await chartedPanel(page);
    await comparedPanel(panel, 'sample');
    await panel.locator('[data-layer-joins]', { hasText: '4 of 8 layers' }).click();
    await waitForJoin(panel, 'batchnorm.fc2', 'plain.fc2');
    await waitForJoin(panel, 'plain.fc2', '');
    await panel.locator('[data-layer-joins]').click();
    await panel.locator('[data-counts]', { hasText: /Dashed: plain\.\w+, step \d+\./ }).waitFor();
    await screenshot(page, 'compare-sample');
  });

  it('fit into a column of 500 pixels', async () => {
    const { page } = workbench;
    await runCommand(page, 'View: Toggle Primary Side Bar Visibility');
    await page.setViewportSize({ width: 550, height: 800 });
    const panel = await chartedPanel(page);
    await until(
      () => panel.evaluate(() => document.documentElement.scrollWidth - window.innerWidth),
      (over) => over <= 0,
      (over) => `The page is ${over} pixels wider than the panel.`,
    );
    assert.deepEqual(await accessibilityFaults(panel), []);
    await screenshot(page, 'compare-narrow');
    await panel.locator('[data-layer-joins]').click();
    await panel.locator('table[data-table="layer-joins"]').waitFor();
    await screenshot(page, 'compare-narrow-layers');
    await page.keyboard.press('Escape');
    await page.setViewportSize({ width: 1280, height: 800 });
    await runCommand(page, 'View: Toggle Primary Side Bar Visibility');
  });

  for (const theme of ['Light Modern', 'Dark High Contrast', 'Light High Contrast'] as const) {
    it(`are legible in the theme ${theme}`, async () => {
      const { page } = workbench;
      await chooseTheme(page, theme);
      const panel = await chartedPanel(page);
      assert.deepEqual(await accessibilityFaults(panel), []);
      await screenshot(page, `compare-${theme.replaceAll(' ', '-').toLowerCase()}`);
    });
  }
});
