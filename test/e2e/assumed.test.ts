import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { npyBytes, npyHeader } from '../contract/dumpBytes';
import { chooseTheme, panelFrame, runCommand, screenshot } from '../vscode/workbench.mjs';
import { chartedPanel, numbers, openFromExplorer, reportOf, until } from './panel';
import { useWorkbench } from './session.mjs';

/** Sequences whose middle axis could be positions or channels. */
const SHAPE = [4, 6, 8];

describe('assumptions and missing data', () => {
  // A TensorBoard run; the test writes another run beside it.
  const workbench = useWorkbench({
    folder: 'test/fixtures/tensorboard',
    context: { viewport: { width: 1440, height: 1000 } },
  });

  /** Waits until the panel shows the figures of the report. */
  async function assertReported(panel: Frame, run: string, ...args: readonly string[]): Promise<void> {
    const { percentiles } = reportOf(run, ...args).layers[0].steps.at(-1)!.methods.layer as {
      percentiles: Record<string, number>;
    };
    await until(
      async () => (await numbers(panel))['p15']['layer'],
      (p15) => p15 === percentiles['15'],
      (p15) => `The report${args.join(' ')} has ${percentiles['15']} for p15 of layer norm, the panel ${p15}`,
    );
  }

  it('name an assumed layout, and switch to the other with one click', async () => {
    const { page, folder } = workbench;
    const run = join(folder, 'tokens');
    for (const step of [0, 100]) {
      const values = Float32Array.from({ length: 4 * 6 * 8 }, (_, i) => Math.sin(i + step) * (1 + (i % 8)));
      await mkdir(join(run, `step_${step}`), { recursive: true });
      const bytes = npyBytes(npyHeader(`(${SHAPE.join(', ')})`), new Uint8Array(values.buffer));
      await writeFile(join(run, `step_${step}`, 'attn.npy'), bytes);
    }
    await openFromExplorer(page, 'tokens');
    const panel = await chartedPanel(page);
    const assumption = panel.locator('[data-notice="layout"]');
    assert.match(
      await assumption.innerText(),
      /The layout of this layer, \[4, 6, 8\], is assumed to be NLC\. It could be NCL\. Use NCL Keep NLC/,
    );
    await assertReported(panel, run);
    await screenshot(page, 'assumption-dark');
    await chooseTheme(page, 'Light Modern');
    await screenshot(page, 'assumption-light');
    await assumption.getByRole('button', { name: 'Use NCL' }).click();
    await assumption.waitFor({ state: 'detached' });
    await assertReported(panel, run, '--layout', 'attn=NCL');
    await chooseTheme(page, 'Dark Modern');
    await runCommand(page, 'View: Close All Editors');
    await page.locator('.tab', { hasText: 'Normscope:' }).waitFor({ state: 'detached' });
  });

  it('make an axis of one array layers with one click', async () => {
    const { page, folder } = workbench;
    const run = join(folder, 'prompts');
    await mkdir(run, { recursive: true });
    const shape = [6, 3, 8];
    const values = Float32Array.from(
      { length: 6 * 3 * 8 },
      (_, i) => Math.sin(i) * (1 + (Math.floor(i / 8) % 3)),
    );
    const bytes = npyBytes(npyHeader(`(${shape.join(', ')})`), new Uint8Array(values.buffer));
    await writeFile(join(run, 'layer_wise.npy'), bytes);
    await openFromExplorer(page, 'prompts');
    const panel = await chartedPanel(page);
    const question = panel.locator('[data-notice="reading"]');
    assert.match(
      await question.innerText(),
      /layer_wise \[6, 3, 8\] are read as one layer at one step.*Axis 0 Is Layers Axis 1 Is Layers Keep/s,
    );
    await question.getByRole('button', { name: 'Axis 1 Is Layers' }).click();
    await panel.locator('[data-notice="reading"]', { hasText: 'axis 1 is read as layers' }).waitFor();
    const report = reportOf(run, '--reading', 'axes:layer_wise=.l.');
    assert.deepEqual(
      report.layers.map(({ name }) => name),
      ['layer 0', 'layer 1', 'layer 2'],
    );
    await until(
      async () => (await numbers(panel))['mean']['none'],
      (mean) => {
        const [{ methods }] = report.layers[0].steps;
        return 'mean' in methods.none && mean === methods.none.mean;
      },
      (mean) =>
        `The mean of layer 0 is ${JSON.stringify(report.layers[0].steps[0].methods.none)}, not ${mean}`,
    );
    await runCommand(page, 'View: Close All Editors');
    await page.locator('.tab', { hasText: 'Normscope:' }).waitFor({ state: 'detached' });
  });

  it('show the raw histograms of a TensorBoard run, and why nothing is normalized', async () => {
    const { page } = workbench;
    await openFromExplorer(page, 'torch');
    await page.locator('.tab.active', { hasText: 'Normscope: torch' }).waitFor();
    const panel = await panelFrame(page);
    await panel.locator('canvas[data-chart="bands-none"]').waitFor();
    const reasons = panel.locator('.column .undefined');
    await until(
      () => reasons.allInnerTexts(),
      (texts) =>
        texts.length > 0 &&
        texts.every((text) =>
          /TensorBoard saves only histograms of raw values, which cannot be normalized/.test(text),
        ),
      (texts) => `The columns say: ${texts.join(' ')}`,
    );
    await panel.locator('canvas[data-chart="distribution-none"]').waitFor();
    assert.equal(await panel.locator('canvas[data-chart="bands-batch"]').count(), 0);
    assert.match(
      await panel.locator('[data-counts]').innerText(),
      /NaN and infinite values were not counted/,
    );
    const { mean } = await numbers(panel);
    assert.ok(Number.isFinite(mean['none']) && Number.isNaN(mean['batch']), JSON.stringify(mean));
    await screenshot(page, 'tensorboard-dark');
    await chooseTheme(page, 'Light Modern');
    await screenshot(page, 'tensorboard-light');
  });
});
