import { t } from '@vscode/l10n';
import { HEALTH_ELEMENTS, isDefined, type MethodSummary, type RecordSummary } from './analysis';
import type { LayerEntry } from './catalog';
import { isSigmoid, isTanh } from './moduleClasses';
import type { NarrowFormat } from './numberFormats';

/** The quantities of a record that the map and the depth chart show, in the order of the menu. */
export const QUANTITIES = [
  'shift',
  'values',
  'mean',
  'deviation',
  'rms',
  'greatest',
  'kurtosis',
  'runningGap',
  'branchShare',
  'streamAngle',
  'zeros',
  'dead',
  'saturated',
  'nonFinite',
  'float16',
  'bfloat16',
  'float8_e4m3fn',
  'float8_e5m2',
] as const;
export type QuantityId = (typeof QUANTITIES)[number];

/**
 * How a quantity is read: `sigmas`, a distance in standard deviations; `size`, a positive figure that spans decades;
 * `signed`, a figure of either sign; `share`, a part of a whole; `rareShare`, one that matters even if it is tiny.
 */
export type QuantityScale = 'sigmas' | 'size' | 'signed' | 'share' | 'rareShare';

/** A figure of a record's raw values; NaN if it is unknown. */
type Figure = (summary: RecordSummary, layer: Pick<LayerEntry, 'module'>) => number;

/** One quantity: its name, its definition, and how it is read from a record's summary. */
export interface MapQuantity {
  readonly id: QuantityId;
  readonly scale: QuantityScale;
  name(): string;
  /** The definition, in a sentence or two. */
  definition(): string;
  /**
   * One figure, or three, ascending: the map shows the middle one. Empty for the shift, which is measured between two
   * records.
   */
  readonly figures: readonly Figure[];
}

/** Quantities of two records of a step, before and after a branch; they are measured once the map shows one of them. */
export const BRANCH_QUANTITIES = ['branchShare', 'streamAngle'] as const satisfies readonly QuantityId[];

export function isBranchQuantity(id: QuantityId): boolean {
  return BRANCH_QUANTITIES.some((each) => each === id);
}

const raw = ({ methods }: RecordSummary): MethodSummary | undefined =>
  isDefined(methods.none) ? methods.none : undefined;

/** A figure of the distribution of the raw values. */
const ofRaw =
  (of: (summary: MethodSummary) => number | undefined): Figure =>
  (summary) => {
    const figures = raw(summary);
    return (figures && of(figures)) ?? Number.NaN;
  };

/** A figure that no summary of one record has. */
const ofTwoRecords: Figure = () => Number.NaN;

/** The share of the finite values that a type does not hold. */
const beyond =
  (format: NarrowFormat): Figure =>
  ({ finite, formatLoss }) => {
    if (finite === 0) return Number.NaN;
    const loss = formatLoss?.[format];
    return loss === undefined ? 0 : loss.overflow + loss.flushed;
  };

const TABLE: Readonly<Record<QuantityId, Omit<MapQuantity, 'id'>>> = {
  shift: {
    scale: 'sigmas',
    name: () => t('shift'),
    definition: () =>
      t('Wasserstein-1 distance from the reference step, in standard deviations of the reference.'),
    figures: [],
  },
  values: {
    scale: 'signed',
    name: () => t('values'),
    definition: () =>
      t(
        'Percentiles of the values: the map shows the middle one of those that are chosen, the depth chart the lowest, the middle and the highest.',
      ),
    figures: [
      ofRaw(({ percentiles }) => percentiles[0]),
      ofRaw(({ percentiles }) => percentiles[percentiles.length >> 1]),
      ofRaw(({ percentiles }) => percentiles.at(-1)),
    ],
  },
  mean: {
    scale: 'signed',
    name: () => t('mean µ'),
    definition: () => t('Mean of the finite values.'),
    figures: [ofRaw(({ mean }) => mean)],
  },
  deviation: {
    scale: 'size',
    name: () => t('deviation σ'),
    definition: () => t('Standard deviation (biased) of the finite values.'),
    figures: [ofRaw(({ variance }) => Math.sqrt(variance))],
  },
  rms: {
    scale: 'size',
    name: () => t('RMS'),
    definition: () => t('Root mean square of the finite values: √(µ² + σ²).'),
    figures: [ofRaw(({ mean, variance }) => Math.hypot(mean, Math.sqrt(variance)))],
  },
  greatest: {
    scale: 'size',
    name: () => t('largest |x|'),
    definition: () => t('Largest absolute value among the finite values.'),
    figures: [ofRaw(({ min, max }) => Math.max(Math.abs(min), Math.abs(max)))],
  },
  kurtosis: {
    scale: 'size',
    name: () => t('outlier kurtosis'),
    definition: () =>
      t(
        'Kurtosis of the channels’ root mean squares s: mean of s⁴ over the squared mean of s². 1 if all channels are equally large, C if one channel has everything (He et al. 2024, eq. 2).',
      ),
    figures: [({ magnitude }) => magnitude?.kurtosis ?? Number.NaN],
  },
  runningGap: {
    scale: 'sigmas',
    name: () => t('running-statistics gap'),
    definition: () =>
      t(
        'Root mean square over channels of the batch mean minus the running mean, in running σ. Known where a BatchNorm layer with running statistics reads the layer.',
      ),
    figures: [({ runningGap }) => runningGap?.mean ?? Number.NaN],
  },
  branchShare: {
    scale: 'size',
    name: () => t('branch share ‖f(x)‖/‖x‖'),
    definition: () =>
      t(
        'Of a branch of a residual stream: norm of what it adds, over the norm of the stream before it. Known for transformers whose streams were recorded.',
      ),
    figures: [ofTwoRecords],
  },
  streamAngle: {
    scale: 'size',
    name: () => t('angle of the stream (°)'),
    definition: () =>
      t(
        'Angle in degrees between a residual stream before and after a branch. Known for transformers whose streams were recorded.',
      ),
    figures: [ofTwoRecords],
  },
  zeros: {
    scale: 'share',
    name: () => t('zeros'),
    definition: () => t('Share of the values that are 0.'),
    figures: [({ zeros, count }) => zeros / count],
  },
  dead: {
    scale: 'share',
    name: () => t('dead channels'),
    definition: () =>
      t(
        'Share of the channels that have the same value everywhere, such as 0. Known for channels of 8 or more values.',
      ),
    figures: [deadShare],
  },
  saturated: {
    scale: 'share',
    name: () => t('saturated'),
    definition: () =>
      t(
        'Share of the values at the ends of the range of tanh (|x| > 0.97) or sigmoid (x < 0.03 or x > 0.97) (Glorot & Bengio 2010, §3). Known for tanh and sigmoid layers.',
      ),
    figures: [saturatedShare],
  },
  nonFinite: {
    scale: 'rareShare',
    name: () => t('NaN and infinite'),
    definition: () => t('Share of the values that are NaN or infinite.'),
    figures: [({ count, finite, nan }) => (Number.isNaN(nan) ? Number.NaN : (count - finite) / count)],
  },
  float16: {
    scale: 'rareShare',
    name: () => t('beyond float16'),
    definition: () => t('Share of the finite values that float16 turns into ∞ (from 65,520) or into 0.'),
    figures: [beyond('float16')],
  },
  bfloat16: {
    scale: 'rareShare',
    name: () => t('beyond bfloat16'),
    definition: () => t('Share of the finite values that bfloat16 turns into ∞ or into 0.'),
    figures: [beyond('bfloat16')],
  },
  float8_e4m3fn: {
    scale: 'rareShare',
    name: () => t('beyond float8 e4m3'),
    definition: () =>
      t(
        'Share of the finite values that exceed the range of float8 e4m3 (from 464), or that it turns into 0.',
      ),
    figures: [beyond('float8_e4m3fn')],
  },
  float8_e5m2: {
    scale: 'rareShare',
    name: () => t('beyond float8 e5m2'),
    definition: () => t('Share of the finite values that float8 e5m2 turns into ∞ (from 61,440) or into 0.'),
    figures: [beyond('float8_e5m2')],
  },
};

export function quantityOf(id: QuantityId): MapQuantity {
  return { id, ...TABLE[id] };
}

export function isQuantity(id: unknown): id is QuantityId {
  return QUANTITIES.some((each) => each === id);
}

function deadShare({ channelHealth, magnitude, count }: RecordSummary): number {
  if (channelHealth !== undefined) {
    const { channels, zero, constant, unlisted = 0 } = channelHealth;
    return (zero.length + constant.length + unlisted) / channels;
  }
  const channels = magnitude?.channels;
  return channels === undefined || count / channels < HEALTH_ELEMENTS ? Number.NaN : 0;
}

function saturatedShare({ saturation }: RecordSummary, layer: Pick<LayerEntry, 'module'>): number {
  if (saturation === undefined) return Number.NaN;
  if (isTanh(layer)) return saturation.tanh;
  return isSigmoid(layer) ? saturation.sigmoid : Number.NaN;
}

/** Whether nothing of the raw values moves: every channel has the same value everywhere, or there are only zeros. */
export function isDead(summary: RecordSummary): boolean {
  return deadShare(summary) === 1 || (summary.finite > 0 && summary.zeros === summary.finite);
}
