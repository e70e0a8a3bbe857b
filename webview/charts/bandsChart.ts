import { t } from '@vscode/l10n';
import type { ChartConfiguration, ChartDataset, Point } from 'chart.js';
import type { Range } from '../../src/model/analysis';
import type { Theme } from '../theme';
import { linearAxis } from './axes';
import { fade } from './colors';
import { type CurvePoint, decimate } from './decimate';
import { type MarkedSteps, stepChartOptions } from './stepChartOptions';

/** The percentiles of one method over training; NaN if a step has not been computed or has none. */
export interface Bands {
  readonly steps: readonly number[];
  /** One row for each percentile, one value for each step. */
  readonly percentiles: readonly { readonly percentile: number; readonly values: ArrayLike<number> }[];
}

/** The smallest and largest value of the bands; undefined if they have none. */
export function bandsRange(bands: Bands): Range | undefined {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const { values } of bands.percentiles) {
    for (let i = 0; i < values.length; i++) {
      if (values[i] < min) min = values[i];
      if (values[i] > max) max = values[i];
    }
  }
  return min <= max ? { min, max } : undefined;
}

/** Columns that a curve is drawn in: as many as a wide chart has pixels. */
const COLUMNS = 160;

export interface BandsOptions extends MarkedSteps {
  readonly color: string;
  readonly theme: Theme;
  /** The range that all methods share; absent if each has its own. */
  readonly yRange: Range | undefined;
  /** The bands of the run that is compared with, as lines without areas. */
  readonly other?: { readonly bands: Bands; readonly name: string };
  /** Points of the curves drawn before, a row for each percentile: they are reused. */
  readonly points?: CurvePoint[][];
}

/**
 * Percentile bands over training steps [Ioffe & Szegedy 2015, fig. 1 b, c; Wu & He 2018, fig. 6]: the area between
 * each percentile and its mirror image is filled, and the median is drawn strong.
 */
export function bandsChart(bands: Bands, options: BandsOptions): ChartConfiguration<'line', Point[]> {
  const { theme, color, points = [] } = options;
  const last = bands.percentiles.length - 1;
  const datasets = bands.percentiles.map(({ percentile, values }, i): ChartDataset<'line', Point[]> => {
    const isMiddle = percentile === 50;
    // The curve joins over steps without a value, so that it shows early while gaps are halved. It leaves out points
    // that no pixel can show.
    points[i] = decimate(bands.steps, values, COLUMNS, [options.step, options.reference], points[i]);
    return {
      label: `p${percentile}`,
      data: points[i],
      borderColor: isMiddle ? color : fade(color, 0.65),
      borderWidth: isMiddle ? 1.75 : 1,
      backgroundColor: fade(color, 0.16),
      pointRadius: bands.steps.length === 1 ? 2 : 0,
      pointHitRadius: 4,
      fill: i < last - i ? last - i : false,
    };
  });
  if (options.other !== undefined) datasets.push(...outlines(options.other, options, points));
  const shared = stepChartOptions(bothExtents(bands.steps, options.other?.bands.steps), options, theme);
  const fixedAxis = { ...linearAxis(theme), ...options.yRange, grace: 0 };
  return {
    type: 'line',
    data: { datasets },
    options:
      options.yRange === undefined ? shared : { ...shared, scales: { ...shared.scales, y: fixedAxis } },
  };
}

/** Dash of the other run's bands, as of its distribution. */
const DASH = [4, 2];

/** The bands of the other run: dashed lines, of which the middle one is strong. Their points follow those of the bands. */
function outlines(
  { bands, name }: NonNullable<BandsOptions['other']>,
  { theme, step, reference }: BandsOptions,
  points: CurvePoint[][],
): readonly ChartDataset<'line', Point[]>[] {
  return bands.percentiles.map(({ percentile, values }, i) => {
    const at = bands.percentiles.length + i;
    points[at] = decimate(bands.steps, values, COLUMNS, [step, reference], points[at]);
    return {
      label: t('{0}, p{1}', name, percentile),
      data: points[at],
      borderColor: theme.muted,
      borderWidth: percentile === 50 ? 1.75 : 1,
      borderDash: DASH,
      pointRadius: bands.steps.length === 1 ? 2 : 0,
      pointHitRadius: 4,
      fill: false,
    };
  });
}

/** The first and the last step of both runs. */
function bothExtents(steps: readonly number[], others: readonly number[] = []): readonly number[] {
  const ends = [steps[0], steps.at(-1), others[0], others.at(-1)].filter((step) => step !== undefined);
  return others.length === 0 || ends.length === 0 ? steps : [Math.min(...ends), Math.max(...ends)];
}
