import type { Values } from '../statistics/moments';
import type { TensorAxes } from '../tensor/layoutAxes';
import type { ValueSample } from './sufficientStatistics';

const SAMPLE_SIZE = 512;

/** A small, evenly spread sample of a record, from which the histograms' grids are chosen. */
export interface Sampler {
  add(values: Values, from: number): void;
  finish(): ValueSample;
}

/**
 * Selects one position from each of 512 equal stretches of memory, at a golden-ratio offset, so that no axis length
 * interferes. Selects every element of a smaller record. Deterministic.
 */
export function sampler(axes: TensorAxes): Sampler {
  const { size } = axes;
  const wanted = Math.min(SAMPLE_SIZE, size);
  const values = new Float64Array(wanted);
  const places = new Float64Array(wanted);
  for (let k = 0; k < wanted; k++) {
    const turn = wanted === size ? 0 : k * 0.6180339887498949;
    places[k] = Math.floor(((k + turn - Math.floor(turn)) * size) / wanted);
  }
  let taken = 0;
  return {
    add: (chunk, from) => {
      while (taken < wanted && places[taken] < from + chunk.length) {
        values[taken] = chunk[places[taken] - from];
        taken++;
      }
    },
    finish: () => {
      const roles = { n: new Int32Array(wanted), c: new Int32Array(wanted), p: new Int32Array(wanted) };
      for (let i = axes.memory.length - 1; i >= 0; i--) {
        const { length, role, roleStride } = axes.memory[i];
        const column = roles[role];
        for (let k = 0; k < wanted; k++) {
          const runs = Math.floor(places[k] / length);
          column[k] += (places[k] - runs * length) * roleStride;
          places[k] = runs;
        }
      }
      return { values, ...roles };
    },
  };
}
