/** The bench's own data, the same each time: values of three kinds, and runs of .npy files. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { uniformFrom } from '../../src/kernel/statistics/uniform';
import type { DType } from '../../src/model/catalog';

export const KINDS = ['normal', 'relu', 'heavy-tailed'] as const;
export type Kind = (typeof KINDS)[number];

/** Standard normal values, those after a ReLU, or log-normal ones (σ = 2) of either sign; the same each time. */
export function valuesOf(kind: Kind, count: number): Float32Array<ArrayBuffer> {
  const values = new Float32Array(count);
  const uniform = uniformFrom(count);
  for (let i = 0; i < count; i += 2) {
    // Box & Muller 1958.
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    values[i] = radius * Math.cos(angle);
    if (i + 1 < count) values[i + 1] = radius * Math.sin(angle);
  }
  if (kind === 'relu') for (let i = 0; i < count; i++) values[i] = Math.max(0, values[i]);
  if (kind === 'heavy-tailed')
    for (let i = 0; i < count; i++) values[i] = Math.sign(values[i]) * Math.exp(2 * uniform() * values[i]);
  return values;
}

/** The values as a dump stores them: float32, or cut to bfloat16, or rounded to float16. */
export function bytesOf(values: Float32Array<ArrayBuffer>, dtype: DType): Uint8Array<ArrayBuffer> {
  if (dtype === 'float32') return new Uint8Array(values.buffer);
  const bits = new Uint32Array(values.buffer);
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < halves.length; i++) {
    if (dtype === 'bfloat16') halves[i] = bits[i] >>> 16;
    else {
      const exponent = ((bits[i] >>> 23) & 255) - 112;
      const rest = (bits[i] >>> 13) & 1023;
      const magnitude = exponent <= 0 ? 0 : exponent >= 31 ? 0x7bff : (exponent << 10) | rest;
      halves[i] = ((bits[i] >>> 16) & 0x8000) | magnitude;
    }
  }
  return new Uint8Array(halves.buffer);
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

export interface RunShape {
  readonly steps: number;
  readonly layers: number;
  readonly shape: readonly number[];
}

/** `steps` folders of `layers` .npy files of float32; each step's values are spread a little wider. */
export async function writeRun(folder: string, { steps, layers, shape }: RunShape): Promise<string[]> {
  const header = npyHeader(shape);
  const values = valuesOf('normal', sizeOf(shape));
  const files: string[] = [];
  for (let step = 0; step < steps; step++) {
    const parent = join(folder, `step_${step * 100}`);
    await mkdir(parent, { recursive: true });
    for (let i = 0; i < values.length; i++) values[i] *= 1.02;
    for (let layer = 0; layer < layers; layer++) {
      const file = join(parent, `layer${layer}.npy`);
      await writeFile(file, [header, new Uint8Array(values.buffer)]);
      files.push(file);
    }
  }
  return files;
}

/** [numpy.lib.format, version 1.0] */
function npyHeader(shape: readonly number[]): Uint8Array {
  const dict = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`;
  const padded = `${dict.padEnd(Math.ceil((dict.length + 11) / 64) * 64 - 11)}\n`;
  return Buffer.concat([
    Buffer.from('\x93NUMPY\x01\x00', 'latin1'),
    Buffer.from([padded.length & 255, padded.length >> 8]),
    Buffer.from(padded),
  ]);
}
