import type { TensorAxes } from './layoutAxes';
import type { ValueSample } from './measures';
import type { Values } from './moments';

const SAMPLE_SIZE = 512;

/** A small, evenly spread sample of a record, to choose the histograms' grids by. */
export interface Sampler {
  add(values: Values, from: number): void;
  finish(): ValueSample;
}

/**
 * One place out of each of 512 equal stretches of memory, at a golden-ratio offset, so that no axis length beats
 * with it. Deterministic; a smaller record is taken whole.
 */
export function sampler(axes: TensorAxes): Sampler {
  const { size } = axes;
  const wanted = Math.min(SAMPLE_SIZE, size);
  const values = new Float64Array(wanted);
  const places = new Float64Array(wanted);
  for (let k = 0; k < wanted; k++) {
    const jitter = wanted === size ? 0 : (k * 0.6180339887498949) % 1;
    places[k] = Math.floor(((k + jitter) * size) / wanted);
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
      const [n, c, p] = [0, 1, 2].map(() => new Int32Array(wanted));
      for (let k = 0; k < wanted; k++) {
        const at = rolesAt(axes, places[k]);
        n[k] = at.n;
        c[k] = at.c;
        p[k] = at.p;
      }
      return { values, n, c, p };
    },
  };
}

interface Roles {
  readonly n: number;
  readonly c: number;
  readonly p: number;
}

/** Sample, channel and position of the element at a place in memory. */
export function rolesAt(axes: TensorAxes, place: number): Roles {
  const at = { n: 0, c: 0, p: 0 };
  let rest = place;
  for (let i = axes.memory.length - 1; i >= 0; i--) {
    const { length, role, roleStride } = axes.memory[i];
    const coordinate = rest % length;
    at[role] += coordinate * roleStride;
    rest = (rest - coordinate) / length;
  }
  return at;
}
