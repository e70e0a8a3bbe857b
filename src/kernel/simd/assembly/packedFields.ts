// Places of the float64 numbers of a packed sketch: see src/kernel/record/packedSketch.ts, which shares them with
// record.ts.

/** A record's own numbers; NaN where there is none. */
export enum RecordAt {
  Count,
  Finite,
  Nan,
  PosInf,
  NegInf,
  Zeros,
  ErrorSamples,
  ErrorMean,
  ErrorDeviation,
  PeakSample,
  PeakPosition,
  Length,
}

/** A method's numbers, from its first. */
export enum MethodAt {
  /** Index of the first method with the same sketch, which may be this one; negative if there is no sketch. */
  Same,
  /** Sum of {@link Has}. */
  Has,
  Mean,
  Variance,
  UnitCount,
  UnitMeanMin,
  UnitMeanMax,
  UnitVarianceMin,
  UnitVarianceMax,
  ConstantUnits,
  HalvesW1,
  HalvesKs,
  HalvesJs,
  Channels,
  Width,
  First,
  Below,
  Size,
  Count,
  Min,
  Max,
  Zeros,
  /** Length of the cells' counts. */
  Cells,
  Length,
}

/** Figures that a method may lack. */
export enum Has {
  UnitMean = 1,
  UnitVariance = 2,
  ConstantUnits = 4,
  Halves = 8,
  ChannelPeak = 16,
}
