import type { Normalization } from '../methods/methodPlan';
import { innerOffsets, unitAt } from '../methods/partition';
import type { WasmArena } from '../simd/wasmArena';
import { addToMoments, type Moments } from '../statistics/moments';
import type { TensorAxes } from '../tensor/layoutAxes';
import { forEachRun, innerAxis } from '../tensor/traversal';
import { ownedMaps } from './arenaMaps';
import { channelSumsBuilder } from './channelSums';
import type { MethodHistogram } from './methodHistograms';
import { affineHistogramBuilder, type HistogramBuilder, plainHistogramBuilder } from './plainHistogram';
import type { PlannedMethod } from './plannedMethods';
import { type Runs, runsOf, type SimdHistogram, simdHistogram, simdHistogramBuilder } from './simdHistogram';

/**
 * Makes histogram builders for a part of a record, from its values. `firstSample` is the number of the part's first
 * sample in the whole record. `axes` are the part's axes. `isWhole`: it is the whole record. Values in an arena's memory
 * use the fast loops if the layout allows it.
 */
export function histogramBuilders(
  axes: TensorAxes,
  histograms: readonly MethodHistogram[],
  firstSample: number,
  arena: WasmArena | undefined,
  isWhole: boolean,
): HistogramBuilder[] {
  const simdHistograms: SimdHistogram[] = [];
  const runs = runsOf(
    axes,
    histograms.flatMap(({ maps }) => maps?.partition ?? []),
  );
  const fast = arena && runs && simdHistogramBuilder(arena, runs, simdHistograms, firstSample, isWhole);
  const builders = histograms.flatMap((histogram): HistogramBuilder[] => {
    const { plan, normal, channels, fillsChannels } = histogram;
    const { partition } = plan;
    const simd = fast && simdHistogramOf(arena, runs, histogram);
    if (simd !== undefined) simdHistograms.push(simd);
    const own = ofSamplesFrom(normal, firstSample * partition.nStride);
    return [
      ...(simd === undefined ? [plainly(axes, histogram, firstSample)] : []),
      ...(fillsChannels ? [channelSumsBuilder(axes, partition, own, channels, arena)] : []),
    ];
  });
  return fast === undefined || simdHistograms.length === 0 ? builders : [fast, ...builders];
}

function simdHistogramOf(
  arena: WasmArena,
  runs: Runs,
  { maps, grid }: MethodHistogram,
): SimdHistogram | undefined {
  const segment = maps && runs.segmentOf(maps.partition);
  if (maps === undefined || segment === undefined) return undefined;
  return simdHistogram(arena, maps, grid, { segment, withWindows: false });
}

function plainly(
  axes: TensorAxes,
  { plan: { partition }, normal, affine, maps, grid }: MethodHistogram,
  firstSample: number,
): HistogramBuilder {
  if (maps !== undefined) return plainHistogramBuilder(axes, ownedMaps(maps), grid, firstSample);
  if (affine === undefined) throw new Error('A method without γ and β has maps.');
  return affineHistogramBuilder(axes, partition, normal, affine, grid, firstSample);
}

/** Collects the moments of each channel's x̂ into `target`, with minimum and maximum. */
export function channelMomentsBuilder(
  axes: TensorAxes,
  { plan: { partition }, normal }: PlannedMethod,
  firstSample: number,
  target: Moments,
): HistogramBuilder {
  const { shift, scale } = ofSamplesFrom(normal, firstSample * partition.nStride);
  const offsets = innerOffsets(partition, axes);
  const { role, roleStride } = innerAxis(axes);
  const channelStep = role === 'c' ? roleStride : 0;
  return {
    add: (values, from) =>
      forEachRun(axes, from, from + values.length, (start, length, offset, n, c, p) => {
        const base = unitAt(partition, n, c, p);
        for (let i = 0; i < length; i++) {
          const unit = offsets === undefined ? base : base + offsets[offset + i];
          addToMoments(
            target,
            c + (offset + i) * channelStep,
            (values[start + i] - shift[unit]) * scale[unit],
          );
        }
      }),
    finish: () => {},
  };
}

function ofSamplesFrom(normal: Normalization, unit: number): Normalization {
  const { moments, shift, scale } = normal;
  return unit === 0 ? normal : { moments, shift: shift.subarray(unit), scale: scale.subarray(unit) };
}
