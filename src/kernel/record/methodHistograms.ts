import type { ElementCounts, FirstNonFinite, Method, NotApplicable } from '../../model/analysis';
import type { ChannelAffine } from '../methods/layerParameters';
import type { MethodPlan, Normalization } from '../methods/methodPlan';
import type { UnitMaps } from '../methods/partition';
import { gridCountsSimd } from '../simd/gridCountsSimd';
import type { WasmArena } from '../simd/wasmArena';
import {
  chooseGrid,
  type Grid,
  type GridCounts,
  gridCounts,
  isTooCoarse,
  quantilesOf,
  toSketch,
} from '../statistics/grid';
import { emptyMoments, type Moments, type UnitMoments, varianceOf } from '../statistics/moments';
import { percentilesOf } from '../statistics/percentile';
import type { Sketch } from '../statistics/sketch';
import type { Extent } from '../tensor/layoutAxes';
import { batchError } from './batchError';
import type { ChannelFigures, DerivedMethod } from './derivedMethods';
import type { MethodPlans, PlannedMethod } from './plannedMethods';
import type { MethodSketch, RecordSketch } from './recordSketch';
import { peaks, placeOfPeak } from './unitExtremes';
import type { UnitFigures } from './unitFigures';

/** One method's histogram of a record, to be filled. */
export interface MethodHistogram {
  readonly plan: MethodPlan;
  readonly normal: Normalization;
  /** The learned affine map after the method's own map; absent for `none`, and without learned parameters. */
  readonly affine: ChannelAffine | undefined;
  /** The complete map of each unit; absent if units span channels with different affine maps. */
  readonly maps: UnitMaps | undefined;
  /** Moments of the whole record after the method. */
  readonly total: UnitMoments;
  grid: Grid;
  /**
   * Moments of each channel after the method. If they do not follow from the units' moments, filling the histogram sets
   * them.
   */
  readonly channels: Moments;
  readonly fillsChannels: boolean;
  /** Figures of the channels, if they are known before. */
  readonly channelFigures?: ChannelFigures;
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

/** Chooses the grids. With an arena, its loops walk over the filled ones. */
export function methodHistograms(
  { extent, recordOptions, plans }: MethodPlans,
  methods: readonly DerivedMethod[],
  arena: WasmArena | undefined,
): MethodHistograms {
  const gridCountsOf = gridCounter(arena);
  const byNormal = new Map<Normalization, MethodHistogram & Pick<DerivedMethod, 'unitFigures'>>();
  for (const method of methods) {
    const { plan, normal, affine, maps, total, channels, channelFigures, quantiles, unitFigures } = method;
    if (byNormal.has(normal)) continue;
    byNormal.set(normal, {
      plan,
      normal,
      affine,
      maps,
      total,
      unitFigures,
      grid: chooseGrid(quantiles, total.min, total.max),
      channels: channels ?? emptyMoments(extent.channels),
      fillsChannels: channels === undefined,
      ...(channelFigures && { channelFigures }),
    });
  }
  const histograms = [...byNormal.values()];
  return {
    all: histograms.filter(({ total }) => total.count > 0),
    refine: () => {
      const coarse = histograms.filter((histogram) => needsFinerGrid(histogram, gridCountsOf));
      for (const histogram of coarse) histogram.grid = finerGrid(histogram, gridCountsOf);
      return coarse.map((histogram) => ({ ...histogram, fillsChannels: false }));
    },
    finish: (counts, firstNonFinite, withUnits) => {
      const summaries = new Map<Normalization, MethodSketch<Sketch>>();
      for (const [normal, histogram] of byNormal) {
        const ofUnits = histogram.unitFigures(withUnits);
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

type FilledGrid = Pick<MethodHistogram, 'grid' | 'total'>;
type GridCounter = (grid: Grid) => GridCounts;

/** Walks over each filled grid once; with an arena, in its loop. */
export function gridCounter(arena: WasmArena | undefined): GridCounter {
  const counted = new Map<Grid, GridCounts>();
  return (grid) => {
    const known = grid.counted ?? counted.get(grid);
    if (known !== undefined) return known;
    const counts = arena === undefined ? gridCounts(grid) : gridCountsSimd(arena, grid);
    counted.set(grid, counts);
    return counts;
  };
}

/** Returns whether the sample from which the grid was chosen was misleading. */
export function needsFinerGrid({ grid, total }: FilledGrid, gridCountsOf: GridCounter): boolean {
  return total.min < total.max && isTooCoarse(gridCountsOf(grid));
}

/** Chooses a grid again, from the first histogram. */
export function finerGrid({ grid, total }: FilledGrid, gridCountsOf: GridCounter): Grid {
  const { min, max } = total;
  const levels = Array.from({ length: 1001 }, (_, i) => i / 10);
  const sketch = toSketch(grid, gridCountsOf(grid), { min, max, zeros: 0 });
  return chooseGrid(quantilesOf(Float64Array.from(percentilesOf(sketch, levels))), min, max);
}

/** Summarizes a filled histogram, with the figures of the method's units. */
export function summarizeHistogram(
  { samples }: Extent,
  {
    plan,
    total,
    grid,
    channels,
    channelFigures = channelFiguresOf(plan, channels),
  }: Pick<MethodHistogram, 'plan' | 'total' | 'grid' | 'channels' | 'channelFigures'>,
  gridCountsOf: GridCounter,
  zeros: number,
  ofUnits: UnitFigures,
): MethodSketch<Sketch> {
  const { count, mean, m2, min, max } = total;
  const isRaw = plan.method === 'none';
  const counts = gridCountsOf(grid);
  return {
    sketch: toSketch(grid, counts, { min, max, zeros: isRaw ? zeros : 0 }),
    mean: count === 0 ? Number.NaN : mean,
    variance: count === 0 ? Number.NaN : m2 / count,
    ...ofUnits,
    ...channelFigures,
    ...(samples < 2 ? {} : { halves: counts.halves }),
  };
}

function channelFiguresOf({ method }: MethodPlan, channels: Moments): ChannelFigures {
  const channelMean = new Float64Array(channels.units);
  const channelStd = new Float64Array(channels.units);
  for (let c = 0; c < channels.units; c++) {
    channelMean[c] = channels.count[c] === 0 ? Number.NaN : channels.mean[c];
    channelStd[c] = Math.sqrt(varianceOf(channels, c));
  }
  return { channelMean, channelStd, ...(method === 'none' && { channelPeak: peaks(channels) }) };
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
