/** What batch normalization of a record would do in smaller batches, drawn at random from its samples. */
export interface BatchSizes {
  readonly record: number;
  /** Samples that the batches were drawn from, and samples of the record. */
  readonly samples: number;
  readonly of: number;
  /** Channels that the figures cover: those that are not constant. */
  readonly channels: number;
  /**
   * How many independent values one sample is worth to its channel's mean: σ²/Var(µ_n), where µ_n are the samples' own
   * means. Positions that depend on each other make it smaller than their number. Median over channels.
   */
  readonly worth: number;
  readonly positions: number;
  /** By ascending batch size; empty for fewer than four samples. */
  readonly sizes: readonly BatchSizeFigures[];
}

/** Figures over channels and random batches of one size b: root mean squares, if not stated otherwise. */
export interface BatchSizeFigures {
  readonly size: number;
  /** Deviation of µ_B from the mean of all samples, in σ of the channel. */
  readonly mean: number;
  /** Deviation of σ_B from that of all samples, relative to it. */
  readonly deviation: number;
  /** Mean of σ_B/σ − 1. Small batches underestimate σ. */
  readonly bias: number;
  /** How far a normalized value moves because of the other samples of its batch, in σ: a median, see `subBatchFigures`. */
  readonly output: number;
}

/** The smallest batch size whose noise is below a shift; undefined if there is none. */
export function smallestQuietSize({ sizes }: BatchSizes, shift: number): number | undefined {
  return sizes.find(({ output }) => output < shift)?.size;
}
