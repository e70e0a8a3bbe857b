import type { Histogram, NormalizingMethod } from './analysis';

/** An element of a tensor: of sample n and channel c, at position p. */
export interface Place {
  readonly n: number;
  readonly c: number;
  readonly p: number;
}

/**
 * Some elements of a record, and the sets of elements that share one µ and σ with them, for every method: what figure 2 of
 * Wu & He 2018 shows.
 */
export interface Cube {
  readonly record: number;
  readonly samples: number;
  readonly channels: number;
  readonly positions: number;
  /** The axes that positions are made of, such as H and W: letters and lengths, slowest first. */
  readonly positionAxes: readonly { readonly letter: string; readonly length: number }[];
  /** The samples, channels, and positions that are included, ascending: all of them if they are few. */
  readonly n: readonly number[];
  readonly c: readonly number[];
  readonly p: readonly number[];
  /** Values of the included elements, [n][c][p]. */
  readonly values: Float64Array;
  readonly epsilon: number;
  /** G of the layer under the current options. */
  readonly groups: number;
  /** The element whose sets have a distribution. */
  readonly element: Place;
  /** Every method; group normalization with each G that divides the channels, ascending. */
  readonly methods: readonly CubeMethod[];
}

/** What distinguishes the sets of a method; `sampleGroup`: sample and group of channels. */
export type SetsBy = 'channel' | 'sample' | 'samplePosition' | 'sampleGroup';

/** The sets of elements that one method normalizes together. */
export interface CubeMethod {
  readonly method: NormalizingMethod;
  /** Groups of channels; as many as channels for instance normalization. */
  readonly groups: number;
  readonly by: SetsBy;
  /** Why the method is not defined on this record. Absent: it is. */
  readonly reason?: string;
  readonly sets: number;
  /** Elements of each set. */
  readonly size: number;
  /**
   * µ and biased σ² of the sets of the included elements, [n][c], or [n][p] by `samplePosition`; for RMS 0 and the mean of
   * squares. NaN for a set without a finite value.
   */
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  /** The set of the element {@link Cube.element}; absent if it has no finite value. */
  readonly distribution?: Histogram;
}

/** The number of the set that an element is in, in the order of the method's units. */
export function setOf(
  { by, groups }: Pick<CubeMethod, 'by' | 'groups'>,
  { channels, positions }: Pick<Cube, 'channels' | 'positions'>,
  { n, c, p }: Place,
): number {
  switch (by) {
    case 'channel':
      return c;
    case 'sample':
      return n;
    case 'samplePosition':
      return n * positions + p;
    case 'sampleGroup':
      return n * groups + Math.floor(c / (channels / groups));
  }
}
