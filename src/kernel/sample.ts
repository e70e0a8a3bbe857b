import type { LayoutAxes } from './layoutAxes';
import type { Normalization } from './methods';
import type { Values } from './moments';
import { type Partition, unitAt } from './partition';

const SAMPLE_SIZE = 1024;

/** A small, evenly spread sample of a record, to choose the histograms' grids by. */
export interface Sampler {
  add(values: Values, from: number): void;
  /** The finite sampled values after a method, sorted. */
  normalized(axes: LayoutAxes, partition: Partition, normalization: Normalization): Float64Array;
}

/**
 * One place out of each of 1024 equal stretches of memory, at a golden-ratio offset, so that no axis length beats
 * with it. Deterministic; a smaller record is taken whole.
 */
export function sampler(size: number): Sampler {
  const wanted = Math.min(SAMPLE_SIZE, size);
  const values = new Float64Array(wanted);
  const places = new Float64Array(wanted);
  for (let k = 0; k < wanted; k++) {
    const jitter = wanted === size ? 0 : (k * 0.6180339887498949) % 1;
    places[k] = Math.floor(((k + jitter) * size) / wanted);
  }
  let taken = 0;
  let roles: Roles[] | undefined;
  return {
    add: (chunk, from) => {
      while (taken < wanted && places[taken] < from + chunk.length) {
        values[taken] = chunk[places[taken] - from];
        taken++;
      }
    },
    normalized: (axes, partition, { shift, scale }) => {
      roles ??= Array.from(places.subarray(0, taken), (place) => rolesAt(axes, place));
      const normalized = new Float64Array(taken);
      let finite = 0;
      for (let k = 0; k < taken; k++) {
        if (values[k] - values[k] !== 0) continue;
        const { n, c, p } = roles[k];
        const unit = unitAt(partition, n, c, p);
        normalized[finite++] = (values[k] - shift[unit]) * scale[unit];
      }
      return normalized.subarray(0, finite).sort();
    },
  };
}

interface Roles {
  readonly n: number;
  readonly c: number;
  readonly p: number;
}

/** Sample, channel and position of the element at a place in memory. */
export function rolesAt(axes: LayoutAxes, place: number): Roles {
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
