import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { METHODS, type Method } from '../../src/model/analysis';
import type { Report, ReportMethod } from '../../src/report/report';
import { chooseTheme, panelFrame, reloadWindow, runCommand, screenshot } from '../vscode/workbench.mjs';
import {
  answerSaveDialog,
  assertDrawn,
  chartedPanel,
  dataTable,
  fillsPlaces,
  inView,
  numbers,
  openTab,
  pickRow,
  quickInput,
  reportOf,
  takeFocus,
  until,
  waitForView,
} from './panel';
import { isInstalled, useWorkbench } from './session.mjs';

const SAMPLE = 'media/sample';
const MOST_SHIFTED = 'plain.fc2';

/** Rounds numbers, because logarithms differ in their last bit between two JavaScript engines. */
function toTwelveDigits(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, each) => (typeof each === 'number' ? Number(each.toPrecision(12)) : each)),
  );
}

/** Whether a picture has its end: VS Code creates a file before it writes what is in it. */
function isWholePicture(bytes: Buffer): boolean {
  return /(?:<\/svg>\s*|IEND.{4})$/s.test(bytes.subarray(-20).toString('latin1'));
}

/** Clicks a chart beside the row of a layer, this far from its left edge. */
async function clickBeside(panel: Frame, layer: string, chart: string, x: number): Promise<void> {
  const canvas = panel.locator(`canvas[data-chart="${chart}"]`);
  const [row, area] = [
    await panel.getByRole('treeitem', { name: layer }).boundingBox(),
    await canvas.boundingBox(),
  ];
  assert.ok(row !== null && area !== null);
  await canvas.click({ position: { x, y: row.y + row.height / 2 - area.y } });
}

for (const web of isInstalled ? [false] : [false, true]) {
  describe(`the sample run in the ${web ? 'web' : 'Node'} extension host`, () => {
    const workbench = useWorkbench({
      folder: SAMPLE,
      web,
      context: { viewport: { width: 1280, height: 800 } },
    });

    it('opens at the layer with the largest shift, with every chart drawn', async () => {
      await runCommand(workbench.page, 'Normscope: Open Sample Run');
      const panel = await chartedPanel(workbench.page);
      await waitForView(panel, MOST_SHIFTED, 1000);
      const charts = ['none', 'batch', 'layer', 'group', 'rms'].flatMap((method) => [
        `bands-${method}`,
        `distribution-${method}`,
      ]);
      // Distributions arrive after the summaries.
      await panel.locator('canvas[data-chart="distribution-none"]').waitFor();
      await assertDrawn(panel, [...charts, 'shift-map']);
      assert.match(
        await panel.locator('[data-method="instance"] .undefined').innerText(),
        /One spatial element/,
      );
      await panel.locator('[data-verdict="warning"][data-stale="false"]').waitFor();
      await screenshot(workbench.page, `sample-opened-${web ? 'web' : 'node'}`);
    });

    it('shows the numbers of the report', async () => {
      const panel = await chartedPanel(workbench.page);
      const report = reportOf(SAMPLE);
      const layer = report.layers.find(({ name }) => name === MOST_SHIFTED);
      const step = layer?.steps.at(-1);
      assert.ok(layer !== undefined && step !== undefined);

      const table = await numbers(panel);
      for (const method of METHODS) {
        const of: ReportMethod = step.methods[method];
        if ('undefined' in of) {
          assert.ok(Number.isNaN(table['mean'][method]), `${method} is undefined, but has a mean`);
          continue;
        }
        const expected: (number | undefined)[] = [
          of.mean,
          of.variance,
          of.percentiles['15'],
          of.shift?.w1,
          of.shift?.noiseFloor?.w1,
        ];
        const drawn = ['mean', 'variance', 'p15', 'w1', 'noiseFloorW1'].map((field) => table[field][method]);
        assert.deepEqual(drawn, expected, method);
      }

      await panel.getByRole('button', { name: 'Show data tables of all charts' }).click();
      const bands = await dataTable(panel, 'bands');
      for (const { method, step: at, values } of bands) {
        const of: ReportMethod | undefined = layer.steps.find((each) => each.step === at)?.methods[
          method as Method
        ];
        assert.ok(of !== undefined);
        if ('undefined' in of) continue;
        const expected: number[] = ['15', '50', '85'].map((percentile) => of.percentiles[percentile]);
        assert.deepEqual(values, expected, `${method} at ${at}`);
      }
      assert.equal(new Set(bands.map(({ step: at }) => at)).size, 14);

      const map = await dataTable(panel, 'shift-map');
      assert.equal(map.length, 8 * 14);
      for (const { layer: name, step: at, values } of map) {
        const of = report.layers.find((each) => each.name === name)?.steps.find((each) => each.step === at);
        const raw = of?.methods.none;
        assert.ok(raw !== undefined && !('undefined' in raw));
        assert.equal(values[0], raw.shift?.w1, `${name} at ${at}`);
      }

      const histogram = (await dataTable(panel, 'distribution')).filter(({ method }) => method === 'none');
      const total = histogram.reduce((sum, { values }) => sum + values[1], 0);
      // The tails beyond the outermost bins, a thousandth on each side, are not drawn.
      assert.ok(total <= step.count && total > 0.99 * step.count, `${total} of ${step.count} are drawn`);
      await panel.getByRole('button', { name: 'Show data tables of all charts' }).click();
    });

    it('moves through the steps with the slider', async () => {
      const panel = await chartedPanel(workbench.page);
      const before = await numbers(panel);
      const slider = panel.getByRole('slider', { name: 'Step' });
      await slider.focus();
      await workbench.page.keyboard.press('ArrowLeft');
      await waitForView(panel, MOST_SHIFTED, 800);
      const after = await numbers(panel);
      assert.notEqual(after['mean']['none'], before['mean']['none']);
      await slider.focus();
      await workbench.page.keyboard.press('Home');
      await waitForView(panel, MOST_SHIFTED, 0);
      assert.equal((await numbers(panel))['w1']['none'], 0);
      await slider.focus();
      await workbench.page.keyboard.press('End');
      await waitForView(panel, MOST_SHIFTED, 1000);
    });

    it('moves with the keys of the commands', async () => {
      const { keyboard } = workbench.page;
      const panel = await chartedPanel(workbench.page);
      await panel.getByRole('tree').focus();
      await keyboard.press('Alt+ArrowLeft');
      await waitForView(panel, MOST_SHIFTED, 800);
      await keyboard.press('Alt+ArrowUp');
      await waitForView(panel, 'plain.fc1', 800);
      await keyboard.press('Alt+ArrowDown');
      await keyboard.press('Alt+ArrowRight');
      await waitForView(panel, MOST_SHIFTED, 1000);
    });

    it('hides and shows a method', async () => {
      const panel = await chartedPanel(workbench.page);
      const toggle = panel.locator('[data-method-toggle="rms"]');
      await toggle.click();
      await panel.locator('article[data-method="rms"]').waitFor({ state: 'detached' });
      assert.equal(await toggle.getAttribute('aria-pressed'), 'false');
      await toggle.click();
      await panel.locator('article[data-method="rms"]').waitFor();
      await panel.locator('canvas[data-chart="bands-rms"]').waitFor();
    });

    it('shows the whole density over training, or some steps of it', async () => {
      const panel = await chartedPanel(workbench.page);
      const select = panel.getByRole('combobox', { name: 'Distributions over training' });
      for (const kind of ['density', 'ridgelines']) {
        await select.selectOption(kind);
        await panel.locator(`canvas[data-chart="${kind}-rms"]`).waitFor();
        const charts = ['none', 'batch', 'layer', 'group', 'rms'].map((method) => `${kind}-${method}`);
        await assertDrawn(panel, charts, 0.05);
        // Grid and axes alone are less.
        if (kind === 'density') await assertDrawn(panel, ['density-batch'], 0.2);
        await screenshot(workbench.page, `sample-${kind}-${web ? 'web' : 'node'}`);
      }
      await select.selectOption('density');
      await panel.getByRole('button', { name: 'Show data tables of all charts' }).click();
      const table = panel.locator('table[data-table="density"]');
      await table.locator('tbody tr').first().waitFor();
      // 26 bins for 2,048 values at 14 steps, under the five methods that are defined.
      assert.equal(await table.getAttribute('data-rows'), String(26 * 14 * 5));
      await panel.getByRole('button', { name: 'Show data tables of all charts' }).click();
      await select.selectOption('bands');
      await panel.locator('canvas[data-chart="bands-none"]').waitFor();
    });

    it('moves by clicks and keys on the map, its rows and the depth chart', async () => {
      const { page } = workbench;
      const { keyboard } = page;
      // Wide enough for the depth chart beside the map.
      await page.setViewportSize({ width: 1600, height: 900 });
      const panel = await chartedPanel(page);
      const map = panel.locator('canvas[data-chart="shift-map"]');
      await panel.locator('canvas[data-chart="depth"]').waitFor();
      await until(
        () => panel.evaluate(() => window.innerWidth),
        (width) => width > 1200,
        (width) => `The panel is ${width} px wide in a window of 1600.`,
      );
      await until(
        () => fillsPlaces(panel),
        (fills) => fills,
        () => 'The charts do not follow the width of the window.',
      );
      const box = await map.boundingBox();
      assert.ok(box !== null);
      // The last column of the row of a layer.
      await clickBeside(panel, 'plain.conv1', 'shift-map', box.width - 10);
      await waitForView(panel, 'plain.conv1', 1000);
      assert.match(
        await panel.locator('[data-readout]').innerText(),
        /^plain\.conv1, step 1000: shift [\d.]+ σ/,
      );
      await panel.getByRole('tree').focus();
      await keyboard.press('ArrowDown');
      await waitForView(panel, 'plain.conv2', 1000);
      await keyboard.press('ArrowLeft');
      await waitForView(panel, 'plain.conv2', 800);
      await clickBeside(panel, 'plain.fc1', 'depth', 10);
      await waitForView(panel, 'plain.fc1', 800);
      await panel.getByRole('tree').focus();
      await keyboard.press('Home');
      await keyboard.press('ArrowDown');
      await waitForView(panel, 'plain.conv1', 800);
      await keyboard.press('End');
      await waitForView(panel, 'batchnorm.fc2', 800);
      await panel.getByRole('treeitem', { name: 'plain.conv2' }).click();
      await waitForView(panel, 'plain.conv2', 800);
      assert.deepEqual(await inView(panel), ['plain.conv2', 800]);
      await page.setViewportSize({ width: 1280, height: 800 });
    });

    it('folds modules, and finds, sorts and pins layers', async () => {
      const { keyboard } = workbench.page;
      const panel = await chartedPanel(workbench.page);
      const rows = () =>
        panel.getByRole('treeitem').evaluateAll((all) => all.map((row) => row.getAttribute('title') ?? ''));
      const has = (expected: readonly string[]) =>
        until(
          rows,
          (titles) => titles.join() === expected.join(),
          (titles) => `The rows are ${titles.join(', ')}`,
        );
      const all = await rows();
      assert.equal(all.length, 10);
      const plain = all.indexOf('plain');
      await panel.getByRole('treeitem', { name: /^plain:/ }).click();
      await has(all.filter((title) => !title.startsWith('plain.')));
      await panel.getByRole('tree').focus();
      await keyboard.press('ArrowRight');
      await has(all);
      await keyboard.press('ArrowRight');
      await waitForView(panel, 'plain.conv1', 800);

      const filter = panel.getByRole('textbox', { name: 'Filter the layers' });
      await filter.fill('fc* -batchnorm');
      await has(['plain', 'plain.fc1', 'plain.fc2']);
      await filter.fill('shift>8');
      await has(['plain', 'plain.fc2']);
      await filter.fill('nothing');
      await panel.getByText('No layer meets the filter.').waitFor();
      await filter.press('Escape');
      await has(all);

      await panel.getByRole('combobox', { name: 'Order of the rows' }).selectOption('largest');
      await until(
        rows,
        ([first, ...others]) => first === MOST_SHIFTED && others.length === 7,
        (titles) => `The rows are ${titles.join(', ')}`,
      );
      await panel.getByRole('combobox', { name: 'Order of the rows' }).selectOption('network');
      await panel.getByRole('button', { name: /^Pin plain\.conv1/ }).click();
      await has(['plain.conv1', ...all]);
      assert.equal((await rows()).indexOf('plain'), plain + 1);
      await panel.getByRole('button', { name: 'Unpin plain.conv1' }).click();
      await has(all);
      await panel.getByRole('treeitem', { name: 'plain.conv2' }).click();
      await waitForView(panel, 'plain.conv2', 800);
    });

    it('maps another quantity, and remembers it', async () => {
      const panel = await chartedPanel(workbench.page);
      const quantity = panel.getByRole('combobox', { name: 'Quantity of the map' });
      await quantity.selectOption({ label: 'deviation σ' });
      const { mean, variance } = await numbers(panel);
      await panel.locator('[data-readout]', { hasText: 'plain.conv2, step 800: deviation σ' }).waitFor();
      await panel.getByRole('button', { name: 'Show data tables of all charts' }).click();
      const table = await dataTable(panel, 'shift-map');
      assert.equal(table.length, 8 * 14);
      const shown = table.find(({ layer, step }) => layer === 'plain.conv2' && step === 800)?.values[0];
      assert.ok(Number.isFinite(mean['none']));
      assert.equal(shown, Math.sqrt(variance['none']));
      await panel.getByRole('button', { name: 'Show data tables of all charts' }).click();
      await screenshot(workbench.page, `sample-deviation-${web ? 'web' : 'node'}`);
      await quantity.selectOption({ label: 'shift' });
      await panel.locator('[data-readout]', { hasText: 'plain.conv2, step 800: shift' }).waitFor();
    });

    it('undoes a zoom with Escape or a double click, says that it copied, and has one live region', async () => {
      const { page } = workbench;
      const panel = await chartedPanel(page);
      const chart = panel.locator('canvas[data-chart="distribution-none"]');
      const box = await chart.boundingBox();
      assert.ok(box !== null);
      const whole = panel.getByRole('button', { name: /^Show the whole distribution/ });
      for (const undo of [() => page.keyboard.press('Escape'), () => chart.dblclick()]) {
        await page.mouse.move(box.x + box.width * 0.3, box.y + box.height / 2);
        await page.mouse.down();
        await page.mouse.move(box.x + box.width * 0.7, box.y + box.height / 2, { steps: 5 });
        await page.mouse.up();
        await whole.waitFor();
        await undo();
        await whole.waitFor({ state: 'detached' });
      }
      await openTab(panel, 'numbers');
      await panel.getByRole('button', { name: 'Copy the numbers' }).click();
      await panel.getByText('Copied', { exact: true }).waitFor();
      await openTab(panel, 'methods');
      const live = panel.locator('[aria-live="polite"], [role="status"]');
      // The shift is back in the map once its figures have arrived.
      await until(
        () => live.innerText(),
        (text) => /^Layer plain\.conv2, step 800: shift [\d.]+ σ/.test(text),
        (text) => `The live region says: ${text}`,
      );
    });

    it('computes another layout, and keeps the dialog open when the panel takes focus', async () => {
      const { page } = workbench;
      const panel = await chartedPanel(page);
      assert.equal((await numbers(panel))['unitCount']['batch'], 16);
      await panel.locator('[data-layout-button]').click();
      await pickRow(page, 'NHWC');
      await quickInput(page).waitFor();
      await takeFocus(panel);
      await pickRow(page, 'Only plain.conv2');
      await panel.locator('[data-layout-button]', { hasText: 'NHWC' }).waitFor();
      await openTab(panel, 'numbers');
      await panel.locator('tr[data-field="unitCount"] td[data-method="batch"][data-value="4"]').waitFor();
      await openTab(panel, 'methods');
    });

    it('leaves focus in the command palette when VS Code passes it to the panel too late', async () => {
      const { page } = workbench;
      const panel = await chartedPanel(page);
      await takeFocus(panel);
      await page.keyboard.press('F1');
      await quickInput(page).waitFor();
      // What the frame around the panel does when VS Code's message arrives.
      await panel.parentFrame()?.evaluate(() => {
        const frame = document.getElementById('active-frame') as HTMLIFrameElement;
        frame.contentWindow?.focus();
      });
      await page.keyboard.type('typed by a person');
      assert.equal(await quickInput(page).inputValue(), '>typed by a person');
      await page.keyboard.press('Escape');
      await quickInput(page).waitFor({ state: 'hidden' });
    });

    it('keeps what is typed into a dialog when the panel takes focus', async () => {
      const { page } = workbench;
      const panel = await chartedPanel(page);
      await runCommand(page, 'Normscope: Choose Percentiles…');
      await pickRow(page, 'Other…');
      await quickInput(page).fill('10, 50');
      await takeFocus(panel);
      await quickInput(page).click();
      await page.keyboard.press('Enter');
      await openTab(panel, 'numbers');
      await panel.locator('tr[data-field="p10"]').waitFor();
      await runCommand(page, 'Normscope: Choose Percentiles…');
      await pickRow(page, '15, 50, 85');
      await panel.locator('tr[data-field="p15"]').waitFor();
      await openTab(panel, 'methods');
      for (const command of ['Set ε…', 'Set Groups…']) {
        await runCommand(page, `Normscope: ${command}`);
        await quickInput(page).fill('0');
        await takeFocus(panel);
        assert.equal(await quickInput(page).inputValue(), '0');
        await quickInput(page).click();
        await page.keyboard.press('Escape');
        await quickInput(page).waitFor({ state: 'hidden' });
      }
    });

    it('keeps its view after a reload', async () => {
      const { page } = workbench;
      const before = await chartedPanel(page);
      await before.locator('[data-method-toggle="layer"]').click();
      await before.locator('article[data-method="layer"]').waitFor({ state: 'detached' });
      await reloadWindow(page);
      const panel = await chartedPanel(page);
      await waitForView(panel, 'plain.conv2', 800);
      assert.equal(await panel.locator('article[data-method="layer"]').count(), 0);
      assert.match(await panel.locator('[data-layout-button]').innerText(), /NHWC/);
      await panel.locator('[data-method-toggle="layer"]').click();
      await panel.locator('canvas[data-chart="bands-layer"]').waitFor();
    });

    it('exports the report', async () => {
      const { page, folder } = workbench;
      const panel = await chartedPanel(page);
      await panel.getByRole('button', { name: 'Export report' }).click();
      await pickRow(page, 'JSON');
      const file = join(folder, 'exported.json');
      await answerSaveDialog(page, /-report\.json$/, file);
      await page
        .getByText(/Report written to/)
        .first()
        .waitFor();
      assert.ok(existsSync(file));
      const exported = JSON.parse(readFileSync(file, 'utf8')) as Report;
      const expected = reportOf(SAMPLE, '--layout', 'plain.conv2=NHWC');
      assert.deepEqual(toTwelveDigits(exported.layers), toTwelveDigits(expected.layers));
    });

    it('saves pictures of the panel, of a chart and of a paper’s figure', async () => {
      const { page, folder } = workbench;
      const panel = await chartedPanel(page);
      const save = async (what: string | RegExp, kind: string, name: string) => {
        await panel.getByRole('button', { name: 'More options' }).click();
        await panel.getByRole('button', { name: 'Save Picture…' }).click();
        await pickRow(page, what);
        await pickRow(page, kind);
        const file = join(folder, name);
        await answerSaveDialog(page, /\.(svg|png)$/, file);
        return until(
          async () => (existsSync(file) ? readFileSync(file) : Buffer.of()),
          isWholePicture,
          (bytes) => `${name} has ${bytes.length} bytes, and no end.`,
        );
      };
      const whole = (await save('The whole panel', 'SVG, for print', 'panel.svg')).toString();
      assert.match(whole, /^<svg [^>]*width="\d+/u);
      assert.match(whole, /<desc>[^<]* · plain\.conv2 · [^<]*step 800\n[^<]*percentiles [^<]*Normscope \d/u);
      for (const text of ['Raw', 'Batch', 'Instance'])
        assert.match(whole, new RegExp(`<text[^>]*>${text}</text>`));
      // Charts are vectors; only the cells of the map are an image.
      assert.equal(whole.match(/<image /gu)?.length, 1);
      assert.ok((whole.match(/<path /gu)?.length ?? 0) > 100);
      assert.match(whole, /<rect [^>]*fill="#ffffff"/u);
      const [width, height] = ['width', 'height'].map((side) =>
        Number(new RegExp(`^<svg [^>]*${side}="([\\d.]+)"`).exec(whole)?.[1]),
      );
      const png = await save('The whole panel', 'PNG, in the theme', 'panel.png');
      assert.deepEqual([...png.subarray(0, 8)], [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
      assert.ok(
        Math.abs(png.readUInt32BE(16) - 2 * width) <= 4,
        `${png.readUInt32BE(16)} is not 2 × ${width}`,
      );
      assert.ok(png.readUInt32BE(20) > height);
      const paper = (await save(/Figure 6 of Wu/, 'SVG, for print', 'figure.svg')).toString();
      for (const text of ['Raw', 'Batch', 'Group', 'step'])
        assert.match(paper, new RegExp(`>${text}</text>`));
      const chart = (await save(/^Batch: percentiles/, 'SVG, in the theme', 'chart.svg')).toString();
      assert.ok(!chart.includes('<image '));
    });

    if (!web) {
      it('fits in every theme and width', async () => {
        const { page } = workbench;
        await page.keyboard.press('Escape');
        await runCommand(page, 'Notifications: Clear All Notifications');
        await runCommand(page, 'View: Toggle Primary Side Bar Visibility');
        let panel = await chartedPanel(page);
        await panel.locator('[data-layout-button]').click();
        await pickRow(page, 'Reset to NCHW');
        await pickRow(page, 'Only plain.conv2');
        const map = panel.locator('canvas[data-chart="shift-map"]');
        for (const [theme, name] of [
          ['Light Modern', 'light'],
          ['Dark High Contrast', 'high-contrast'],
          ['Dark Modern', 'dark'],
        ] as const) {
          await chooseTheme(page, theme);
          for (const [width, height] of [
            [1280, 800],
            [640, 900],
            [420, 900],
          ] as const) {
            await page.setViewportSize({ width, height });
            panel = await panelFrame(page);
            await map.scrollIntoViewIfNeeded();
            await until(
              () => fillsPlaces(panel),
              (fills) => fills,
              () => `${name} at ${width}: the charts do not have the size of their containers`,
            );
            await assertDrawn(panel, ['shift-map'], 0.1);
            const app = panel.locator('#app');
            await app.evaluate((element) => element.scrollTo(0, 0));
            await until(
              () => app.evaluate((element) => element.scrollWidth - element.clientWidth),
              (overflow) => overflow <= 0,
              (overflow) => `${name} at ${width}: ${overflow} pixels too wide`,
            );
            await screenshot(page, `sample-${name}-${width}`);
          }
          await page.setViewportSize({ width: 1280, height: 800 });
        }
      });
    }
  });
}
