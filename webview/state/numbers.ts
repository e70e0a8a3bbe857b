import {
  isDefined,
  METHODS,
  type Method,
  type RankSpread,
  type RunningGap,
  type ShiftMetrics,
} from '../../src/model/analysis';
import { METHOD_NAMES } from '../format';
import type { Selection } from './selection';

/** One line of the table of numbers: a statistic of every method. */
export interface NumbersRow {
  /** Stable name of the statistic. */
  readonly field: string;
  /** What a person reads. */
  readonly label: string;
  /** What it is, in a sentence. */
  readonly title: string;
  readonly values: Readonly<Record<Method, number | undefined>>;
}

const SHIFTS: readonly { field: keyof ShiftMetrics & string; label: string; title: string }[] = [
  { field: 'w1', label: 'W1/σ', title: 'Wasserstein-1 distance from the reference step over its σ' },
  { field: 'w1Location', label: '  location', title: 'Part of it that moving the mean makes: |Δµ|/σ' },
  { field: 'w1Scale', label: '  scale', title: 'Part of it that changing σ makes' },
  { field: 'w1Shape', label: '  shape', title: 'Distance that is left when both are standardized' },
  { field: 'ks', label: 'KS', title: 'Kolmogorov–Smirnov statistic' },
  { field: 'js', label: 'JS (bits)', title: 'Jensen–Shannon divergence' },
  { field: 'meanShift', label: 'Δµ/σ', title: 'Change of the mean over the reference σ' },
  { field: 'logStdRatio', label: 'ln σt/σs', title: 'Logarithm of the ratio of standard deviations' },
  { field: 'channelFrechet', label: 'per channel', title: 'Mean over channels of √(Δµ² + Δσ²)/σ' },
];

const OF_A_UNIT = 'of a unit, before the method';

/** The statistics behind what is drawn of the record in view. */
export function numbersRows({ summary, shift }: Selection, percentiles: readonly number[]): NumbersRow[] {
  const row = (
    field: string,
    label: string,
    title: string,
    cell: (method: Method) => number | undefined,
  ): NumbersRow => ({
    field,
    label,
    title,
    values: Object.fromEntries(METHODS.map((method) => [method, cell(method)])) as NumbersRow['values'],
  });
  const of = (method: Method) => {
    const each = summary?.methods[method];
    return each !== undefined && isDefined(each) ? each : undefined;
  };
  return [
    row('mean', 'mean µ', 'Mean after the method', (method) => of(method)?.mean),
    row('variance', 'variance σ²', 'Biased variance after the method', (method) => of(method)?.variance),
    row('min', 'min', 'Least value', (method) => of(method)?.min),
    ...percentiles.map((percentile, i) =>
      row(
        `p${percentile}`,
        `p${percentile}`,
        `Percentile ${percentile}`,
        (method) => of(method)?.percentiles[i],
      ),
    ),
    row('max', 'max', 'Greatest value', (method) => of(method)?.max),
    row('unitCount', 'units', 'Sets of elements that share one mean and variance', (method) =>
      method === 'none' ? undefined : of(method)?.unitCount,
    ),
    row('unitMeanMin', 'unit µ least', `Least mean ${OF_A_UNIT}`, (method) => of(method)?.unitMean?.min),
    row(
      'unitMeanMax',
      'unit µ greatest',
      `Greatest mean ${OF_A_UNIT}`,
      (method) => of(method)?.unitMean?.max,
    ),
    row(
      'unitVarianceMin',
      'unit σ² least',
      `Least variance ${OF_A_UNIT}; for RMS the mean of squares`,
      (method) => of(method)?.unitVariance?.min,
    ),
    row(
      'unitVarianceMax',
      'unit σ² greatest',
      `Greatest variance ${OF_A_UNIT}; for RMS the mean of squares`,
      (method) => of(method)?.unitVariance?.max,
    ),
    ...SHIFTS.map(({ field, label, title }) =>
      row(field, label, title, (method) => shift?.methods[method]?.[field] as number | undefined),
    ),
    ...rankRows(summary?.rankSpread, row),
    ...runningRows(summary?.runningGap, row),
    row(
      'noiseFloorW1',
      'noise floor W1/σ',
      'Distance between the even and the odd samples of this step',
      (method) => shift?.methods[method]?.noiseFloor?.w1,
    ),
  ];
}

type MakeRow = (
  field: string,
  label: string,
  title: string,
  cell: (method: Method) => number | undefined,
) => NumbersRow;

/** How far train mode is from evaluation mode; only where batch normalization with running statistics reads the layer. */
function runningRows(gap: RunningGap | undefined, row: MakeRow): NumbersRow[] {
  if (gap === undefined) return [];
  const ofBatch = (value: number) => (method: Method) => (method === 'batch' ? value : undefined);
  return [
    row(
      'runningGapMean',
      'µ − running µ',
      'Root mean square over channels of the batch mean minus the running mean, in running σ',
      ofBatch(gap.mean),
    ),
    row(
      'runningGapGreatest',
      '  greatest',
      `Greatest distance of a batch mean from the running mean, in running σ: channel ${gap.greatestChannel}`,
      ofBatch(gap.greatestMean),
    ),
    row(
      'runningGapVariance',
      'σ² − running σ²',
      'Root mean square over channels of the batch variance (unbiased, as the running one) minus the running variance, over the latter',
      ofBatch(gap.variance),
    ),
  ];
}

/** What batch normalization pays for normalizing each rank by itself; only where ranks are shown together. */
function rankRows(spread: RankSpread | undefined, row: MakeRow): NumbersRow[] {
  if (spread === undefined) return [];
  const [what, ranks] = ['of the batch mean over ranks, in σ of the channel', spread.ranks.join(', ')];
  const ofBatch = (value: number) => (method: Method) => (method === 'batch' ? value : undefined);
  return [
    row(
      'rankSpreadMean',
      'µ over ranks',
      `Standard deviation ${what}, mean over channels; ranks ${ranks}`,
      ofBatch(spread.mean),
    ),
    row(
      'rankSpreadGreatest',
      '  greatest',
      `Standard deviation ${what}, greatest: channel ${spread.greatestChannel}`,
      ofBatch(spread.greatest),
    ),
  ];
}

/** The exact value of a cell, for machines: numbers at full precision. */
export function exactCell(value: number | undefined): string {
  return value === undefined ? '' : String(value);
}

/** The table as tab-separated text at full precision, for a spreadsheet. */
export function numbersAsText(rows: readonly NumbersRow[]): string {
  const header = ['statistic', ...METHODS.map((method) => METHOD_NAMES[method])];
  const lines = rows.map(({ field, values }) => [
    field,
    ...METHODS.map((method) => exactCell(values[method])),
  ]);
  return [header, ...lines].map((cells) => cells.join('\t')).join('\n');
}
