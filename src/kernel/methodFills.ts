import type { ElementCounts, FirstNonFinite, Method, Range, UnitStatistics } from '../protocol/analysis';
import type { MethodSketch, RecordSketch } from './analyseRecord';
import { type Distances, distances } from './distance';
import { chooseGrid, type Grid, isTooCoarse, toHalfSketches, toSketch } from './grid';
import type { Knobs } from './knobs';
import type { Extent } from './layoutAxes';
import type { ValueSample } from './measures';
import {
  type FineName,
  type MethodPlan,
  meanSquareOf,
  type Normalization,
  normalization,
  planMethods,
  type UndefinedPlan,
} from './methods';
import { emptyMoments, type Moments, mergeAffine, varianceOf } from './moments';
import { unitAt } from './partition';
import { percentilesOf } from './percentile';
import { cellsOf, type Sketch } from './sketch';

/** One method's histogram of a record, to be filled. */
export interface MethodFill {
  readonly plan: MethodPlan;
  /** Moments of the fine units that the method's are merged from. */
  readonly moments: Moments;
  readonly normal: Normalization;
  /** Moments of the whole record after the method, as the one unit 0. */
  readonly total: Moments;
  grid: Grid;
  /** Moments of each channel after the method; to be filled too where they do not follow from the units'. */
  readonly channels: Moments | undefined;
}

/** A record's methods on the way to its sketch. */
export interface MethodFills {
  readonly plans: readonly (MethodPlan | UndefinedPlan)[];
  /** Those that are defined and have a finite value. */
  readonly fills: readonly MethodFill[];
  /** Those whose grids turned out too coarse, with finer empty ones; their channels are filled already. */
  refine(): readonly MethodFill[];
  finish(
    counts: ElementCounts,
    firstNonFinite: FirstNonFinite | undefined,
    withUnits: boolean,
  ): RecordSketch<Sketch>;
}

/** From the fine units' moments and a sample of the values. */
export function methodFills(
  extent: Extent,
  knobs: Knobs,
  fine: (name: FineName) => Moments,
  sample: ValueSample,
): MethodFills {
  const plans = planMethods(extent, knobs);
  const fills: MethodFill[] = [];
  for (const plan of plans) {
    if ('undefined' in plan) continue;
    const moments = fine(plan.fine);
    const normal = normalization(plan, moments, knobs.epsilon);
    const total = affineTotal(normal);
    const grid = chooseGrid(normalizedSample(sample, plan, normal), total.min[0], total.max[0]);
    const channels = plan.channelOf === undefined ? emptyMoments(extent.channels) : undefined;
    fills.push({ plan, moments, normal, total, grid, channels });
  }
  return {
    plans,
    fills: fills.filter(({ total }) => total.count[0] > 0),
    refine: () => {
      const coarse = fills.filter(({ grid, total }) => needsFinerGrid(grid, total));
      for (const fill of coarse) fill.grid = finerGrid(fill);
      return coarse.map((fill) => ({ ...fill, channels: undefined }));
    },
    finish: (counts, firstNonFinite, withUnits) => {
      const methods = Object.fromEntries(
        plans.map((plan) => {
          if ('undefined' in plan) return [plan.method, { undefined: plan.undefined }];
          const fill = fills.find((each) => each.plan === plan);
          return [
            plan.method,
            fill === undefined ? undefined : summarizeFill(extent, fill, counts.zeros, withUnits),
          ];
        }),
      ) as RecordSketch<Sketch>['methods'];
      const sketch = { ...knobs, counts, methods };
      return firstNonFinite === undefined ? sketch : { ...sketch, firstNonFinite };
    },
  };
}

/** More values do not choose a grid better. */
const MOST_SAMPLED = 4096;

/** The finite sampled values after a method, sorted. */
function normalizedSample(
  { values, n, c, p }: ValueSample,
  { partition }: MethodPlan,
  { shift, scale }: Normalization,
): Float64Array {
  const stride = Math.ceil(values.length / MOST_SAMPLED);
  const normalized = new Float64Array(Math.ceil(values.length / Math.max(1, stride)));
  let finite = 0;
  for (let k = 0; k < values.length; k += stride) {
    if (values[k] - values[k] !== 0) continue;
    const unit = unitAt(partition, n[k], c[k], p[k]);
    normalized[finite++] = (values[k] - shift[unit]) * scale[unit];
  }
  return normalized.subarray(0, finite).sort();
}

/** Moments of the whole record after the method: exact from those of its units, since the map of each is affine. */
function affineTotal({ moments, shift, scale }: Normalization): Moments {
  const total = emptyMoments(1);
  for (let unit = 0; unit < moments.units; unit++)
    mergeAffine(total, 0, moments, unit, shift[unit], scale[unit]);
  return total;
}

function needsFinerGrid(grid: Grid, total: Moments): boolean {
  const [p15, p85] = percentilesOf(toSketch(grid, total.min[0], total.max[0], 0), [15, 85]);
  return isTooCoarse(grid.width, p15, p85);
}

/** The sample misled: choose again from what the first histogram shows. */
function finerGrid({ grid, total }: MethodFill): Grid {
  const [min, max] = [total.min[0], total.max[0]];
  const levels = Array.from({ length: 1001 }, (_, i) => i / 10);
  return chooseGrid(Float64Array.from(percentilesOf(toSketch(grid, min, max, 0), levels)), min, max);
}

function summarizeFill(
  extent: Extent,
  { plan, moments, normal, total, grid, channels }: MethodFill,
  zeros: number,
  withUnits: boolean,
): MethodSketch<Sketch> {
  const [min, max] = [total.min[0], total.max[0]];
  const units = normal.moments;
  const isRaw = plan.method === 'none';
  const ofChannels = channels ?? channelMoments(extent.channels, plan, moments, normal);
  const spreadOf = plan.method === 'rms' ? meanSquareOf : varianceOf;
  return {
    sketch: toSketch(grid, min, max, isRaw ? zeros : 0),
    mean: total.count[0] === 0 ? Number.NaN : total.mean[0],
    variance: varianceOf(total, 0),
    unitCount: isRaw ? 0 : units.units,
    ...(isRaw
      ? {}
      : {
          unitMean: rangeOver(units, (unit) => units.mean[unit]),
          unitVariance: rangeOver(units, (unit) => spreadOf(units, unit)),
        }),
    ...(withUnits && !isRaw ? { units: unitStatistics(plan.method, units) } : {}),
    channelMean: ofChannels.mean.map((mean, c) => (ofChannels.count[c] === 0 ? Number.NaN : mean)),
    channelStd: ofChannels.m2.map((_, c) => Math.sqrt(varianceOf(ofChannels, c))),
    ...(extent.samples < 2 ? {} : { halves: halfDistances(grid, min, max) }),
  };
}

function halfDistances(grid: Grid, min: number, max: number): Distances {
  const [even, odd] = toHalfSketches(grid, min, max);
  return distances(cellsOf(even), cellsOf(odd));
}

/** Over the units that have a finite value; NaN where none has. */
function rangeOver({ units, count }: Moments, statistic: (unit: number) => number): Range {
  let min = Number.NaN;
  let max = Number.NaN;
  for (let unit = 0; unit < units; unit++) {
    if (count[unit] === 0) continue;
    const value = statistic(unit);
    if (!(value >= min)) min = value;
    if (!(value <= max)) max = value;
  }
  return { min, max };
}

function unitStatistics(method: Method, units: Moments): UnitStatistics {
  const each = (statistic: (unit: number) => number) =>
    Array.from({ length: units.units }, (_, unit) =>
      units.count[unit] === 0 ? Number.NaN : statistic(unit),
    );
  return method === 'rms'
    ? { meanSquare: each((unit) => meanSquareOf(units, unit)) }
    : { mean: each((unit) => units.mean[unit]), variance: each((unit) => varianceOf(units, unit)) };
}

function channelMoments(
  channels: number,
  { channelOf, unitOf }: MethodPlan,
  moments: Moments,
  { shift, scale }: Normalization,
): Moments {
  const target = emptyMoments(channels);
  for (let unit = 0; unit < moments.units; unit++) {
    const own = unitOf(unit);
    mergeAffine(target, channelOf?.(unit) ?? 0, moments, unit, shift[own], scale[own]);
  }
  return target;
}
