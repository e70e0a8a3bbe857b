import type { ElementCounts, FirstNonFinite, Method, Range, UnitStatistics } from '../protocol/analysis';
import type { MethodSketch, RecordSketch } from './analyseRecord';
import { type Distances, distances } from './distance';
import { chooseGrid, type Grid, isTooCoarse, toHalfSketches, toSketch } from './grid';
import type { Knobs } from './knobs';
import type { Extent } from './layoutAxes';
import { type ChannelAffine, channelAffine, type Learned } from './learned';
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
import { coarsen, emptyMoments, type Moments, type UnitMaps, varianceOf } from './moments';
import { unitAt } from './partition';
import { percentilesOf } from './percentile';
import { cellsOf, type Sketch } from './sketch';

/** One method's histogram of a record, to be filled. */
export interface MethodFill {
  readonly plan: MethodPlan;
  readonly normal: Normalization;
  /** What follows the method's own map; absent for `none`, and where nothing was learned. */
  readonly affine: ChannelAffine | undefined;
  /** Maps of the fine units, where each lies in one channel. */
  readonly maps: UnitMaps | undefined;
  /** Moments of the whole record after the method, as the one unit 0. */
  readonly total: Moments;
  grid: Grid;
  /** Moments of each channel after the method; to be filled too where they do not follow from the units'. */
  readonly channels: Moments;
  readonly fillsChannels: boolean;
}

/** A record's methods on the way to its sketch. */
export interface MethodFills {
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

/** A record's methods under the knobs: which moments they need, and their normalizations. */
export interface PlannedMethod {
  readonly plan: MethodPlan;
  /** Moments of the fine units that the method's are merged from. */
  readonly fine: Moments;
  /** The method's unit of each fine unit. */
  readonly targets: Int32Array;
  readonly normal: Normalization;
  readonly affine: ChannelAffine | undefined;
}

export interface MethodPlans {
  readonly extent: Extent;
  readonly knobs: Knobs;
  readonly plans: readonly (MethodPlan | UndefinedPlan)[];
  readonly methods: readonly PlannedMethod[];
}

export function planFills(
  extent: Extent,
  knobs: Knobs,
  fine: (name: FineName) => Moments,
  learned: Learned = {},
): MethodPlans {
  const plans = planMethods(extent, knobs);
  const affine = channelAffine(extent.channels, learned);
  const methods = plans
    .filter((plan): plan is MethodPlan => !('undefined' in plan))
    .map((plan) => {
      const moments = fine(plan.fine);
      const targets = fineTargets(plan, extent, moments.units);
      const own = coarsen(moments, plan.partition.units, targets);
      const normal = normalization(plan, own, knobs.epsilon, learned);
      return { plan, fine: moments, targets, normal, affine: plan.method === 'none' ? undefined : affine };
    });
  return { extent, knobs, plans, methods };
}

/** Whether a method's outcome follows from moments of its channels before γ and β alone, which must be collected. */
export function needsChannels({ plan, affine }: PlannedMethod): boolean {
  return affine !== undefined && plan.channelOf === undefined;
}

/**
 * Chooses the grids, by a sample of the values. `channelsOf` gives each channel's moments of x̂ where a method
 * {@link needsChannels}.
 */
export function methodFills(
  { extent, knobs, plans, methods }: MethodPlans,
  sample: ValueSample,
  channelsOf: (method: PlannedMethod) => Moments,
): MethodFills {
  const fills = methods.map((method): MethodFill => {
    const { plan, fine, targets, normal, affine } = method;
    const { channelOf } = plan;
    const channelIds = channelOf && numbered(fine.units, channelOf);
    const maps = fineMaps(targets, normal, affine, channelIds);
    const ofChannels =
      channelIds !== undefined
        ? coarsen(fine, extent.channels, channelIds, maps)
        : affine !== undefined
          ? afterAffine(channelsOf(method), affine)
          : emptyMoments(extent.channels);
    // With γ and β the maps of fine units that span channels are not those of their values.
    const total =
      channelIds === undefined && affine !== undefined
        ? coarsen(ofChannels, 1)
        : coarsen(fine, 1, undefined, maps);
    return {
      plan,
      normal,
      affine,
      maps: channelIds === undefined ? undefined : maps,
      total,
      grid: chooseGrid(normalizedSample(sample, plan, normal, affine), total.min[0], total.max[0]),
      channels: ofChannels,
      fillsChannels: channelIds === undefined && affine === undefined,
    };
  });
  return {
    fills: fills.filter(({ total }) => total.count[0] > 0),
    refine: () => {
      const coarse = fills.filter(({ grid, total }) => needsFinerGrid(grid, total));
      for (const fill of coarse) fill.grid = finerGrid(fill);
      return coarse.map((fill) => ({ ...fill, fillsChannels: false }));
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
  affine: ChannelAffine | undefined,
): Float64Array {
  const stride = Math.ceil(values.length / MOST_SAMPLED);
  const normalized = new Float64Array(Math.ceil(values.length / Math.max(1, stride)));
  let finite = 0;
  for (let k = 0; k < values.length; k += stride) {
    if (values[k] - values[k] !== 0) continue;
    const unit = unitAt(partition, n[k], c[k], p[k]);
    const y = (values[k] - shift[unit]) * scale[unit];
    normalized[finite++] = affine === undefined ? y : y * affine.gamma[c[k]] + affine.beta[c[k]];
  }
  return normalized.subarray(0, finite).sort();
}

/** The method's unit of each fine unit. */
function fineTargets(
  { fine, partition, unitOf }: MethodPlan,
  { channels }: Extent,
  units: number,
): Int32Array {
  if (fine !== 'sampleChannel') return numbered(units, unitOf);
  const { nStride, channelUnit } = partition;
  const targets = new Int32Array(units);
  for (let from = 0, first = 0; from < units; from += channels, first += nStride)
    for (let c = 0; c < channels; c++) targets[from + c] = first + channelUnit[c];
  return targets;
}

function numbered(length: number, numberOf: (index: number) => number): Int32Array {
  const numbers = new Int32Array(length);
  for (let i = 0; i < length; i++) numbers[i] = numberOf(i);
  return numbers;
}

/** The map of every fine unit: its method's, then γ and β of its channel. */
function fineMaps(
  targets: Int32Array,
  { shift, scale }: Normalization,
  affine: ChannelAffine | undefined,
  channelIds: Int32Array | undefined,
): UnitMaps {
  const maps = {
    shift: new Float64Array(targets.length),
    scale: new Float64Array(targets.length),
    offset: new Float64Array(targets.length),
  };
  for (let unit = 0; unit < targets.length; unit++) {
    maps.shift[unit] = shift[targets[unit]];
    maps.scale[unit] = scale[targets[unit]];
  }
  if (affine === undefined || channelIds === undefined) return maps;
  for (let unit = 0; unit < targets.length; unit++) {
    maps.scale[unit] *= affine.gamma[channelIds[unit]];
    maps.offset[unit] = affine.beta[channelIds[unit]];
  }
  return maps;
}

/** Moments of the channels' values y = x̂·γ + β from those of x̂. */
function afterAffine(channels: Moments, { gamma, beta }: ChannelAffine): Moments {
  const same = Int32Array.from(gamma, (_, c) => c);
  return coarsen(channels, channels.units, same, {
    shift: new Float64Array(channels.units),
    scale: gamma,
    offset: beta,
  });
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
  { plan, normal, total, grid, channels: ofChannels }: MethodFill,
  zeros: number,
  withUnits: boolean,
): MethodSketch<Sketch> {
  const [min, max] = [total.min[0], total.max[0]];
  const units = normal.moments;
  const isRaw = plan.method === 'none';
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
