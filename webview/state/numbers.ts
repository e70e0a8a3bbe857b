import { t } from '@vscode/l10n';
import {
  isDefined,
  METHODS,
  type Method,
  type RankSpread,
  type RunningGap,
  type ShiftMetrics,
} from '../../src/model/analysis';
import { methodName } from '../format';
import type { Selection } from './selection';

/** One line of the table of numbers: a statistic of every method. */
export interface NumbersRow {
  /** Stable name of the statistic. */
  readonly field: string;
  /** The name that a person reads. */
  readonly label: string;
  /** The definition, in a sentence. */
  readonly title: string;
  readonly values: Readonly<Record<Method, number | undefined>>;
  /** How large the values are that the statistic is made from, which its rounding error is relative to. */
  readonly scale: CellOf;
}

type CellOf = (method: Method) => number | undefined;

/** The statistics behind what is drawn of the record in view. */
export function numbersRows(
  { summary, shift }: Pick<Selection, 'summary' | 'shift'>,
  percentiles: readonly number[],
): NumbersRow[] {
  const of = (method: Method) => {
    const each = summary?.methods[method];
    return each !== undefined && isDefined(each) ? each : undefined;
  };
  const largest: CellOf = (method) => {
    const figures = of(method);
    return figures && Math.max(Math.abs(figures.min), Math.abs(figures.max));
  };
  return [
    row('mean', t('mean µ'), t('Mean after the method'), (method) => of(method)?.mean, largest),
    row(
      'variance',
      t('variance σ²'),
      t('Biased variance after the method'),
      (method) => of(method)?.variance,
    ),
    row('min', t('min'), t('Smallest value'), (method) => of(method)?.min),
    ...percentiles.map((percentile, i) =>
      row(
        `p${percentile}`,
        `p${percentile}`,
        t('Percentile {0}', percentile),
        (method) => of(method)?.percentiles[i],
      ),
    ),
    row('max', t('max'), t('Largest value'), (method) => of(method)?.max),
    row(
      'unitCount',
      t('units'),
      t('Number of units: sets of elements that share one mean and variance'),
      (method) => (method === 'none' ? undefined : of(method)?.unitCount),
    ),
    row(
      'unitMeanMin',
      t('smallest unit µ'),
      t('Smallest mean of a unit before the method'),
      (method) => of(method)?.unitMean?.min,
    ),
    row(
      'unitMeanMax',
      t('largest unit µ'),
      t('Largest mean of a unit before the method'),
      (method) => of(method)?.unitMean?.max,
    ),
    row(
      'unitVarianceMin',
      t('smallest unit σ²'),
      t('Smallest variance of a unit before the method; for RMS the mean of squares'),
      (method) => of(method)?.unitVariance?.min,
    ),
    row(
      'unitVarianceMax',
      t('largest unit σ²'),
      t('Largest variance of a unit before the method; for RMS the mean of squares'),
      (method) => of(method)?.unitVariance?.max,
    ),
    ...shiftRows((method) => shift?.methods[method]),
    ...rankRows(summary?.rankSpread),
    ...runningRows(summary?.runningGap),
    row(
      'noiseFloorW1',
      t('batch noise W1/σ'),
      t('Wasserstein-1 distance between the even and the odd samples of this step, over the reference σ'),
      (method) => shift?.methods[method]?.noiseFloor?.w1,
    ),
  ];
}

/**
 * How far the record is from the reference step. The distances of location, scale and shape are bounds of W1 and no parts: by
 * way of s rescaled to σ_t and then moved to µ_t, W1/σ_s ≤ location + scale + σ_t/σ_s · shape, and W1/σ_s ≥ location, because
 * x is 1-Lipschitz [Villani 2009, eq. 6.3].
 */
function shiftRows(of: (method: Method) => ShiftMetrics | undefined): NumbersRow[] {
  return [
    row(
      'w1',
      t('shift W1/σ'),
      t('Wasserstein-1 distance from the reference step, over the reference σ'),
      (method) => of(method)?.w1,
    ),
    row(
      'w1Location',
      `  ${t('lower bound: location')}`,
      t('Distance if only the mean had changed: |Δµ|/σ. The shift is at least as large.'),
      (method) => of(method)?.w1Location,
      ONE,
    ),
    row(
      'w1Bound',
      `  ${t('upper bound')}`,
      t('location + scale + shape · σ/reference σ. The shift is at most as large.'),
      (method) => upperBound(of(method)),
      ONE,
    ),
    row(
      'w1Scale',
      `    ${t('scale')}`,
      t('Distance if only σ had changed; no part of the shift, but a term of its upper bound'),
      (method) => of(method)?.w1Scale,
      ONE,
    ),
    row(
      'w1Shape',
      `    ${t('shape')}`,
      t('Distance after both distributions are standardized; times σ/reference σ, a term of the upper bound'),
      (method) => of(method)?.w1Shape,
      ONE,
    ),
    row('ks', t('KS'), t('Kolmogorov–Smirnov statistic'), (method) => of(method)?.ks),
    row('js', t('JS (bits)'), t('Jensen–Shannon divergence'), (method) => of(method)?.js),
    row(
      'meanShift',
      t('Δµ/σ'),
      t('Change of the mean, over the reference σ'),
      (method) => of(method)?.meanShift,
      ONE,
    ),
    row(
      'logStdRatio',
      t('ln(σ/reference σ)'),
      t('Logarithm of the ratio of the standard deviations'),
      (method) => of(method)?.logStdRatio,
      ONE,
    ),
    row(
      'channelFrechet',
      t('mean channel shift'),
      t('Mean over channels of the Fréchet distance √(Δµ² + Δσ²), over the reference σ'),
      (method) => of(method)?.channelFrechet,
    ),
  ];
}

function upperBound(metrics: ShiftMetrics | undefined): number | undefined {
  if (metrics === undefined) return undefined;
  const { w1Location, w1Scale, w1Shape, logStdRatio } = metrics;
  return w1Location + w1Scale + Math.exp(logStdRatio) * w1Shape;
}

/** How far train mode is from evaluation mode; only if batch normalization with running statistics reads the layer. */
function runningRows(gap: RunningGap | undefined): NumbersRow[] {
  if (gap === undefined) return [];
  return [
    row(
      'runningGapMean',
      t('µ − running µ'),
      t('Root mean square over channels of the batch mean minus the running mean, in running σ'),
      ofBatch(gap.mean),
    ),
    row(
      'runningGapGreatest',
      `  ${t('largest')}`,
      t(
        'Largest distance of a batch mean from the running mean, in running σ: channel {0}',
        gap.greatestChannel,
      ),
      ofBatch(gap.greatestMean),
    ),
    row(
      'runningGapVariance',
      t('σ² − running σ²'),
      t(
        'Root mean square over channels of the batch variance (unbiased, as the running variance is) minus the running variance, over the running variance',
      ),
      ofBatch(gap.variance),
    ),
  ];
}

/** The price of normalizing each rank by itself, for batch normalization; only if ranks are shown together. */
function rankRows(spread: RankSpread | undefined): NumbersRow[] {
  if (spread === undefined) return [];
  return [
    row(
      'rankSpreadMean',
      t('µ over ranks'),
      t(
        'Standard deviation of the batch mean over ranks, in σ of the channel; mean over channels; ranks {0}',
        spread.ranks.join(', '),
      ),
      ofBatch(spread.mean),
    ),
    row(
      'rankSpreadGreatest',
      `  ${t('largest')}`,
      t(
        'Largest standard deviation of the batch mean over ranks, in σ of the channel: channel {0}',
        spread.greatestChannel,
      ),
      ofBatch(spread.greatest),
    ),
  ];
}

/** Figures that are made from numbers of about 1 have this scale. */
const ONE: CellOf = () => 1;
/** Rounding errors of float64 sums, relative to what is summed: 16 digits, less those that many values cost. */
const ROUNDING = 1e-14;

/** 0 in place of a rounding error. */
export function withoutRounding(value: number | undefined, scale: number | undefined): number | undefined {
  return value !== undefined && Math.abs(value) <= ROUNDING * (scale ?? 0) ? 0 : value;
}

function row(field: string, label: string, title: string, cell: CellOf, scale: CellOf = () => 0): NumbersRow {
  const values = Object.fromEntries(METHODS.map((method) => [method, cell(method)]));
  return { field, label, title, values: values as NumbersRow['values'], scale };
}

function ofBatch(value: number): CellOf {
  return (method) => (method === 'batch' ? value : undefined);
}

/** The exact value of a cell, for machines: numbers at full precision. */
export function exactCell(value: number | undefined): string {
  return value === undefined ? '' : String(value);
}

/** The table as tab-separated text at full precision, for a spreadsheet. */
export function numbersAsText(rows: readonly NumbersRow[]): string {
  const header = ['statistic', ...METHODS.map(methodName)];
  const lines = rows.map(({ field, values }) => [
    field,
    ...METHODS.map((method) => exactCell(values[method])),
  ]);
  return [header, ...lines].map((cells) => cells.join('\t')).join('\n');
}
