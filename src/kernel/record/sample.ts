import type { Values } from '../statistics/moments';
import { recentResults } from '../statistics/recentResults';
import type { TensorAxes } from '../tensor/layoutAxes';
import type { ValueSample } from './sufficientStatistics';

const SAMPLE_SIZE = 512;

/** A small, evenly spread sample of a record, from which the histograms' grids are chosen. */
export interface Sampler {
  add(values: Values, from: number): void;
  finish(): Float64Array;
}

/** Where the sampled values are in memory, and the sample, channel, and position of each. */
export interface SamplePlaces extends Omit<ValueSample, 'values'> {
  readonly places: Float64Array;
}

/** Those of recent records: records of a layer have the same ones. */
const recentPlaces = recentResults<SamplePlaces>(64);

/**
 * Selects one position from each of 512 equal stretches of memory, at a golden-ratio offset, so that no axis length
 * interferes. Selects every element of a smaller record. Deterministic.
 */
export function samplePlaces(axes: TensorAxes): SamplePlaces {
  let key = `${axes.size}`;
  for (const { role, length, roleStride } of axes.memory) key += `,${role}${length},${roleStride}`;
  return recentPlaces(key, () => placesOf(axes));
}

function placesOf({ size, memory }: TensorAxes): SamplePlaces {
  const wanted = Math.min(SAMPLE_SIZE, size);
  const places = new Float64Array(wanted);
  for (let k = 0; k < wanted; k++) {
    const turn = wanted === size ? 0 : k * 0.6180339887498949;
    places[k] = Math.floor(((k + turn - Math.floor(turn)) * size) / wanted);
  }
  const roles = { n: new Int32Array(wanted), c: new Int32Array(wanted), p: new Int32Array(wanted) };
  const rest = places.slice();
  for (let i = memory.length - 1; i >= 0; i--) {
    const { length, role, roleStride } = memory[i];
    const column = roles[role];
    for (let k = 0; k < wanted; k++) {
      const runs = Math.floor(rest[k] / length);
      column[k] += (rest[k] - runs * length) * roleStride;
      rest[k] = runs;
    }
  }
  return { places, ...roles };
}

/** Takes the values at the {@link samplePlaces}. */
export function sampler(axes: TensorAxes): Sampler {
  const { places } = samplePlaces(axes);
  const wanted = places.length;
  const values = new Float64Array(wanted);
  let taken = 0;
  return {
    add: (chunk, from) => {
      const end = from + chunk.length;
      for (; taken < wanted && places[taken] < end; taken++) values[taken] = chunk[places[taken] - from];
    },
    finish: () => values,
  };
}

/** Adds where sampled values of a record are to the values. */
export function placedSample(axes: TensorAxes, values: Float64Array): ValueSample {
  const { n, c, p } = samplePlaces(axes);
  return { values, n, c, p };
}

/** Maximum number of sampled values; more do not improve the choice of a grid. */
export const MAX_SAMPLED = 512;

/** Every k-th of the values, so that there are not too many. */
export function thinned(sample: ValueSample): ValueSample {
  const { length } = sample.values;
  if (length <= MAX_SAMPLED) return sample;
  const stride = Math.ceil(length / MAX_SAMPLED);
  const isKept = (_: number, k: number) => k % stride === 0;
  const { values, n, c, p } = sample;
  return { values: values.filter(isKept), n: n.filter(isKept), c: c.filter(isKept), p: p.filter(isKept) };
}
