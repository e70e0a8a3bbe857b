import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npyBytes, npyHeader } from '../contract/dumpBytes';

const LAYERS = Array.from({ length: 6 }, (_, i) => `blocks.${i}`);
export const STEPS = Array.from({ length: 11 }, (_, i) => 10 * i);
export const SAMPLES = 64;
export const CHANNELS = 48;
/** The layer, the step, and the channels that explode. */
export const LAYER = 'blocks.3';
export const STEP = 60;
export const EXPLODING: readonly number[] = [5, 17, 40];

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
