import type {
  ElementCounts,
  FirstNonFinite,
  Method,
  NoiseFloor,
  NotApplicable,
  Range,
} from '../model/analysis';
import type { DType, Layout } from '../model/catalog';

/** The header of a tensor with histograms in the file instead of values. */
export interface SummaryInfo {
  /** Key for reading its {@link TensorSummary}; unique among the file's tensors and summaries. */
  readonly name: string;
  /** The layer's name, if the key contains more than that. */
  readonly layer?: string;
  /** The training step, if the file contains it. */
  readonly step?: number;
  /** Shape of the summarized tensor; absent if unknown. */
  readonly shape?: readonly number[];
  readonly dtype?: DType;
  /** A sentence for the user that explains why layout, ε, and G cannot be changed afterward. */
  readonly reason: string;
}

/** The histograms of one tensor before and after each method, as another program computed them. */
export interface TensorSummary {
  /** NaN if the file does not contain them; `count` and `finite` must be known. */
  readonly counts: ElementCounts;
  readonly firstNonFinite?: FirstNonFinite;
  /** The options under which the methods were computed, if any. */
  readonly layout?: Layout;
  readonly epsilon?: number;
  readonly groups?: number;
  readonly layerScope?: 'example' | 'position';
  readonly methods: Readonly<Record<Method, DistributionSummary | NotApplicable>>;
}

/**
 * One distribution as a histogram and moments, all of the finite values. The histogram may have any edges: percentiles
 * assume that each bin's values are spread evenly over it.
 */
export interface DistributionSummary {
  /**
   * Edges in ascending order, one more than `counts`: bin i is [edges[i], edges[i+1]). Bins that extend past `min` and
   * `max` are cut there.
   */
  readonly edges: Float64Array;
  readonly counts: Float64Array;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** Biased variance. */
  readonly variance: number;
  /** Number of the method's units before normalizing, as in `MethodSummary`. */
  readonly unitCount?: number;
  readonly unitMean?: Range;
  readonly unitVariance?: Range;
  /** Mean and biased standard deviation of each channel after the method. */
  readonly channelMean?: Float64Array;
  readonly channelStd?: Float64Array;
  /** Distances between the even and the odd samples, in units of x (not divided by σ). */
  readonly halves?: NoiseFloor;
}
