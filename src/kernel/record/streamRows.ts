import type { ChannelAffine, LayerParameters } from '../methods/layerParameters';
import {
  type FineName,
  finePartitions,
  type MethodPlan,
  planMethods,
  type UndefinedPlan,
} from '../methods/methodPlan';
import { unitAt, wholePartition } from '../methods/partition';
import type { RecordOptions } from '../methods/recordOptions';
import { acquireArena } from '../simd/wasmArena';
import { inScratch } from '../statistics/bufferPool';
import { chooseGrid, quantilesOf } from '../statistics/grid';
import {
  coarsen,
  emptyMoments,
  type Moments,
  mergeUnit,
  momentsOfUnit,
  type Values,
} from '../statistics/moments';
import type { Sketch } from '../statistics/sketch';
import { type LayoutAxes, sampleRange } from '../tensor/layoutAxes';
import { chunkLength } from '../tensor/traversal';
import type { ValueStream } from '../tensor/valueStream';
import { afterAffine, derivedMethods, totalOfUnits } from './derivedMethods';
import {
  finerGrid,
  gridCounter,
  type MethodHistogram,
  methodHistograms,
  needsFinerGrid,
  summarizeHistogram,
} from './methodHistograms';
import { momentsPass } from './momentsPass';
import { needsChannels, type PlannedMethod, plannedMethods } from './plannedMethods';
import type { RecordSketch } from './recordSketch';
import { placedSample, type SamplePlaces, samplePlaces, sampler } from './sample';
import { type CountedPart, countsOf } from './sufficientStatistics';
import { mergeUnitFigures, NO_UNITS, type UnitFigures, unitFigures } from './unitFigures';
import { channelMomentsBuilder, histogramBuilders } from './valueHistograms';

/** Bytes of the moments and the map of one unit, about. */
const UNIT_BYTES = 56;
/** Bytes for the units of all rows above which only the units of the current rows are kept. */
const MAX_UNIT_BYTES = 128 * 2 ** 20;

/** Returns whether a record is rows of channels, and has too many of them to keep the moments of every unit. */
export function areManyRows(axes: LayoutAxes, { groups }: Pick<RecordOptions, 'groups'>): boolean {
  const [outer, inner] = axes.memory;
  const isRows = axes.positions === 1 && axes.memory.length === 2 && outer.role === 'n' && inner.role === 'c';
  const rows = chunkLength(axes) / axes.channels;
  // A chunk starts with an even sample, because even and odd ones are counted separately.
  return isRows && rows % 2 === 0 && axes.samples * (1 + groups) * UNIT_BYTES > MAX_UNIT_BYTES;
}

/** The rows of one chunk, the first of which is sample number `first`. */
interface Rows {
  readonly axes: LayoutAxes;
  readonly first: number;
  /** A view that the next allocation in the arena invalidates. */
  values(): Values;
}

/** A method whose units each lie in one row: what is collected of it in the first pass. */
interface RowMethod {
  readonly plan: MethodPlan;
  affine: ChannelAffine | undefined;
  units: UnitFigures;
  /** Moments of all x̂; and of each channel's x̂, if γ and β are applied to it. */
  readonly all: Moments;
  readonly channels: Moments;
  /** Values after the method, from which its grid is chosen. */
  readonly sample: number[];
}

type RowHistogram = Pick<MethodHistogram, 'plan' | 'total' | 'grid' | 'channels' | 'fillsChannels'> &
  Pick<RowMethod, 'units'>;

/**
 * Analyzes a record of very many rows as `streamRecord` does, but keeps no moments of units: each unit lies in one row,
 * so the second pass computes the units of the rows at hand again. Statistics of single units are not available.
 */
export async function streamRows(
  axes: LayoutAxes,
  stream: ValueStream,
  recordOptions: RecordOptions,
  parameters: LayerParameters = {},
): Promise<RecordSketch<Sketch>> {
  // Tables have an arena of their own: that of the stream must not grow while the next chunk is read into it.
  const arena = stream.arena && acquireArena();
  const plans = planMethods(axes, recordOptions);
  const ofRows = plans.filter(isOfRows);
  const ofWhole = plans.filter((plan) => !isOfRows(plan));

  /** Visits every chunk's rows. What a visit allocates is released after it. */
  const forEachRows = (visit: (rows: Rows) => void) =>
    stream.forEach((chunk, from) => {
      arena?.clear();
      arena?.values(chunk.length).set(chunk);
      const values = () => arena?.values(chunk.length) ?? chunk;
      inScratch(() => visit({ ...rowsAt(axes, from, chunk.length), values }));
    });
  const planOf = recent((rows: LayoutAxes) => ({
    fine: finePartitions(rows, recordOptions),
    plans: planMethods(rows, recordOptions).filter(isOfRows),
  }));
  const momentsOf = (rows: Rows) => {
    const pass = momentsPass(rows.axes, planOf(rows.axes).fine, arena);
    pass.add(rows.values(), 0);
    return pass.finish();
  };
  const planned = (rows: Rows, fine: ReadonlyMap<FineName, Moments>): readonly PlannedMethod[] =>
    plannedMethods(
      rows.axes,
      planOf(rows.axes).plans,
      recordOptions,
      (name) => fine.get(name) ?? emptyMoments(0),
      parameters,
    );

  try {
    const sample = sampler(axes);
    const places = samplePlaces(axes);
    const channels = emptyMoments(axes.channels);
    const parts: CountedPart[] = [];
    const methods = ofRows.map((plan) => emptyMethod(plan, axes.channels));
    await forEachRows((rows) => {
      const values = rows.values();
      sample.add(values, rows.first * axes.channels);
      const { moments, ...counted } = momentsOf(rows);
      parts.push({ axes: { samples: rows.axes.samples }, ...counted });
      const ofChannels = moments.get('channel') ?? emptyMoments(0);
      for (let c = 0; c < ofChannels.units; c++) mergeUnit(channels, c, ofChannels, c);
      for (const [i, method] of planned(rows, moments).entries())
        addRows(methods[i], method, rows, places, axes.channels);
    });

    const whole = methodHistograms(
      { extent: axes, recordOptions, plans: ofWhole },
      derivedMethods(
        axes,
        plannedMethods(axes, ofWhole, recordOptions, () => channels, parameters),
        placedSample(axes, sample.finish()),
        () => channels,
        arena,
      ),
      arena,
    );
    const gridCountsOf = gridCounter(arena);
    const own = methods.map((method) => rowHistogram(axes, method));
    const fill = (ofRecord: readonly MethodHistogram[], each: readonly RowHistogram[]) =>
      forEachRows((rows) => {
        const methods = planned(rows, momentsOf(rows).moments);
        arena?.clear();
        const histograms = each.map((histogram) => ({
          ...(methods.find(({ plan }) => plan.method === histogram.plan.method) as PlannedMethod),
          ...histogram,
        }));
        const builders = histogramBuilders(rows.axes, [...ofRecord, ...histograms], 0, arena, false);
        for (const builder of builders) builder.add(rows.values(), 0);
        for (const builder of builders) builder.finish();
      });
    await fill(
      whole.all,
      own.filter(({ total }) => total.count > 0),
    );
    const [coarse, coarseOwn] = [
      whole.refine(),
      own.filter((histogram) => needsFinerGrid(histogram, gridCountsOf)),
    ];
    for (const histogram of coarseOwn) histogram.grid = finerGrid(histogram, gridCountsOf);
    if (coarse.length + coarseOwn.length > 0)
      await fill(
        coarse,
        coarseOwn.map((histogram) => ({ ...histogram, fillsChannels: false })),
      );

    const { counts, firstNonFinite } = countsOf({ parts, sampleAxis: axes.sampleAxis });
    const sketch = whole.finish(counts, firstNonFinite, false);
    const summarized = own.map(
      (histogram) =>
        [
          histogram.plan.method,
          summarizeHistogram(axes, histogram, gridCountsOf, 0, histogram.units),
        ] as const,
    );
    const all = { ...sketch.methods, ...Object.fromEntries(summarized) };
    return {
      ...sketch,
      methods: Object.fromEntries(
        plans.map(({ method }) => [method, all[method]]),
      ) as RecordSketch<Sketch>['methods'],
    };
  } finally {
    arena?.release();
  }
}

/** Keeps the last result: all chunks but the last have the same number of rows. */
function recent<T>(of: (rows: LayoutAxes) => T): (rows: LayoutAxes) => T {
  let latest: { readonly samples: number; readonly result: T } | undefined;
  return (rows) => {
    if (latest?.samples !== rows.samples) latest = { samples: rows.samples, result: of(rows) };
    return latest.result;
  };
}

function isOfRows(plan: MethodPlan | UndefinedPlan): plan is MethodPlan {
  return !('reason' in plan) && plan.method !== 'none' && plan.method !== 'batch';
}

function rowsAt(axes: LayoutAxes, from: number, length: number): Pick<Rows, 'axes' | 'first'> {
  const first = from / axes.channels;
  const range = sampleRange(axes, first, first + length / axes.channels);
  if (range === undefined) throw new Error('Rows are contiguous samples.');
  return { axes: range.axes, first };
}

function emptyMethod(plan: MethodPlan, channels: number): RowMethod {
  return {
    plan,
    affine: undefined,
    units: NO_UNITS,
    all: emptyMoments(1),
    channels: emptyMoments(channels),
    sample: [],
  };
}

/** Adds the units of some rows, and the values after the method at those of the places that lie in the rows. */
function addRows(
  target: RowMethod,
  method: PlannedMethod,
  { axes, first, values }: Rows,
  { n, c }: SamplePlaces,
  channels: number,
): void {
  const { plan, normal, affine } = method;
  target.affine = affine;
  target.units = mergeUnitFigures(target.units, unitFigures(plan.method, normal.moments));
  if (needsChannels(method)) channelMomentsBuilder(axes, method, 0, target.channels).add(values(), 0);
  else mergeUnit(target.all, 0, totalOfUnits(normal), 0);
  for (let k = 0; k < n.length; k++) {
    const row = n[k] - first;
    if (row < 0 || row >= axes.samples) continue;
    const x = values()[row * channels + c[k]];
    const unit = unitAt(plan.partition, row, c[k], 0);
    const y = (x - normal.shift[unit]) * normal.scale[unit];
    if (x - x === 0)
      target.sample.push(affine === undefined ? y : y * affine.gamma[c[k]] + affine.beta[c[k]]);
  }
}

function rowHistogram(
  axes: LayoutAxes,
  { plan, affine, units, all, channels, sample }: RowMethod,
): RowHistogram {
  const ofChannels = affine === undefined ? emptyMoments(axes.channels) : afterAffine(channels, affine);
  const total = momentsOfUnit(affine === undefined ? all : coarsen(ofChannels, wholePartition(axes)), 0);
  return {
    plan,
    units,
    total,
    channels: ofChannels,
    fillsChannels: affine === undefined,
    grid: chooseGrid(quantilesOf(Float64Array.from(sample)), total.min, total.max),
  };
}
