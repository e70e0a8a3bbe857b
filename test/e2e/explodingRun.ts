import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame, Locator } from 'playwright-core';
import { npyBytes, npyHeader } from '../contract/dumpBytes';
import { waitForView } from './panel';

const LAYERS = Array.from({ length: 6 }, (_, i) => `blocks.${i}`);
export const STEPS = Array.from({ length: 11 }, (_, i) => 10 * i);
export const SAMPLES = 64;
export const CHANNELS = 48;
/** The layer, the step, and the channels that explode. */
export const LAYER = 'blocks.3';
export const STEP = 60;
const EXPLODING: readonly number[] = [5, 17, 40];

/** Values between −1 and 1 without a pattern, another for each layer and step. */
function noise(seed: number, i: number): number {
  return Math.sin((i + 7919 * seed) ** 2 * 0.7 + i + seed);
}

/** A run in which three channels of one layer become 300 times larger at a step. */
export function writeExplodingRun(run: string): void {
  const header = npyHeader(`(${SAMPLES}, ${CHANNELS})`);
  for (const [s, step] of STEPS.entries())
    for (const [l, layer] of LAYERS.entries()) {
      const explodes = layer === LAYER && step >= STEP;
      const values = Float32Array.from({ length: SAMPLES * CHANNELS }, (_, i) => {
        const factor = explodes && EXPLODING.includes(i % CHANNELS) ? 300 : 1;
        return factor * noise(1 + s * LAYERS.length + l, i);
      });
      mkdirSync(join(run, `step_${step}`), { recursive: true });
      writeFileSync(
        join(run, `step_${step}`, `${layer}.npy`),
        npyBytes(header, new Uint8Array(values.buffer)),
      );
    }
}

/** Follows the verdict to the channels that explode: finding, place, tab. They must be the first in the table. */
export async function findExplodingChannels(
  panel: Frame,
  click: (target: Locator) => Promise<void>,
): Promise<void> {
  await panel.locator('[data-stale="false"]').waitFor();
  await click(panel.locator('.verdict-line'));
  const finding = panel.locator('.drawer [data-finding]').first();
  await click(finding.locator('summary').first());
  await click(finding.locator('[data-place]').first());
  await waitForView(panel, LAYER, STEP);
  await click(panel.getByRole('tab', { name: 'Channels' }));
  await panel.locator(`table[data-table="channels"][data-step="${STEP}"]`).waitFor();
  const listed = await panel
    .locator('tr[data-channel]')
    .evaluateAll((rows) => rows.map((row) => Number(row.getAttribute('data-channel'))));
  const first = listed.slice(0, EXPLODING.length);
  assert.deepEqual(
    first.sort((a, b) => a - b),
    EXPLODING,
  );
  assert.match(
    await panel.locator('[data-concentration]').innerText(),
    new RegExp(`^3 of ${CHANNELS} channels make 80 % of the shift at step ${STEP}\\.$`),
  );
}
