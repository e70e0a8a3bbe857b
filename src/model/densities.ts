import type { Method, Range } from './analysis';

/** The distributions of a layer at several steps, over the same bins for each method. */
export interface Densities {
  readonly layer: number;
  readonly variant: number;
  /** Record ids, steps ascending. */
  readonly records: Int32Array;
  readonly bins: number;
  readonly methods: Readonly<Partial<Record<Method, MethodDensities>>>;
}

/** The bins span the middle 98 % of the values at every step. */
export interface MethodDensities extends Range {
  /** Share of a record's values in each bin, [record][bin]; NaN for a record without values. */
  readonly shares: Float32Array;
}

/** The share of a record's values in a bin. */
export function shareAt({ bins }: Densities, { shares }: MethodDensities, row: number, bin: number): number {
  return shares[row * bins + bin];
}

/** The distributions of one method at several steps. */
export interface MethodAtSteps {
  readonly densities: Densities;
  readonly of: MethodDensities;
  /** The steps of the records. */
  readonly steps: readonly number[];
}
