/**
 * Writes steps of a made-up run as a recorder does: by a temporary name, then renamed.
 *
 *   writeSteps.mjs FOLDER FIRST COUNT RATE LAYERS
 *
 * RATE: steps a second; 0: as fast as it goes. Each layer is [8, 16] float32, drifting slowly.
 */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const SHAPE = [8, 16];
const ELEMENTS = SHAPE[0] * SHAPE[1];

/**
 * @param {number} step
 * @param {number} layers
 */
function safetensors(step, layers) {
  /** @type {Record<string, unknown>} */
  const header = {};
  for (let i = 0; i < layers; i++) {
    const at = 4 * ELEMENTS * i;
    header[`blocks.${i}.norm`] = { dtype: 'F32', shape: SHAPE, data_offsets: [at, at + 4 * ELEMENTS] };
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const values = new Float32Array(ELEMENTS * layers);
  for (let i = 0; i < values.length; i++) {
    const drift = (Math.floor(i / ELEMENTS) + 1) * 2e-4 * step;
    values[i] = Math.sin(12.9898 * (i + 1) + 78.233 * step) * (1 + drift) + drift;
  }
  return Buffer.concat([length, json, Buffer.from(values.buffer)]);
}

const [folder, first, count, rate, layers] = process.argv.slice(2);
await mkdir(folder, { recursive: true });
const started = performance.now();
for (let i = 0; i < Number(count); i++) {
  const step = Number(first) + i;
  const name = `step_${String(step).padStart(6, '0')}.safetensors`;
  const temporary = join(folder, `.${name}.tmp`);
  await writeFile(temporary, safetensors(step, Number(layers)));
  await rename(temporary, join(folder, name));
  const due = Number(rate) === 0 ? 0 : started + (1000 * (i + 1)) / Number(rate) - performance.now();
  if (due > 0) await new Promise((resolve) => setTimeout(resolve, due));
}
