import type { Moments, Values } from '../statistics/moments';

/** Collects the moments of one partition's units, chunk by chunk. */
export interface Accumulator {
  /** Adds the elements [from, from + values.length) of memory. */
  add(values: Values, from: number): void;
  /** Returns the moments of all added elements and ends the accumulator. */
  finish(): Moments;
}
