import type { ElementCounts, FirstNonFinite, Method, Range, UnitStatistics } from '../protocol/analysis';
import { METHODS } from '../protocol/analysis';
import { accumulator } from './accumulate';
import { type ChannelSums, channelSums } from './channelSums';
import { type Distances, distances } from './distance';
import { elementCounter } from './elementCounts';
import { type Filler, filler } from './fill';
import { chooseGrid, type Grid, isTooCoarse, toHalfSketches, toSketch } from './grid';
import type { Knobs } from './knobs';
import type { Lane } from './lane';
import type { LayoutAxes } from './layoutAxes';
import {
  type FineName,
  finePartitions,
  type MethodPlan,
  meanSquareOf,
  type Normalization,
  normalization,
  planMethods,
} from './methods';
import { emptyMoments, type Moments, mergeAffine, type Values, varianceOf } from './moments';
import { percentilesOf } from './percentile';
import { sampler } from './sample';
import { type CellSketch, cellsOf, type Sketch } from './sketch';

/**
 * Everything that is kept of one record: enough for every figure and chart without the file. The sketches are dyadic
 * grids, or cells of their own where the file held distributions in place of values.
 */
export interface RecordSketch<S extends Sketch | CellSketch = Sketch | CellSketch> extends Knobs {
  readonly counts: ElementCounts;
  readonly firstNonFinite?: FirstNonFinite;
  readonly methods: Readonly<Record<Method, MethodSketch<S> | { readonly undefined: string }>>;
}

/** One method's distribution on one record. */
export interface MethodSketch<S extends Sketch | CellSketch = Sketch | CellSketch> {
  readonly sketch: S;
  readonly mean: number;
  /** Biased. */
  readonly variance: number;
  readonly unitCount: number;
  readonly unitMean?: Range;
  readonly unitVariance?: Range;
  readonly units?: UnitStatistics;
  /** Mean and biased standard deviation of each channel; NaN where it has no finite value. */
  readonly channelMean: Float64Array;
  readonly channelStd: Float64Array;
  /** Distances between the even and the odd samples, in the unit of x; absent with under two samples. */
  readonly halves?: Distances;
}

/** A record's values in memory order, chunk by chunk; can be read more than once. */
export interface ValueStream {
  forEach(visit: (values: Values, from: number) => void): Promise<void>;
  /** Whose memory the values are in, where the fast loops may be used. */
  readonly lane?: Lane;
}

/**
 * Analyses one record in two passes: moments of the finest units, from which every method's units follow; then one
 * histogram a method over the normalized values.
 */
export async function analyseRecord(
  axes: LayoutAxes,
  stream: ValueStream,
  knobs: Knobs,
  withUnits: boolean,
): Promise<RecordSketch<Sketch>> {
  const plans = planMethods(axes, knobs);
  const counter = elementCounter(axes, stream.lane);
  const sample = sampler(axes.size);
  const accumulators = [...finePartitions(axes, knobs)].map(
    ([name, partition]) => [name, accumulator(axes, partition, stream.lane)] as const,
  );
  await stream.forEach((values, from) => {
    counter.add(values, from);
    sample.add(values, from);
    for (const [, each] of accumulators) each.add(values, from);
  });
  const fine = new Map(accumulators.map(([name, each]) => [name, each.finish()]));
  const { counts, firstNonFinite } = counter.finish();

  const fills: MethodFill[] = [];
  for (const plan of plans) {
    if ('undefined' in plan) continue;
    const moments = finer(fine, plan.fine);
    const normal = normalization(plan, moments, knobs.epsilon);
    const total = affineTotal(normal);
    const grid = chooseGrid(sample.normalized(axes, plan.partition, normal), total.min[0], total.max[0]);
    const channels =
      plan.channelOf === undefined ? channelSums(axes, plan.partition, normal, stream.lane) : undefined;
    fills.push({ plan, moments, normal, total, grid, channels });
  }
  await fillAll(axes, stream, fills);
  const tooCoarse = fills.filter(({ grid, total }) => needsFinerGrid(grid, total));
  if (tooCoarse.length > 0) {
    for (const fill of tooCoarse) fill.grid = finerGrid(fill);
    await fillAll(
      axes,
      stream,
      tooCoarse.map((fill) => ({ ...fill, channels: undefined })),
    );
  }

  const methods = Object.fromEntries(
    plans.map((plan) => {
      if ('undefined' in plan) return [plan.method, { undefined: plan.undefined }];
      const fill = fills.find((each) => each.plan === plan);
      return [
        plan.method,
        fill === undefined ? undefined : summarizeFill(axes, fill, counts.zeros, withUnits),
      ];
    }),
  ) as RecordSketch<Sketch>['methods'];
  const sketch = { ...knobs, counts, methods };
  return firstNonFinite === undefined ? sketch : { ...sketch, firstNonFinite };
}

interface MethodFill {
  readonly plan: MethodPlan;
  readonly moments: Moments;
  readonly normal: Normalization;
  /** Moments of the whole record after the method, as the one unit 0. */
  readonly total: Moments;
  grid: Grid;
  readonly channels: ChannelSums | undefined;
}

function finer(fine: ReadonlyMap<FineName, Moments>, name: FineName): Moments {
  const moments = fine.get(name);
  if (moments === undefined) throw new Error(`No moments were collected for ${name}.`);
  return moments;
}

/** Moments of the whole record after the method: exact from those of its units, since the map of each is affine. */
function affineTotal({ moments, shift, scale }: Normalization): Moments {
  const total = emptyMoments(1);
  for (let unit = 0; unit < moments.units; unit++)
    mergeAffine(total, 0, moments, unit, shift[unit], scale[unit]);
  return total;
}

async function fillAll(axes: LayoutAxes, stream: ValueStream, fills: readonly MethodFill[]): Promise<void> {
  const fillers: Filler[] = [];
  for (const { plan, normal, grid, channels, total } of fills) {
    if (total.count[0] === 0) continue;
    fillers.push(filler(axes, plan.partition, normal, grid, stream.lane));
    if (channels !== undefined) fillers.push(channels);
  }
  await stream.forEach((values, from) => {
    for (const each of fillers) each.add(values, from);
  });
  for (const each of fillers) each.finish();
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
  axes: LayoutAxes,
  { plan, moments, normal, total, grid, channels }: MethodFill,
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
    ...(channels === undefined
      ? channelsFromMoments(axes, plan, moments, normal)
      : channelsFromSums(channels)),
    ...(axes.samples < 2 ? {} : { halves: halfDistances(grid, min, max) }),
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

function channelsFromMoments(
  axes: LayoutAxes,
  { channelOf, unitOf }: MethodPlan,
  moments: Moments,
  { shift, scale }: Normalization,
): Pick<MethodSketch, 'channelMean' | 'channelStd'> {
  const target = emptyMoments(axes.channels);
  for (let unit = 0; unit < moments.units; unit++) {
    const own = unitOf(unit);
    mergeAffine(target, channelOf?.(unit) ?? 0, moments, unit, shift[own], scale[own]);
  }
  return {
    channelMean: target.mean.map((mean, c) => (target.count[c] === 0 ? Number.NaN : mean)),
    channelStd: target.m2.map((_, c) => Math.sqrt(varianceOf(target, c))),
  };
}

function channelsFromSums(sums: ChannelSums): Pick<MethodSketch, 'channelMean' | 'channelStd'> {
  const offset = sums.sum.map((sum, c) => sum / sums.count[c]);
  return {
    channelMean: offset.map((each, c) => sums.origin[c] + each),
    channelStd: sums.squares.map((squares, c) =>
      Math.sqrt(Math.max(0, squares / sums.count[c] - offset[c] ** 2)),
    ),
  };
}

/** Bytes that a sketch keeps in memory, about. */
export function sketchBytes({ methods }: RecordSketch): number {
  let bytes = 512;
  for (const method of METHODS) {
    const each = methods[method];
    if ('undefined' in each) continue;
    const { sketch, channelMean } = each;
    bytes += 16 * channelMean.length + 256;
    bytes +=
      'cells' in sketch
        ? 16 * sketch.cells.counts.length
        : sketch.counts.byteLength + 32 * (sketch.below.size + sketch.above.size);
  }
  return bytes;
}
