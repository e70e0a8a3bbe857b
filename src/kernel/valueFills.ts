import { channelFiller } from './channelSums';
import { affineFiller, type Filler, plainFiller } from './fill';
import { type LaneHistogram, laneFiller, laneHistogram, laneSegment } from './laneFill';
import type { MethodFill, PlannedMethod } from './methodFills';
import type { Normalization } from './methods/methodPlan';
import { innerOffsets, unitAt } from './methods/partition';
import type { WasmArena } from './simd/wasmArena';
import { addToMoments, type Moments } from './statistics/moments';
import type { TensorAxes } from './tensor/layoutAxes';
import { forEachRun, innerAxis } from './tensor/traversal';

/**
 * Fillers of a part of a record, whose samples begin at number `firstSample` of the whole, from the values themselves.
 * `axes` are the part's. With an arena, values in its memory take the fast way where the layout allows it.
 */
export function valueFillers(
  axes: TensorAxes,
  fills: readonly MethodFill[],
  firstSample: number,
  arena: WasmArena | undefined,
): Filler[] {
  const histograms: LaneHistogram[] = [];
  const fast = arena && laneFiller(arena, axes, histograms, firstSample);
  const fillers = fills.flatMap((fill): Filler[] => {
    const { plan, normal, channels, fillsChannels } = fill;
    const { partition } = plan;
    const histogram = fast && histogramOf(arena, axes, fill);
    if (histogram !== undefined) histograms.push(histogram);
    const own = ofSamplesFrom(normal, firstSample * partition.nStride);
    return [
      ...(histogram === undefined ? [plainly(axes, fill, firstSample)] : []),
      ...(fillsChannels ? [channelFiller(axes, partition, own, channels, arena)] : []),
    ];
  });
  return fast === undefined || histograms.length === 0 ? fillers : [fast, ...fillers];
}

function histogramOf(
  arena: WasmArena,
  axes: TensorAxes,
  { maps, grid }: MethodFill,
): LaneHistogram | undefined {
  const segment = maps && laneSegment(axes, maps);
  if (maps === undefined || segment === undefined) return undefined;
  return laneHistogram(arena, maps, grid, { segment, withWindows: false });
}

function plainly(
  axes: TensorAxes,
  { plan: { partition }, normal, affine, maps, grid }: MethodFill,
  firstSample: number,
): Filler {
  if (maps !== undefined) return plainFiller(axes, maps, grid, firstSample);
  if (affine === undefined) throw new Error('A method without γ and β has maps.');
  return affineFiller(axes, partition, normal, affine, grid, firstSample);
}

/** Collects the moments of each channel's x̂ into `target`, with least and greatest. */
export function channelMomentsFiller(
  axes: TensorAxes,
  { plan: { partition }, normal }: PlannedMethod,
  firstSample: number,
  target: Moments,
): Filler {
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
  return unit === 0
    ? normal
    : { ...normal, shift: normal.shift.subarray(unit), scale: normal.scale.subarray(unit) };
}
