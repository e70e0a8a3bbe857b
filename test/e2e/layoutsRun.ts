import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npyBytes, npyHeader } from '../contract/dumpBytes';

/** A layer of every layout. */
export const LAYERS = {
  images: { layout: 'NCHW', shape: [4, 8, 3, 3] },
  channelsLast: { layout: 'NHWC', shape: [4, 3, 3, 8] },
  tokens: { layout: 'NLC', shape: [3, 5, 12] },
  features: { layout: 'NC', shape: [6, 12] },
  large: { layout: 'NCHW', shape: [32, 96, 14, 14] },
} as const;
export type Layer = keyof typeof LAYERS;
/** Element i of every layer at a step. */
export function valueAt(step: number, i: number): number {
  return Math.fround(Math.sin(i * i * 0.7 + i + step));
}

const STEPS = [0, 10];

/** A run of two steps. */
export function writeLayoutsRun(run: string): void {
  mkdirSync(run, { recursive: true });
  const layers = Object.entries(LAYERS).map(([name, { layout }]) => [name, { layout }]);
  const settings = { schema: 'normscope-run/1', layers: Object.fromEntries(layers) };
  writeFileSync(join(run, 'normscope.json'), JSON.stringify(settings));
  for (const step of STEPS) {
    mkdirSync(join(run, `step_${step}`));
    for (const [name, { shape }] of Object.entries(LAYERS)) {
      const size = shape.reduce<number>((product, length) => product * length, 1);
      const values = Float32Array.from({ length: size }, (_, i) => valueAt(step, i));
      const bytes = npyBytes(npyHeader(`(${shape.join(', ')})`), new Uint8Array(values.buffer));
      writeFileSync(join(run, `step_${step}`, `${name}.npy`), bytes);
    }
  }
}
