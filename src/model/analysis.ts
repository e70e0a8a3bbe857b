import { t } from '@vscode/l10n';
import type { LayerEntry, Layout, ParameterRole } from './catalog';
import type { NarrowFormat } from './numberFormats';
import type { Readings } from './questions';
import type { Reference } from './reference';
import type { Storage } from './storage';

/** The normalization methods, `none` being the raw activations; in the order in which they are shown. */
export const METHODS = ['none', 'batch', 'layer', 'instance', 'group', 'rms'] as const;
export type Method = (typeof METHODS)[number];

/** The methods that normalize: all but the raw values. */
export const NORMALIZING = ['batch', 'layer', 'instance', 'group', 'rms'] as const;
export type NormalizingMethod = (typeof NORMALIZING)[number];

/**
 * The elements that one unit of layer and RMS normalization covers: a whole sample, or one position of it. `auto` is
 * `position` if the layout is a sequence whose last axis holds features (NLC, LNC), otherwise `example`.
 */
export type LayerScope = 'auto' | 'example' | 'position';

/** The options of an analysis; the same for the panel and the report. */
export interface AnalysisOptions {
  /** ε for every layer. Absent: the layer's own if known, otherwise {@link DEFAULT_EPSILON}. */
  readonly epsilon?: number;
  /** Groups for every layer. Absent: the layer's own if known, otherwise {@link DEFAULT_GROUPS}. */
  readonly groups?: number;
  readonly layerScope: LayerScope;
  /** 0 to 100, ascending. */
  readonly percentiles: readonly number[];
  readonly reference: Reference;
  /** Layouts that the person chose, by the layer's full name. */
  readonly layouts: Readonly<Record<string, Layout>>;
  /** How names and axes are read where the person chose it; it changes how the run is listed. */
  readonly readings?: Readings;
  /** With the layer's learned scale γ and shift β after every method. */
  readonly affine?: boolean;
  /** Normalize the batch column by the running statistics, as in evaluation mode, if the layer has them. */
  readonly running?: boolean;
}

export const DEFAULT_EPSILON = 1e-5;
export const DEFAULT_GROUPS = 32;

/** Percentile presets and their sources. */
export const PERCENTILE_PRESETS = [
  { id: 'ioffe', label: '15, 50, 85', source: 'Ioffe & Szegedy 2015, fig. 1', percentiles: [15, 50, 85] },
  { id: 'wu', label: '1, 20, 80, 99', source: 'Wu & He 2018, fig. 6', percentiles: [1, 20, 80, 99] },
  {
    id: 'quartiles',
    label: '5, 25, 50, 75, 95',
    get source() {
      return t('Quartiles and tails');
    },
    percentiles: [5, 25, 50, 75, 95],
  },
] as const;

export const DEFAULT_OPTIONS: AnalysisOptions = {
  layerScope: 'auto',
  percentiles: PERCENTILE_PRESETS[0].percentiles,
  reference: 'first',
  layouts: {},
};

/** Shape, layout (with a question mark if another one would fit as well), and dtype, in a few words. */
export function describeTensor(layer: LayerEntry, options: AnalysisOptions): string {
  const { shape, dtype, summarized } = layer;
  if (summarized !== undefined && shape.length === 0)
    return dtype === 'unknown' ? t('histograms') : t('histograms of {0}', dtype);
  const isGuess = layer.otherLayouts !== undefined && !Object.hasOwn(options.layouts, layer.fullName);
  const text = `[${shape.join(', ')}] ${layoutOf(layer, options)}${isGuess ? '?' : ''} ${dtype}`;
  return summarized === undefined ? text : t('histograms of {0}', text);
}

/** The current layout of a layer: the user's choice, otherwise the catalog's. */
export function layoutOf(layer: LayerEntry, options: AnalysisOptions): Layout {
  if (layer.summarized !== undefined) return layer.layout;
  return Object.hasOwn(options.layouts, layer.fullName) ? options.layouts[layer.fullName] : layer.layout;
}

/**
 * Counts over all elements of a record; `finite + nan + posInf + negInf` is `count`. If only histograms of the tensor
 * exist, `nan`, `posInf`, `negInf`, and `zeros` may be NaN: they were not counted.
 */
export interface ElementCounts {
  readonly count: number;
  readonly finite: number;
  readonly nan: number;
  readonly posInf: number;
  readonly negInf: number;
  /** Elements equal to 0 (of either sign). */
  readonly zeros: number;
}

export type NonFiniteKind = 'nan' | 'posInf' | 'negInf';

/** The first non-finite element in the order of the tensor's indices (C order). */
export interface FirstNonFinite {
  readonly kind: NonFiniteKind;
  /** One index an axis of the tensor. */
  readonly index: readonly number[];
}

/** Least and greatest value of a statistic over the units of a method. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** Statistics of every unit, in the unit order: batch c; layer n (or n,l); instance n,c; group n,g. */
export interface UnitStatistics {
  readonly mean?: readonly number[];
  /** Biased variance of the unit. */
  readonly variance?: readonly number[];
  /** For `rms`, instead of mean and variance. */
  readonly meanSquare?: readonly number[];
}

/** One distribution: a record before (`none`) or after a method. Of the finite values. */
export interface MethodSummary {
  readonly mean: number;
  /** Biased. */
  readonly variance: number;
  readonly min: number;
  readonly max: number;
  /** One value per percentile of the options. */
  readonly percentiles: readonly number[];
  /** How many units the method has on this record; 0 for `none`. */
  readonly unitCount: number;
  /** Ranges of the units' statistics before normalizing; absent for `none`. `rms`: the variance is the mean square. */
  readonly unitMean?: Range;
  readonly unitVariance?: Range;
  /**
   * Units of two or more elements that are all equal, so that their spread is 0 except for rounding. Absent if there
   * are none.
   */
  readonly constantUnits?: number;
  readonly units?: UnitStatistics;
}

/** Stands in for a method's figures on a record that it does not apply to, such as instance normalization of an `NC` tensor. */
export interface NotApplicable {
  /** A sentence for the person. */
  readonly reason: string;
}

/** What the kernel computes for one record under the current options; kilobytes. */
export interface RecordSummary extends ElementCounts {
  /** Record id in the catalog. */
  readonly record: number;
  readonly layout: Layout;
  /** The options as they applied to this record. */
  readonly epsilon: number;
  readonly groups: number;
  readonly layerScope: 'example' | 'position';
  readonly firstNonFinite?: FirstNonFinite;
  readonly methods: Readonly<Record<Method, MethodSummary | NotApplicable>>;
  /** Of a record that is made of several ranks'. */
  readonly rankSpread?: RankSpread;
  /** Scale and shift were applied after every method. */
  readonly affine?: true;
  /** Batch normalization used the running statistics. */
  readonly running?: true;
  /** Where batch normalization with running statistics reads the layer. */
  readonly runningGap?: RunningGap;
  /** Present if there are such channels. */
  readonly channelHealth?: ChannelHealth;
  /** Present if the tensor was stored in a narrower type than it had. */
  readonly storage?: Storage;
  /** How large the raw values are; absent if none is finite. */
  readonly magnitude?: Magnitude;
  /** For raw values within [-1, 1]. */
  readonly saturation?: Saturation;
  /** By type: shares of the raw values that it does not hold. Types that hold all but one in a million are absent. */
  readonly formatLoss?: Readonly<Partial<Record<NarrowFormat, FormatLoss>>>;
  /** How precisely one batch determines its mean and deviation; absent for fewer than two samples. */
  readonly batchError?: BatchError;
  /** Of a record that is made of several ranks', where not all have the same parameters. */
  readonly rankParameters?: RankParameters;
  /**
   * Present if all of this, counts included, is from only some samples of a large record. The figures of all samples
   * replace it.
   */
  readonly estimate?: { readonly samples: number; readonly of: number };
}

/** How large the finite raw values of a record are. */
export interface Magnitude {
  /** Median of |x| over the values other than 0: a rectifier makes many of those. */
  readonly median: number;
  /** Greatest |x|. */
  readonly greatest: number;
  /** Number of channels, and the index of the channel with the value; absent if unknown, as the figures below are. */
  readonly channels?: number;
  readonly channel?: number;
  /** Root mean square over channels of the deviation within each. */
  readonly deviation?: number;
  /** Its sample and position, of a sequence that is normalized per position. */
  readonly place?: PeakPlace;
  /**
   * Channels with values of |x| > 100 and > 1000 medians, if those are few: the first 8, and how many channels they are [Sun et
   * al. 2024, §2].
   */
  readonly massive?: { readonly channels: readonly number[]; readonly count: number };
  /**
   * Kurtosis of the channels' root mean squares s: mean of s⁴ over the squared mean of s². 1 if all channels are
   * equally large, C if one channel has everything [He et al. 2024, eq. 2].
   */
  readonly kurtosis?: number;
}

export interface PeakPlace {
  readonly sample: number;
  readonly position: number;
}

/** Shares of values at the ends of bounded activations [Glorot & Bengio 2010, §3]. */
export interface Saturation {
  /** |x| > 0.97: tanh. */
  readonly tanh: number;
  /** x < 0.03 or x > 0.97: sigmoid. */
  readonly sigmoid: number;
}

/** What a type does not hold of the finite values: shares, 0 to 1. */
export interface FormatLoss {
  /** Values that round to infinity, or exceed the largest number. */
  readonly overflow: number;
  /** Values other than 0 that round to 0; exact to the share of the values that lies in one cell of the histogram. */
  readonly flushed: number;
}

/**
 * Standard errors of a batch's mean and deviation as estimates of the data's, relative to the channel's deviation; root mean
 * squares over the channels that are not constant. By the spread over samples, since the positions of one sample depend on
 * each other.
 */
export interface BatchError {
  readonly samples: number;
  readonly mean: number;
  readonly deviation: number;
}

/** Parameters of one layer that are not the same on every rank. */
export interface RankParameters {
  /** The parameters that differ, such as `weight`. */
  readonly roles: readonly ParameterRole[];
  /** Ranks with the same parameters, bit for bit; the largest group first. */
  readonly groups: readonly (readonly number[])[];
  /** Largest difference of an element, as the number of float32 numbers between the two. */
  readonly ulps: number;
}

/** Distance of a batch's statistics from the running ones, relative to the running deviation (variance: variance). */
export interface RunningGap {
  /** Root mean square over channels of (µ_B − µ)/σ. */
  readonly mean: number;
  /** Root mean square over channels of (σ²_B − σ²)/σ², both variances unbiased. */
  readonly variance: number;
  /** Greatest |µ_B − µ|/σ, and its channel. */
  readonly greatestMean: number;
  readonly greatestChannel: number;
  /**
   * Share of the channels that evaluation mode leaves far from standardized: after (x − µ)/√(σ² + ε), a mean beyond 1,
   * or a deviation not between ½ and 2.
   */
  readonly off: number;
  /** n/(n − 1): how much larger the running variance of such batches is than the one that training divides by. */
  readonly correction: number;
}

/** Elements that a channel must have for its health to be known; with fewer, a constant channel means nothing. */
export const HEALTH_ELEMENTS = 8;

/** Channels of a raw record with little or nothing in them. */
export interface ChannelHealth {
  readonly channels: number;
  /** 0 everywhere. */
  readonly zero: readonly number[];
  /** The same value everywhere, not 0. */
  readonly constant: readonly number[];
  /** How many more are 0 or constant than the lists name; absent if they name all. */
  readonly unlisted?: number;
  /** How many others have a variance below a tenth of ε. */
  readonly collapsed: number;
  /** Channels of a normalization layer's output whose γ is 0, of those above. */
  readonly zeroScale?: readonly number[];
}

/** Standard deviation over ranks of each channel's batch mean, in σ of the channel over all ranks. */
export interface RankSpread {
  /** The ranks that have a record. */
  readonly ranks: readonly number[];
  /** What the spread would be if all ranks drew from one source: by the spread of samples within each; absent if unknown. */
  readonly expected?: number;
  /** Mean over channels. */
  readonly mean: number;
  readonly greatest: number;
  readonly greatestChannel: number;
}

/** Whether a method has figures; it has none if it does not apply. */
export function isDefined<T extends object>(figures: T | NotApplicable): figures is T {
  return !('reason' in figures);
}

/**
 * Distance of a distribution at step t from the one at the reference step s, in the units that the field uses.
 * NaN (null in JSON) where σ_s is 0 or there is nothing to compare.
 */
export interface ShiftMetrics {
  /** Wasserstein-1 divided by σ_s: the headline. */
  readonly w1: number;
  /** |µ_t − µ_s| / σ_s. */
  readonly w1Location: number;
  /** |σ_t/σ_s − 1| · E|z_s|: Wasserstein-1 between s and s rescaled to σ_t, over σ_s. */
  readonly w1Scale: number;
  /** Wasserstein-1 between the two after both are standardized. */
  readonly w1Shape: number;
  /** Kolmogorov–Smirnov statistic, 0 to 1. */
  readonly ks: number;
  /** Jensen–Shannon divergence, base 2, 0 to 1. */
  readonly js: number;
  /** (µ_t − µ_s) / σ_s. */
  readonly meanShift: number;
  /** ln(σ_t / σ_s). */
  readonly logStdRatio: number;
  /** Mean over channels of √(Δµ² + Δσ²) / σ_s, per channel; from moments alone. */
  readonly channelFrechet: number;
  /** The same distances between the even and the odd samples of the record at t; absent with under two samples. */
  readonly noiseFloor?: NoiseFloor;
}

export interface NoiseFloor {
  /** In units of σ_s or σ_t, whichever is larger: noise is small in itself, however far a layer has moved. */
  readonly w1: number;
  readonly ks: number;
  readonly js: number;
}

/** The shift of one record from its reference, per method on which both are defined. */
export interface RecordShift {
  /** Record id at step t. */
  readonly record: number;
  /** Record id at the reference step s. */
  readonly reference: number;
  readonly methods: Readonly<Partial<Record<Method, ShiftMetrics>>>;
}

/** One histogram to draw: equal bins over [min, max], the counts inside, and the counts outside. */
export interface Histogram {
  readonly min: number;
  readonly max: number;
  /** Fractional where cells of the kernel's grid were divided between bins. */
  readonly counts: Float64Array;
  readonly below: number;
  readonly above: number;
}

/** The distribution of a record and of its reference over the same bins; absent where undefined. */
export interface DistributionPair {
  readonly current?: Histogram;
  readonly reference?: Histogram;
}

/** Distributions of one record before and after every method. */
export interface Distributions {
  readonly record: number;
  readonly reference?: number;
  readonly methods: Readonly<Record<Method, DistributionPair>>;
}

/**
 * A shift below the distance between two halves of one batch is noise. The distance is unknown for fewer than two
 * samples, and NaN if a half has no finite value; then every shift counts.
 */
export function isAboveFloor({
  w1,
  floor,
}: {
  readonly w1: number;
  readonly floor: number | undefined;
}): boolean {
  return exceedsFloor(w1, floor);
}

/** As {@link isAboveFloor}, of figures that stand in columns. */
export function exceedsFloor(w1: number, floor: number | undefined): boolean {
  return w1 > (floor || 0);
}
