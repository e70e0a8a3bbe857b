import assert from 'node:assert/strict';
import { appendFileSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { chooseTheme, panelFrame, runCommand, screenshot } from '../vscode/workbench.mjs';
import { accessibilityFaults } from './accessibility';
import { chartedPanel, inView, layoutShifts, openFromExplorer, until } from './panel';
import { isInstalled, useWorkbench } from './session.mjs';

/** The loss of a step; at 500 the run ends in NaN. */
const lossAt = (step: number) => (step < 500 ? 2.5 / (1 + step / 40) : Number.NaN);
const EVERY = 2;
const LAST = 1000;

/** The sample run with a log of its training. */
function writeRun(run: string): void {
  mkdirSync(run);
  for (const name of readdirSync('media/sample')) cpSync(join('media/sample', name), join(run, name));
  const document = JSON.parse(readFileSync('media/sample/normscope.json', 'utf8'));
  const scalarFiles = [{ file: 'metrics.csv' }];
  writeFileSync(join(run, 'normscope.json'), JSON.stringify({ ...document, scalarFiles }));
  let rows = 'step,train_loss,lr,grad_norm,throughput\n';
  for (let step = 0; step <= LAST; step += EVERY)
    rows += `${step},${lossAt(step)},${step < 200 ? 0.1 : 0.01},${10 ** Math.sin(step / 100)},${900 + (step % 7)}\n`;
  writeFileSync(join(run, 'metrics.csv'), rows);
}

const scalarValue = (panel: Frame, name: string) =>
  panel.locator(`[data-scalar="${name}"]`).getAttribute('data-value');

/** Scalars whose range can be seen on top of their value. */
const overlaps = (panel: Frame) =>
  panel.locator('[data-scalar]').evaluateAll((rows) =>
    rows.flatMap((row) => {
      const [figures, value, range] = ['.scalar-figures', '.scalar-value', '.scalar-range'].map((part) =>
        row.querySelector(part)?.getBoundingClientRect(),
      );
      const isSeen = figures && range && range.width > 0 && range.top < figures.bottom - 1;
      return isSeen && value && range.left < value.right ? [row.getAttribute('data-scalar')] : [];
    }),
  );

describe('scalars', () => {
  // The panel is the same in the package.
  if (isInstalled) return;
  const workbench = useWorkbench({
    folder: 'test/fixtures/tensorboard',
    prepare: (folder) => writeRun(join(folder, 'diverges')),
    context: { viewport: { width: 1280, height: 800 } },
  });

  it('stand above the map, over the same columns, with the values of the step in view', async () => {
    const { page } = workbench;
    await openFromExplorer(page, 'diverges');
    const panel = await chartedPanel(page);
    const names = await panel
      .locator('[data-scalar]')
      .evaluateAll((rows) => rows.map((row) => row.getAttribute('data-scalar')));
    assert.deepEqual(names, ['train_loss', 'lr', 'grad_norm']);
    await until(
      () => scalarValue(panel, 'train_loss'),
      (value) => value === 'NaN',
      (value) => `The loss is ${value}.`,
    );
    // Their places were kept.
    await panel.locator('[data-stale="false"]').waitFor();
    assert.deepEqual(await layoutShifts(panel), []);
    for (const side of ['left', 'right'] as const) {
      const edges = await panel
        .locator('canvas[data-chart="scalar"], canvas[data-chart="shift-map"]')
        .evaluateAll((charts, edge) => charts.map((chart) => chart.getBoundingClientRect()[edge]), side);
      assert.equal(new Set(edges.map(Math.round)).size, 1, `${side}: ${edges.join(', ')}`);
    }
    const drawn = () =>
      panel.locator('canvas[data-chart="scalar"]').evaluateAll((charts) =>
        charts.map((chart) => {
          const { width, height } = chart as HTMLCanvasElement;
          const context = (chart as HTMLCanvasElement).getContext('2d');
          return context?.getImageData(0, 0, width, height).data.some((value) => value !== 0);
        }),
      );
    await until(
      drawn,
      (charts) => charts.every(Boolean),
      (charts) => `Drawn on: ${charts.join(', ')}`,
    );
    await page.mouse.move(0, 0);
    await screenshot(page, 'scalars-dark');
  });

  it('lead to the step that is clicked, and show the values at the pointer', async () => {
    const { page } = workbench;
    const panel = await panelFrame(page);
    const strip = panel.locator('[data-scalar="train_loss"] .map-cells');
    const box = await strip.boundingBox();
    assert.ok(box !== null);
    const steps = readdirSync('media/sample')
      .flatMap((name) => /step_(\d+)/.exec(name)?.[1] ?? [])
      .map(Number);
    const at = steps.indexOf(80);
    await page.mouse.click(box.x + (box.width * (at + 0.5)) / steps.length, box.y + box.height / 2);
    await until(
      () => inView(panel),
      ([, step]) => step === 80,
      ([, step]) => `Step ${step} is in view.`,
    );
    assert.equal(Number(await scalarValue(panel, 'train_loss')), lossAt(80));
    // The pointer goes to another column; the step in view stays.
    await page.mouse.move(box.x + box.width * (0.5 / steps.length), box.y + box.height / 2);
    await until(
      () => scalarValue(panel, 'train_loss'),
      (value) => Number(value) === lossAt(0),
      (value) => `The loss is ${value}.`,
    );
    await page.mouse.move(0, 0);
    await until(
      () => scalarValue(panel, 'train_loss'),
      (value) => Number(value) === lossAt(80),
      (value) => `The loss is ${value}.`,
    );
    assert.equal((await inView(panel))[1], 80);
  });

  it('are above rows that fill the map when they are dragged over, and that keys make taller and shorter', async () => {
    const { page } = workbench;
    const panel = await panelFrame(page);
    const tree = panel.locator('.map-keys [role="tree"]');
    const rows = tree.locator('.map-row');
    const heightOf = async () => (await rows.first().boundingBox())?.height ?? 0;
    const usual = await heightOf();
    const isTall = (factor: number) =>
      until(
        async () => (await heightOf()) / usual,
        (found) => Math.abs(found - factor) < 0.05,
        (found) => `Rows are ${found} times as high as before.`,
      );
    const undo = panel.locator('.undo-zoom');
    const before = await inView(panel);
    await tree.focus();
    await page.keyboard.press('t');
    await isTall(2);
    assert.equal((await undo.innerText()).trim(), 'Rows × 2');
    await page.keyboard.press('s');
    await isTall(1);
    await undo.waitFor({ state: 'detached' });
    // From the third row to the sixth.
    const names = await Promise.all([2, 3, 4, 5].map((at) => rows.nth(at).getAttribute('data-row')));
    const box = await tree.boundingBox();
    assert.ok(box !== null);
    const yOf = (at: number) => box.y + (at + 0.5) * usual;
    await page.mouse.move(box.x + 40, yOf(2));
    await page.mouse.down();
    await page.mouse.move(box.x + 40, yOf(4), { steps: 4 });
    await panel.locator('.brushed-rows').waitFor();
    await page.mouse.move(box.x + 40, yOf(5), { steps: 4 });
    await page.mouse.up();
    await undo.waitFor();
    const inMap = () =>
      rows.evaluateAll((found) => {
        const { top, bottom } = (found[0].parentElement as HTMLElement).getBoundingClientRect();
        const middleOf = (row: Element) =>
          (row.getBoundingClientRect().top + row.getBoundingClientRect().bottom) / 2;
        return found
          .filter((row) => middleOf(row) > top && middleOf(row) < bottom)
          .map((row) => row.getAttribute('data-row'));
      });
    await until(
      inMap,
      (found) => JSON.stringify(found) === JSON.stringify(names),
      (found) => `${found} are in view, not ${names}.`,
    );
    // A drag does not click.
    assert.deepEqual(await inView(panel), before);
    assert.deepEqual(await accessibilityFaults(panel), []);
    await screenshot(page, 'scalars-rows');
    await tree.focus();
    await page.keyboard.press('0');
    await isTall(1);
    await undo.waitFor({ state: 'detached' });
    await page.mouse.move(0, 0);
  });

  it('and the map show the steps that are dragged over, and others by keys', async () => {
    const { page } = workbench;
    const panel = await panelFrame(page);
    const box = await panel.locator('[data-scalar="lr"] .map-cells').boundingBox();
    assert.ok(box !== null);
    const steps = readdirSync('media/sample')
      .flatMap((name) => /step_(\d+)/.exec(name)?.[1] ?? [])
      .map(Number);
    const xOf = (at: number) => box.x + (box.width * (at + 0.5)) / steps.length;
    const y = box.y + box.height / 2;
    await page.mouse.move(xOf(2), y);
    await page.mouse.down();
    await page.mouse.move(xOf(5), y, { steps: 4 });
    await panel.locator('.brushed').waitFor();
    await page.mouse.move(xOf(8), y, { steps: 4 });
    await page.mouse.up();
    const shown = panel.locator('.undo-zoom');
    const isShown = (first: number, last: number) =>
      until(
        () => shown.innerText(),
        (text) => text.trim() === `Steps ${steps[first]}–${steps[last]}`,
        (text) => `The map shows: ${text}.`,
      );
    await isShown(2, 8);
    // A drag does not click: the step in view stays.
    assert.equal((await inView(panel))[1], 80);
    await screenshot(page, 'scalars-zoomed');
    assert.deepEqual(await accessibilityFaults(panel), []);
    const map = panel.locator('canvas[data-chart="shift-map"]');
    const cells = await map.boundingBox();
    assert.ok(cells !== null);
    await page.mouse.click(cells.x + cells.width / 7 / 2, cells.y + 50);
    await until(
      () => inView(panel),
      ([, step]) => step === steps[2],
      ([, step]) => `Step ${step} is in view.`,
    );
    await page.keyboard.press('Shift+ArrowRight');
    await isShown(4, 10);
    await page.keyboard.press('+');
    await page.keyboard.press('0');
    await shown.waitFor({ state: 'detached' });
    // The pointer rests on a column that the map does not have afterwards.
    await page.mouse.move(cells.x + cells.width - 2, cells.y + 50);
    await page.keyboard.press('+');
    await shown.waitFor();
    await shown.click();
    await shown.waitFor({ state: 'detached' });
    await panel.getByRole('button', { name: 'Previous step (Alt+Left)' }).waitFor();
    const strip = panel.locator('[data-scalar="train_loss"] .map-cells');
    const place = await strip.boundingBox();
    assert.ok(place !== null);
    await page.mouse.click(place.x + (place.width * (steps.indexOf(80) + 0.5)) / steps.length, place.y + 13);
    await page.mouse.move(0, 0);
  });

  it('have a data table, and the panel no faults of accessibility', async () => {
    const { page } = workbench;
    const panel = await panelFrame(page);
    await panel
      .getByRole('img', { name: /^train_loss at step 80: 0\.8333\. 0\.18\d to 2\.5, logarithmic$/ })
      .waitFor();
    assert.deepEqual(await accessibilityFaults(panel), []);
    await chooseTheme(page, 'Light Modern');
    await screenshot(page, 'scalars-light');
    await runCommand(page, 'View: Toggle Primary Side Bar Visibility');
    await page.setViewportSize({ width: 420, height: 900 });
    await screenshot(page, 'scalars-light-420');
    await panel.getByRole('button', { name: 'depth' }).click();
    await chooseTheme(page, 'Dark Modern');
    await screenshot(page, 'scalars-dark-420');
    await panel.getByRole('button', { name: 'map', exact: true }).click();
    for (const width of [500, 560, 640, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      await until(
        () => overlaps(panel),
        (names) => names.length === 0,
        (names) => `At ${width} px, the range is written over the value of ${names.join(', ')}.`,
      );
    }
    await runCommand(page, 'View: Toggle Primary Side Bar Visibility');
  });

  it('are chosen in a dialog, and grow with their file', async () => {
    const { page, folder } = workbench;
    const panel = await panelFrame(page);
    await panel.getByRole('button', { name: 'Choose the scalars above the map…' }).click();
    const row = (name: string) => page.locator('.quick-input-list .monaco-list-row', { hasText: name });
    await row('grad_norm').click();
    await row('throughput').click();
    await page.keyboard.press('Enter');
    await panel.locator('[data-scalar="throughput"]').waitFor();
    await panel.locator('[data-scalar="grad_norm"]').waitFor({ state: 'detached' });
    appendFileSync(join(folder, 'diverges', 'metrics.csv'), `80,0.5,0.1,1,1\n`);
    await until(
      () => scalarValue(panel, 'train_loss'),
      (value) => value === '0.5',
      (value) => `The loss is ${value}.`,
    );
    assert.equal(await scalarValue(panel, 'throughput'), '1');
  });
});
