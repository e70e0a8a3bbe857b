import type { ElementCounts, FirstNonFinite, Method, NotApplicable } from '../../model/analysis';
import { type ChannelAffine, channelAffine, type LayerParameters } from '../methods/layerParameters';
import {
  areEqualMethods,
  type FineName,
  type MethodPlan,
  type Normalization,
  normalization,
  planMethods,
  type UndefinedPlan,
} from '../methods/methodPlan';
import {
  channelPartition,
  groupPartition,
  type Partition,
  type UnitMaps,
  unitAt,
  wholePartition,
} from '../methods/partition';
import type { RecordOptions } from '../methods/recordOptions';
import { gridCountsSimd } from '../simd/gridCountsSimd';
import { quantilesSimd } from '../simd/quantilesSimd';
import type { WasmArena } from '../simd/wasmArena';
import { acquireZeros } from '../statistics/bufferPool';
import {
  chooseGrid,
  type Grid,
  type GridCounts,
  gridCounts,
  isTooCoarse,
  quantilesOf,
  toSketch,
} from '../statistics/grid';
import { type Coarsen, coarsen, emptyMoments, type Moments, varianceOf } from '../statistics/moments';
import { percentilesOf } from '../statistics/percentile';
import type { Sketch } from '../statistics/sketch';
import type { Extent } from '../tensor/layoutAxes';
import { batchError } from './batchError';
import type { MethodSketch, RecordSketch } from './recordSketch';
import type { ValueSample } from './sufficientStatistics';
import { peaks, placeOfPeak } from './unitExtremes';
import { type UnitFigures, unitFigures } from './unitFigures';

/** One method's histogram of a record, to be filled. */
export interface MethodHistogram {
  readonly plan: MethodPlan;
  readonly normal: Normalization;
  /** The learned affine map after the method's own map; absent for `none`, and without learned parameters. */
  readonly affine: ChannelAffine | undefined;
  /** The complete map of each unit; absent if units span channels with different affine maps. */
  readonly maps: UnitMaps | undefined;
  /** Moments of the whole record after the method, as the one unit 0. */
  readonly total: Moments;
  grid: Grid;
  /**
   * Moments of each channel after the method. If they do not follow from the units' moments, filling the histogram sets
   * them.
   */
  readonly channels: Moments;
  readonly fillsChannels: boolean;
}

/** A record's methods, during the computation of its sketch. Methods with equal results share one histogram. */
export interface MethodHistograms {
  /** Those of the methods that apply and have a finite value. */
  readonly all: readonly MethodHistogram[];
  /**
   * Returns those whose grids turned out too coarse, with finer empty grids. Their channels are already filled.
   */
  refine(): readonly MethodHistogram[];
  finish(
    counts: ElementCounts,
    firstNonFinite: FirstNonFinite | undefined,
    withUnits: boolean,
  ): RecordSketch<Sketch>;
}

/** A record's method under the options: its normalization, and the results that follow from moments. */
export interface PlannedMethod {
  readonly plan: MethodPlan;
  readonly normal: Normalization;
  readonly affine: ChannelAffine | undefined;
  readonly maps: UnitMaps | undefined;
  /** Moments of each channel's x̂; absent if units span channels. */
  readonly channels: Moments | undefined;
}

export interface MethodPlans {
  readonly extent: Extent;
  readonly recordOptions: RecordOptions;
  readonly plans: readonly (MethodPlan | UndefinedPlan)[];
  readonly methods: readonly PlannedMethod[];
}

/** Plans every method, or only one: the others are not in the sketch then. */
export function planHistograms(
  extent: Extent,
  recordOptions: RecordOptions,
  fine: (name: FineName) => Moments,
  parameters: LayerParameters = {},
  merge: Coarsen = coarsen,
  only?: Method,
): MethodPlans {
  const plans = planMethods(extent, recordOptions).filter(
    ({ method }) => only === undefined || method === only,
  );
  const methods = plannedMethods(extent, plans, recordOptions, fine, parameters, merge);
  return { extent, recordOptions, plans, methods };
}

/**
 * Plans only these methods, for example those whose units are the samples at hand. Methods with equal results share one
 * normalization, and what follows from it.
 */
export function plannedMethods(
  extent: Extent,
  plans: readonly (MethodPlan | UndefinedPlan)[],
  { epsilon }: Pick<RecordOptions, 'epsilon'>,
  fine: (name: FineName) => Moments,
  parameters: LayerParameters = {},
  merge: Coarsen = coarsen,
): readonly PlannedMethod[] {
  const affine = channelAffine(extent.channels, parameters);
  const merged = mergedMoments(extent, fine, merge);
  const methods: PlannedMethod[] = [];
  for (const plan of plans) {
    if ('reason' in plan) continue;
    const equal = methods.find((each) => areEqualMethods(each.plan, plan, parameters));
    if (equal !== undefined) {
      methods.push({ ...equal, plan });
      continue;
    }
    const normal = normalization(plan, merged.ofUnits(plan), epsilon, parameters);
    const own = plan.method === 'none' ? undefined : affine;
    methods.push({
      plan,
      normal,
      affine: own,
      maps: mapsOf(extent, plan, normal, own),
      channels: plan.isWithinChannels ? merged.ofChannels(plan, normal) : undefined,
    });
  }
  return methods;
}

/**
 * Merges fine units into the moments of the methods' units and channels. Moments that several methods share are merged
 * once.
 */
function mergedMoments(extent: Extent, fine: (name: FineName) => Moments, merge: Coarsen) {
  const done = new Map<Partition, Moments>();
  const channels = channelPartition(extent);
  const merged = (name: FineName, partition: Partition): Moments => {
    const source = fine(name);
    // Partitions with the same number of units have the same units.
    if (partition.units === source.units) return source;
    const moments = done.get(partition) ?? merge(source, partition);
    done.set(partition, moments);
    return moments;
  };
  return {
    ofUnits: ({ method, fine: name, partition }: MethodPlan) =>
      method === 'none' ? merge(merged(name, channels), partition) : merged(name, partition),
    /** Returns the channels' moments after a method whose fine units each belong to one channel. */
    ofChannels: ({ fine: name, partition: division }: MethodPlan, { shift, scale }: Normalization): Moments =>
      // A map that is the same for all samples is also the channel's map.
      merge(division.nStride === 0 ? merged(name, channels) : fine(name), channels, {
        division,
        shift,
        scale,
      }),
  };
}

/** Adds γ and β to the maps of the fine units; all elements of a fine unit's channel share one γ and one β. */
function mapsOf(
  extent: Extent,
  { fine, partition, isWithinChannels }: MethodPlan,
  { shift, scale }: Normalization,
  affine: ChannelAffine | undefined,
): UnitMaps | undefined {
  if (affine === undefined) return { partition, shift, scale };
  if (!isWithinChannels) return undefined;
  const { channels } = extent;
  const own = fine === 'channel' ? channelPartition(extent) : groupPartition(extent, channels);
  const maps = {
    partition: own,
    shift: new Float64Array(own.units),
    scale: new Float64Array(own.units),
    offset: new Float64Array(own.units),
  };
  for (let unit = 0; unit < own.units; unit++) {
    const c = unit % channels;
    const of = unitAt(partition, (unit - c) / channels, c, 0);
    maps.shift[unit] = shift[of];
    maps.scale[unit] = scale[of] * affine.gamma[c];
    maps.offset[unit] = affine.beta[c];
  }
  return maps;
}

/**
 * Returns whether a method's result follows only from the moments of its channels before γ and β, which must be
 * collected.
 */
export function needsChannels({ affine, channels }: PlannedMethod): boolean {
  return affine !== undefined && channels === undefined;
}

/**
 * Chooses the grids from a sample of the values. `channelsOf` returns each channel's moments of x̂ if a method {@link
 * needsChannels}. With an arena, its loops walk over the filled grids.
 */
export function methodHistograms(
  { extent, recordOptions, plans, methods }: MethodPlans,
  sample: ValueSample,
  channelsOf: (method: PlannedMethod) => Moments,
  arena: WasmArena | undefined,
): MethodHistograms {
  const gridCountsOf = gridCounter(arena);
  const quantiles = arena === undefined ? quantilesOf : (of: Float64Array) => quantilesSimd(arena, of);
  const byNormal = new Map<Normalization, MethodHistogram>();
  for (const method of methods) {
    const { plan, normal, affine, maps } = method;
    if (byNormal.has(normal)) continue;
    const ofXhat = needsChannels(method) ? channelsOf(method) : method.channels;
    const channels = ofXhat && (affine === undefined ? ofXhat : afterAffine(ofXhat, affine));
    const total = channels === undefined ? totalOfUnits(normal) : coarsen(channels, wholePartition(extent));
    byNormal.set(normal, {
      plan,
      normal,
      affine,
      maps,
      total,
      grid: chooseGrid(quantiles(normalizedSample(sample, plan, normal, affine)), total.min[0], total.max[0]),
      channels: channels ?? emptyMoments(extent.channels),
      fillsChannels: channels === undefined,
    });
  }
  const histograms = [...byNormal.values()];
  return {
    all: histograms.filter(({ total }) => total.count[0] > 0),
    refine: () => {
      const coarse = histograms.filter((histogram) => needsFinerGrid(histogram, gridCountsOf));
      for (const histogram of coarse) histogram.grid = finerGrid(histogram, gridCountsOf);
      return coarse.map((histogram) => ({ ...histogram, fillsChannels: false }));
    },
    finish: (counts, firstNonFinite, withUnits) => {
      const summaries = new Map<Normalization, MethodSketch<Sketch>>();
      for (const [normal, histogram] of byNormal) {
        const ofUnits = unitFigures(histogram.plan.method, normal.moments, withUnits);
        summaries.set(normal, summarizeHistogram(extent, histogram, gridCountsOf, counts.zeros, ofUnits));
      }
      const sketches: Partial<Record<Method, MethodSketch<Sketch> | NotApplicable>> = {};
      for (const plan of plans) {
        if ('reason' in plan) sketches[plan.method] = { reason: plan.reason };
        const method = methods.find((each) => each.plan === plan);
        const summary = method && summaries.get(method.normal);
        if (summary !== undefined) sketches[plan.method] = summary;
      }
      return {
        ...recordOptions,
        counts,
        methods: sketches as RecordSketch<Sketch>['methods'],
        ...(firstNonFinite === undefined ? {} : { firstNonFinite }),
        ...spreadOfSamples(extent, methods),
        ...peakPlace(extent, methods),
      };
    },
  };
}

/** Maximum number of sampled values; more do not improve the choice of a grid. */
const MAX_SAMPLED = 512;

/** Returns the finite sampled values after a method. */
function normalizedSample(
  { values, n, c, p }: ValueSample,
  { partition }: MethodPlan,
  { shift, scale }: Normalization,
  affine: ChannelAffine | undefined,
): Float64Array {
  const stride = Math.ceil(values.length / MAX_SAMPLED);
  const normalized = acquireZeros(Math.ceil(values.length / Math.max(1, stride)));
  let finite = 0;
  for (let k = 0; k < values.length; k += stride) {
    if (values[k] - values[k] !== 0) continue;
    const unit = unitAt(partition, n[k], c[k], p[k]);
    const y = (values[k] - shift[unit]) * scale[unit];
    normalized[finite++] = affine === undefined ? y : y * affine.gamma[c[k]] + affine.beta[c[k]];
  }
  return normalized.subarray(0, finite);
}

/** Divisions that merge all units into one, and that keep each unit. */
const ONE = { units: 1, nStride: 0, channelUnit: new Int32Array(1) };
const EACH = { ...ONE, nStride: 1 };

/** Returns the moments of all x̂ as one unit, from those of the units. */
export function totalOfUnits({ moments, shift, scale }: Normalization): Moments {
  return coarsen(moments, ONE, { division: EACH, shift, scale });
}

/** Returns the moments of the channels' values y = x̂·γ + β, from those of x̂. */
export function afterAffine(channels: Moments, { gamma, beta }: ChannelAffine): Moments {
  const { units } = channels;
  const division = channelPartition({ samples: 1, channels: units, positions: 1 });
  const shift = new Float64Array(units);
  const scaled = coarsen(channels, division, { division, shift, scale: gamma });
  for (const column of [scaled.mean, scaled.min, scaled.max])
    for (let c = 0; c < units; c++) column[c] += beta[c];
  return scaled;
}

type FilledGrid = Pick<MethodHistogram, 'grid' | 'total'>;
type GridCounter = (grid: Grid) => GridCounts;

/** Walks over each filled grid once; with an arena, in its loop. */
export function gridCounter(arena: WasmArena | undefined): GridCounter {
  const counted = new WeakMap<Grid, GridCounts>();
  return (grid) => {
    const counts =
      grid.counted ??
      counted.get(grid) ??
      (arena === undefined ? gridCounts(grid) : gridCountsSimd(arena, grid));
    counted.set(grid, counts);
    return counts;
  };
}

/** Returns whether the sample from which the grid was chosen was misleading. */
export function needsFinerGrid({ grid, total }: FilledGrid, gridCountsOf: GridCounter): boolean {
  return total.min[0] < total.max[0] && isTooCoarse(gridCountsOf(grid));
}

/** Chooses a grid again, from the first histogram. */
export function finerGrid({ grid, total }: FilledGrid, gridCountsOf: GridCounter): Grid {
  const [min, max] = [total.min[0], total.max[0]];
  const levels = Array.from({ length: 1001 }, (_, i) => i / 10);
  const sketch = toSketch(grid, gridCountsOf(grid), { min, max, zeros: 0 });
  return chooseGrid(quantilesOf(Float64Array.from(percentilesOf(sketch, levels))), min, max);
}

/** Summarizes a filled histogram, with the figures of the method's units. */
export function summarizeHistogram(
  { samples }: Extent,
  { plan, total, grid, channels }: Pick<MethodHistogram, 'plan' | 'total' | 'grid' | 'channels'>,
  gridCountsOf: GridCounter,
  zeros: number,
  ofUnits: UnitFigures,
): MethodSketch<Sketch> {
  const [min, max] = [total.min[0], total.max[0]];
  const isRaw = plan.method === 'none';
  const counts = gridCountsOf(grid);
  return {
    sketch: toSketch(grid, counts, { min, max, zeros: isRaw ? zeros : 0 }),
    mean: total.count[0] === 0 ? Number.NaN : total.mean[0],
    variance: varianceOf(total, 0),
    ...ofUnits,
    ...channelFigures(channels),
    ...(isRaw ? { channelPeak: peaks(channels) } : {}),
    ...(samples < 2 ? {} : { halves: counts.halves }),
  };
}

function channelFigures(channels: Moments): Pick<MethodSketch, 'channelMean' | 'channelStd'> {
  const channelMean = new Float64Array(channels.units);
  const channelStd = new Float64Array(channels.units);
  for (let c = 0; c < channels.units; c++) {
    channelMean[c] = channels.count[c] === 0 ? Number.NaN : channels.mean[c];
    channelStd[c] = Math.sqrt(varianceOf(channels, c));
  }
  return { channelMean, channelStd };
}

/** Uses the moments of each sample's channels, which are also those of instance normalization. */
function spreadOfSamples(
  { samples, channels }: Extent,
  methods: readonly PlannedMethod[],
): Pick<RecordSketch, 'batchError'> {
  const instance = methods.find(({ plan }) => plan.method === 'instance');
  const error = instance && batchError(instance.normal.moments, samples, channels);
  return error === undefined ? {} : { batchError: error };
}

/** Returns the location of the peak if layer normalization's units are single positions. */
function peakPlace(
  { positions }: Extent,
  methods: readonly PlannedMethod[],
): Pick<RecordSketch, 'peakPlace'> {
  const layer = methods.find(({ plan }) => plan.fine === 'samplePosition');
  if (layer === undefined) return {};
  return { peakPlace: placeOfPeak(layer.normal.moments, positions) };
}
