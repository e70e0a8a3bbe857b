/** Runs that are compared, and what a person does to compare them. */
import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame, Locator, Page } from 'playwright-core';
import { retry } from './panel';

/** Where the second run differs from the first: one layer, from one step on. */
export const PLANTED = { layer: 'plain.fc1', step: 160 };

/** Where it differs by more than noise, from this step on. */
export const FAR = { layer: 'plain.fc2', step: 480 };

/** Where it has only zeros, which the first run has not. */
const DEAD = { layer: 'batchnorm.fc2', step: 640 };

/** Bits of the two bytes of a float16: the lowest, and one that changes a value by a factor of 16. */
const LAST_BIT = [1, 0];
const EXPONENT_BIT = [0, 0x10];

/** Writes two runs into a folder: the sample, and one that differs from it in some bits of some values. */
export function writeRuns(folder: string): void {
  for (const run of ['first', 'second']) cpSync('media/sample', join(folder, run), { recursive: true });
  for (const name of readdirSync(join(folder, 'second'))) {
    const step = Number(/step_(\d+)/.exec(name)?.[1]);
    const file = join(folder, 'second', name);
    if (step >= PLANTED.step) changeBits(file, PLANTED.layer, LAST_BIT, 10);
    if (step >= FAR.step) changeBits(file, FAR.layer, EXPONENT_BIT, 2000);
    if (step >= DEAD.step) changeTensor(file, DEAD.layer, (values) => values.fill(0));
  }
}

/** Changes bits of the first values of a float16 tensor in a safetensors file. */
function changeBits(file: string, tensor: string, bits: readonly number[], values: number): void {
  changeTensor(file, tensor, (bytes) => {
    for (let i = 0; i < values; i++) {
      bits.forEach((bit, at) => {
        bytes[2 * i + at] ^= bit;
      });
    }
  });
}

/** Changes the bytes of a float16 tensor in a safetensors file. */
function changeTensor(file: string, tensor: string, change: (bytes: Buffer) => void): void {
  const bytes = readFileSync(file);
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString()) as Record<
    string,
    { dtype: string; data_offsets: [number, number] }
  >;
  const { dtype, data_offsets: offsets } = header[tensor];
  assert.equal(dtype, 'F16');
  change(bytes.subarray(8 + length + offsets[0], 8 + length + offsets[1]));
  writeFileSync(file, bytes);
}

/** A folder in the explorer. */
export function explorerRow(page: Page, name: string): Locator {
  return page.locator('.explorer-folders-view .monaco-list-row', { hasText: name });
}

/** Selects folders of the explorer, and chooses an entry of their menu. */
export async function chooseFromExplorer(page: Page, names: readonly string[], entry: string): Promise<void> {
  const item = page.locator('.monaco-menu .action-label').getByText(entry, { exact: true });
  await explorerRow(page, names[0]).waitFor();
  // In a fresh workbench, the extension's entries appear only after a while.
  await retry(`The menu has no entry ${entry}.`, async () => {
    await explorerRow(page, names[0]).click();
    for (const name of names.slice(1)) await explorerRow(page, name).click({ modifiers: ['ControlOrMeta'] });
    await explorerRow(page, names[0]).click({ button: 'right' });
    await page.locator('.monaco-menu .action-label', { hasText: 'Copy Relative Path' }).waitFor();
    if (await item.isVisible()) return true;
    await page.keyboard.press('Escape');
    return false;
  });
  await retry('The menu stays open after a click on its entry.', async () => {
    await item.click();
    await item.waitFor({ state: 'hidden', timeout: 2000 }).catch(() => {});
    return !(await item.isVisible());
  });
}

/** The panel once a comparison is computed. */
export async function comparedPanel(panel: Frame, name: string): Promise<void> {
  await panel.locator(`[data-comparison="${name}"]`).waitFor();
  await panel.locator('.progress').waitFor({ state: 'detached' });
}

/** Where the runs part, once that is known. */
export async function parting(panel: Frame): Promise<string> {
  await panel.locator('[data-verdict][data-stale="false"]').waitFor();
  return panel.locator('[data-parting]').innerText();
}

/** Drags a row of a tree onto another one, as slowly as a hand: VS Code asks at each move whether it may be dropped. */
export async function drag(page: Page, row: Locator, onto: Locator): Promise<void> {
  const middle = async (of: Locator) => {
    const box = await of.boundingBox();
    assert.ok(box !== null);
    return [box.x + 80, box.y + box.height / 2] as const;
  };
  await page.mouse.move(...(await middle(row)));
  await page.mouse.down();
  await page.mouse.move(...(await middle(onto)), { steps: 20 });
  const [x, y] = await middle(onto);
  await page.mouse.move(x + 5, y, { steps: 5 });
  await page.mouse.up();
}
