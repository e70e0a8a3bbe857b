import {
  type BatchError,
  type ElementCounts,
  type FirstNonFinite,
  isDefined,
  METHODS,
  type Method,
  type NotApplicable,
  type PeakPlace,
  type Range,
  type UnitStatistics,
} from '../../model/analysis';
import type { RecordOptions } from '../methods/recordOptions';
import type { Distances } from '../statistics/distances';
import type { ExplicitHistogram, Sketch } from '../statistics/sketch';

/**
 * All kept data of one record, enough for every figure and chart without the file. The sketches are dyadic grids, or
 * explicit cells if the file contained histograms instead of values.
 */
export interface RecordSketch<S extends Sketch | ExplicitHistogram = Sketch | ExplicitHistogram>
  extends RecordOptions {
  readonly counts: ElementCounts;
  readonly firstNonFinite?: FirstNonFinite;
  readonly methods: Readonly<Record<Method, MethodSketch<S> | NotApplicable>>;
  /** Spread of the samples' own statistics, if each sample has several positions. */
  readonly batchError?: BatchError;
  /** Sample and position of the maximum of |x|, if layer normalization is per position. */
  readonly peakPlace?: PeakPlace;
}

/** One method's distribution on one record. */
export interface MethodSketch<S extends Sketch | ExplicitHistogram = Sketch | ExplicitHistogram> {
  readonly sketch: S;
  readonly mean: number;
  /** Biased variance. */
  readonly variance: number;
  readonly unitCount: number;
  readonly unitMean?: Range;
  readonly unitVariance?: Range;
  /** Number of units with two or more elements whose spread is 0 except for rounding. */
  readonly constantUnits?: number;
  readonly units?: UnitStatistics;
  /** Mean and biased standard deviation of each channel; NaN if it has no finite value. */
  readonly channelMean: Float64Array;
  readonly channelStd: Float64Array;
  /** Maximum of |x| of each channel of the raw record; 0 if it has no finite value. */
  readonly channelPeak?: Float64Array;
  /** Distances between the even and the odd samples, in units of x; absent with fewer than two samples. */
  readonly halves?: Distances;
}

/** Approximate memory, in bytes, of the objects around a method's figures; the record takes the same amount again. */
const OBJECT_BYTES = 1024;

/** Returns the approximate memory of a sketch, in bytes. */
export function sketchBytes({ methods }: RecordSketch): number {
  let bytes = OBJECT_BYTES;
  for (const method of METHODS) {
    const each = methods[method];
    if (!isDefined(each)) continue;
    const { sketch, channelMean, channelPeak } = each;
    bytes += 16 * channelMean.length + (channelPeak?.byteLength ?? 0) + OBJECT_BYTES;
    bytes += 'cells' in sketch ? 16 * sketch.cells.edges.length : sketch.counts.byteLength;
  }
  return bytes;
}
