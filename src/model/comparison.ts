/** How the elements of a record differ from those of the record of another run that belongs to it. */
export type ElementDifference =
  /** The same shape, type and bits. */
  | { readonly kind: 'equal' }
  | {
      readonly kind: 'different';
      /** How many elements differ in their bits, and of how many. */
      readonly elements: number;
      readonly of: number;
      /** The largest number of representable numbers of the type between two elements; infinite if one is not finite. */
      readonly ulps: number;
      /** Index of the first element that differs, one number an axis. */
      readonly first: readonly number[];
    }
  /** Other shapes or types, which only their distributions compare: a sentence that says so. */
  | { readonly kind: 'incomparable'; readonly reason: string };

/**
 * How likely two batches are as far apart by chance: a permutation test of the raw values' Wasserstein-1 distance
 * [Good 2005, §3.2].
 */
export interface Chance {
  /** (1 + divisions that lie at least as far apart) / (1 + divisions). */
  readonly p: number;
  /** The 95th percentile of the distances of random divisions, in σ of the reference. */
  readonly floor: number;
  readonly permutations: number;
  /** What was exchanged: samples, or channels, which other seeds permute. */
  readonly unit: 'samples' | 'channels';
}

/** One record compared with the record of another run that belongs to it. */
export interface RecordComparison {
  /** Record id in the run. */
  readonly record: number;
  /** Record id in the other run. */
  readonly other: number;
  readonly difference: ElementDifference;
  /** Absent where the batches cannot be divided. */
  readonly chance?: Chance;
}
