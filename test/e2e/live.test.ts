import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { ensurePyTorch } from '../vscode/systemPackages.mjs';
import { panelFrame, reloadWindow, screenshot } from '../vscode/workbench.mjs';
import { inView, numbers, openFromExplorer, waitForView } from './panel';
import { useWorkbench } from './session.mjs';

/** The figures of train.py for one layer at one step. */
interface Figures {
  readonly mean: number;
  readonly variance: number;
  readonly min: number;
  readonly max: number;
  readonly units: Readonly<
    Record<string, { count: number; mean: [number, number]; variance: [number, number] }>
  >;
}

const LAST_STEP = 40;
const EVERY = 5;
/** Milliseconds that the training may take on a loaded machine. */
const TRAINING_MS = 120_000;
const LAYERS = ['conv', 'norm', 'relu', 'sigmoid'];

/** Starts a training that records into `folder`; `figures` is the file that it writes its own figures to. */
async function startTraining(folder: string, figures: string): Promise<ChildProcess> {
  const python = await ensurePyTorch();
  return spawn(python, ['test/e2e/training/train.py', folder, figures], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

function ended(training: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => training.on('exit', resolve));
}

const isLive = (panel: Frame) => panel.locator('[data-live="true"]');
const follows = (panel: Frame) =>
  panel.getByRole('button', { name: 'Follow the latest step' }).getAttribute('aria-pressed');

/** Waits until the last step is in view. Resolves to the steps that the panel showed, with the milliseconds since the
 * file of each was renamed. */
async function watchSteps(panel: Frame, folder: string): Promise<Map<number, number>> {
  const shown = new Map<number, number>();
  const deadline = Date.now() + TRAINING_MS;
  while (!shown.has(LAST_STEP)) {
    assert.ok(Date.now() < deadline, `The panel showed the steps ${[...shown.keys()].join(', ')}.`);
    const [, step] = await inView(panel);
    if (!shown.has(step)) {
      const file = readdirSync(folder).find(
        (name) => name === `step_${String(step).padStart(6, '0')}.safetensors`,
      );
      if (file !== undefined) shown.set(step, Date.now() - statSync(join(folder, file)).ctimeMs);
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return shown;
}

function assertNear(actual: number, expected: number, scale: number, what: string): void {
  assert.ok(
    Math.abs(actual - expected) <= 1e-9 * scale,
    `${what}: ${actual}, but the training says ${expected}`,
  );
}

describe('a run that is being recorded', () => {
  const workbench = useWorkbench({
    folder: 'test/e2e/training',
    prepare: (folder) => mkdirSync(join(folder, 'acts')),
    context: { viewport: { width: 1280, height: 800 } },
  });
  const elsewhere = mkdtempSync(join(tmpdir(), 'normscope-figures-'));
  const figuresFile = join(elsewhere, 'figures.json');
  let training: ChildProcess | undefined;

  after(() => {
    training?.kill();
    rmSync(elsewhere, { recursive: true, force: true });
  });

  it('waits for the first step, follows the training, and shows its numbers', async function () {
    this.timeout(180_000);
    const { page } = workbench;
    const folder = join(workbench.folder, 'acts');
    await openFromExplorer(page, 'acts');
    let panel = await panelFrame(page);
    await panel.locator('[data-waiting]').waitFor();
    await screenshot(page, 'live-waiting');

    training = await startTraining(folder, figuresFile);
    const over = ended(training);
    await panel.locator('canvas[data-chart="bands-none"]').waitFor();
    panel = await panelFrame(page);
    assert.equal(await follows(panel), 'true');
    await isLive(panel).waitFor();
    const shown = await watchSteps(panel, folder);
    assert.equal(await over, 0);
    assert.equal((await inView(panel))[1], LAST_STEP);
    assert.ok(shown.size >= 4, `The panel showed the steps ${[...shown.keys()].join(', ')}.`);
    process.stdout.write(
      `      milliseconds from rename to panel: ${[...shown].map(([step, ms]) => `${step}: ${ms.toFixed(0)}`).join(', ')}\n`,
    );
    await screenshot(page, 'live');
    // The last step may arrive before another whose event was lost.
    await panel.locator(`input[aria-label="Step"][max="${LAST_STEP / EVERY}"]`).waitFor();

    const figures = JSON.parse(readFileSync(figuresFile, 'utf8')) as Record<string, Record<string, Figures>>;
    for (const layer of LAYERS) {
      await panel.getByRole('combobox', { name: 'Layer' }).click();
      await panel.getByRole('option', { name: layer }).first().click();
      for (const step of [LAST_STEP, 20]) {
        await chooseStep(panel, step);
        await waitForView(panel, layer, step);
        assertAlike(await numbers(panel), figures[step][layer], `${layer} at ${step}`);
      }
    }
  });

  it('stays at a chosen step, and follows again on demand, also after a reload', async function () {
    this.timeout(180_000);
    const { page } = workbench;
    let panel = await panelFrame(page);
    assert.equal(await follows(panel), 'false');
    await panel.getByRole('button', { name: 'Follow the latest step' }).click();
    await panel.locator(`output[data-step="${LAST_STEP}"]`).waitFor();
    await reloadWindow(page);
    panel = await panelFrame(page);
    await panel.locator(`output[data-step="${LAST_STEP}"]`).waitFor();
    assert.equal(await follows(panel), 'true');
    await panel.getByRole('tree').focus();
    await page.keyboard.press('Alt+End');
    await panel.getByRole('button', { name: 'Follow the latest step', pressed: false }).waitFor();
  });
});

async function chooseStep(panel: Frame, step: number): Promise<void> {
  const slider = panel.getByRole('slider', { name: 'Step' });
  await slider.fill(String(step / EVERY));
}

/** The panel's table of numbers against what the training process computed in float64. */
function assertAlike(table: Record<string, Record<string, number>>, of: Figures, what: string): void {
  const sigma = Math.sqrt(of.variance);
  assertNear(table['mean']['none'], of.mean, sigma, `${what}: mean`);
  assertNear(table['variance']['none'], of.variance, of.variance, `${what}: variance`);
  assert.equal(table['min']['none'], of.min, `${what}: min`);
  assert.equal(table['max']['none'], of.max, `${what}: max`);
  for (const [method, { count, mean, variance }] of Object.entries(of.units)) {
    assert.equal(table['unitCount'][method], count, `${what}: units of ${method}`);
    assertNear(table['unitMeanMin'][method], mean[0], sigma, `${what}: least mean of ${method}`);
    assertNear(table['unitMeanMax'][method], mean[1], sigma, `${what}: greatest mean of ${method}`);
    assertNear(
      table['unitVarianceMin'][method],
      variance[0],
      of.variance,
      `${what}: least variance of ${method}`,
    );
    assertNear(
      table['unitVarianceMax'][method],
      variance[1],
      of.variance,
      `${what}: greatest variance of ${method}`,
    );
  }
}
