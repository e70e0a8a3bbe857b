import type { Method } from '../../model/analysis';
import { hasParameters, type LayerParameters } from '../methods/layerParameters';
import { type FineName, finePartitions } from '../methods/methodPlan';
import type { RecordOptions } from '../methods/recordOptions';
import { ownedMoments } from '../simd/arenaMoments';
import { coarsenMomentsSimd } from '../simd/coarsenMoments';
import { acquireArena, MIN_VALUES, type WasmArena } from '../simd/wasmArena';
import { inScratch } from '../statistics/bufferPool';
import { coarsen, emptyMoments, type Moments, type Values } from '../statistics/moments';
import type { Sketch } from '../statistics/sketch';
import type { TensorAxes } from '../tensor/layoutAxes';
import { chunkLength } from '../tensor/traversal';
import { accumulator } from './accumulateMoments';
import { type DerivedMethod, derivedMethods } from './derivedMethods';
import { type MethodHistogram, methodHistograms } from './methodHistograms';
import { ownedSketch } from './packedSketch';
import { type MethodPlans, type PlannedMethod, plannedMethods, recordPlans } from './plannedMethods';
import { rebinBlocks } from './rebinBlocks';
import type { RecordSketch } from './recordSketch';
import { placedSample, sampler } from './sample';
import { simdMethods } from './simdMethods';
import {
  countsOf,
  extentOf,
  fineMoments,
  type KeptValues,
  type MeasuredPart,
  type SufficientStatistics,
  type ValueSample,
} from './sufficientStatistics';
import { channelMomentsBuilder, histogramBuilders } from './valueHistograms';

export interface DeriveOptions {
  /** Whether to include the statistics of every unit. */
  readonly withUnits?: boolean;
  /** Options that apply to every method: γ and β, and running statistics instead of batch statistics. */
  readonly parameters?: LayerParameters;
  /** The only method that the sketch needs to have. */
  readonly only?: Method;
}

/**
 * Derives a record's sketch under the options from its statistics alone. Throws if they were measured with another
 * scope of layer normalization. Values may be borrowed from `streamArena`, whose memory is used.
 */
export function deriveSketch(
  statistics: SufficientStatistics,
  recordOptions: RecordOptions,
  options: DeriveOptions = {},
  streamArena?: WasmArena,
): RecordSketch<Sketch> {
  if (recordOptions.layerScope !== statistics.layerScope)
    throw new Error(`Measured per ${statistics.layerScope}, asked for per ${recordOptions.layerScope}.`);
  return inScratch(() =>
    ownedSketch(deriveIt(statistics, recordOptions, options, streamArena), recordOptions),
  );
}

function deriveIt(
  statistics: SufficientStatistics,
  recordOptions: RecordOptions,
  { withUnits = false, parameters, only }: DeriveOptions,
  streamArena: WasmArena | undefined,
): RecordSketch<Sketch> {
  // What is borrowed is in its memory.
  if (!statistics.parts.some(isBorrowed)) streamArena?.clear();
  const extent = extentOf(statistics);
  const size = extent.samples * extent.channels * extent.positions;
  const arena = size < MIN_VALUES ? undefined : (streamArena ?? acquireArena());
  const start = arena?.mark();
  try {
    const found = new Map<FineName, Moments>();
    const fine = (name: FineName) => {
      const moments = found.get(name) ?? momentsOf(statistics, name, recordOptions, arena);
      found.set(name, moments);
      return moments;
    };
    const plans = recordPlans(extent, recordOptions, only);
    const sample = sampleOf(statistics);
    const fast =
      arena === undefined || hasParameters(parameters)
        ? undefined
        : simdMethods(arena, extent.channels, plans.plans, recordOptions.epsilon, fine, sample);
    const methods =
      fast ?? plainMethods(statistics, plans, (name) => ownedMoments(fine(name)), sample, parameters, arena);
    const histograms = methodHistograms(plans, methods, arena);
    fillHistograms(statistics, histograms.all, arena);
    const coarse = histograms.refine();
    if (coarse.length > 0) fillHistograms(statistics, coarse, arena);
    const { counts, firstNonFinite } = countsOf(statistics);
    return histograms.finish(counts, firstNonFinite, withUnits);
  } finally {
    if (streamArena === undefined) arena?.release();
    else streamArena.clear(start);
  }
}

function isBorrowed({ contents }: MeasuredPart): boolean {
  return contents.kind === 'values' && contents.isBorrowed === true;
}

/** With an arena, its loops merge units. */
function plainMethods(
  statistics: SufficientStatistics,
  { extent, recordOptions, plans }: MethodPlans,
  fine: (name: FineName) => Moments,
  sample: ValueSample,
  parameters: LayerParameters | undefined,
  arena: WasmArena | undefined,
): readonly DerivedMethod[] {
  const merge = arena === undefined ? coarsen : coarsenMomentsSimd(arena);
  const methods = plannedMethods(extent, plans, recordOptions, fine, parameters, merge);
  return derivedMethods(extent, methods, sample, (method) => channelMoments(statistics, method), arena);
}

interface PlacedPart extends MeasuredPart {
  /** Number of the part's first sample in the whole record. */
  readonly firstSample: number;
}

function placedParts({ parts }: SufficientStatistics): PlacedPart[] {
  let firstSample = 0;
  return parts.map((part) => {
    const placed = { ...part, firstSample };
    firstSample += part.axes.samples;
    return placed;
  });
}

/** Computes the channel moments of x̂ from the values; statistics of blocks never need them. */
function channelMoments(statistics: SufficientStatistics, method: PlannedMethod): Moments {
  const target = emptyMoments(statistics.channels);
  for (const { axes, contents, firstSample } of placedParts(statistics)) {
    if (contents.kind !== 'values') throw new Error('Blocks keep no values to collect moments from.');
    channelMomentsBuilder(axes, method, firstSample, target).add(contents.values, 0);
  }
  return target;
}

function fillHistograms(
  statistics: SufficientStatistics,
  histograms: readonly MethodHistogram[],
  arena: WasmArena | undefined,
): void {
  const parts = placedParts(statistics);
  const mark = arena?.mark();
  const blocks = parts.flatMap(({ contents, firstSample }) =>
    contents.kind === 'blocks' ? [{ contents, firstSample }] : [],
  );
  if (blocks.length > 0) {
    if (arena === undefined) throw new Error('Block histograms need WebAssembly SIMD.');
    rebinBlocks(blocks, statistics.channels, histograms, arena);
  }
  for (const { axes, contents, firstSample } of parts) {
    if (contents.kind !== 'values') continue;
    arena?.clear(mark);
    const ownArena = contents.values instanceof Float32Array ? arena : undefined;
    const builders = histogramBuilders(axes, histograms, firstSample, ownArena, parts.length === 1);
    forEachChunk(axes, contents, ownArena, (values, from) => {
      for (const each of builders) each.add(values, from);
    });
    for (const each of builders) each.finish();
  }
  arena?.clear(mark);
}

/** Visits chunks in the arena's memory, if there is an arena; copies them there if they are not borrowed from it. */
function forEachChunk(
  axes: TensorAxes,
  { values }: KeptValues,
  arena: WasmArena | undefined,
  visit: (values: Values, from: number) => void,
): void {
  const step = chunkLength(axes);
  for (let from = 0; from < values.length; from += step) {
    const chunk = values.subarray(from, from + step);
    visit(
      arena === undefined || arena.addressOf(chunk, 0) !== undefined ? chunk : copied(arena, chunk),
      from,
    );
  }
}

function copied(arena: WasmArena, chunk: Values): Values {
  const values = arena.values(chunk.length);
  values.set(chunk);
  return values;
}

/** Computes from the values the moments that were not collected, such as those of groups, whose number is an option. */
function momentsOf(
  { parts, layerScope }: SufficientStatistics,
  name: FineName,
  { groups }: RecordOptions,
  arena: WasmArena | undefined,
): Moments {
  const moments = parts.map(({ axes, contents, moments: collected }) => {
    const known = collected[name];
    if (known !== undefined) return known;
    const partition = finePartitions(axes, { layerScope, groups }).get(name);
    if (contents.kind !== 'values' || partition === undefined)
      throw new Error(`There are no values to collect moments of ${name} from.`);
    const ownArena = contents.values instanceof Float32Array ? arena : undefined;
    const own = accumulator(axes, partition, ownArena, undefined, true);
    forEachChunk(axes, contents, ownArena, (values, from) => own.add(values, from));
    return own.finish();
  });
  return fineMoments(moments, name);
}

/** Combines the samples of the parts. */
function sampleOf({ parts }: SufficientStatistics): ValueSample {
  const samples = parts.map(({ axes, contents, sample }) =>
    placedSample(axes, sample ?? sampleOfValues(axes, contents)),
  );
  if (samples.length === 1) return samples[0];
  const sizes = samples.map(({ values }) => values.length);
  const size = sizes.reduce((a, b) => a + b, 0);
  const all = {
    values: new Float64Array(size),
    n: new Int32Array(size),
    c: new Int32Array(size),
    p: new Int32Array(size),
  };
  let at = 0;
  let firstSample = 0;
  for (const [part, sample] of samples.entries()) {
    all.values.set(sample.values, at);
    all.n.set(
      sample.n.map((n) => n + firstSample),
      at,
    );
    all.c.set(sample.c, at);
    all.p.set(sample.p, at);
    at += sample.values.length;
    firstSample += parts[part].axes.samples;
  }
  return all;
}

function sampleOfValues(axes: TensorAxes, contents: MeasuredPart['contents']): Float64Array {
  if (contents.kind !== 'values') throw new Error('Blocks keep no values to take a sample of.');
  const sample = sampler(axes);
  sample.add(contents.values, 0);
  return sample.finish();
}
