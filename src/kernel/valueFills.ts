import { channelFiller } from './channelSums';
import { affineFiller, type Filler, filler } from './fill';
import type { Lane } from './lane';
import type { TensorAxes } from './layoutAxes';
import type { MethodFill, PlannedMethod } from './methodFills';
import type { Normalization } from './methods';
import { addToMoments, type Moments } from './moments';
import { innerOffsets, unitAt } from './partition';
import { innerAxis, walk } from './walk';

/**
 * Fillers of a part of a record, whose samples begin at number `firstSample` of the whole, from the values themselves.
 * `axes` are the part's.
 */
export function valueFillers(
  axes: TensorAxes,
  { plan: { partition }, normal, affine, grid, channels, fillsChannels }: MethodFill,
  firstSample: number,
  lane: Lane | undefined,
): Filler[] {
  const own = ofSamplesFrom(normal, firstSample * partition.nStride);
  const [even, odd] = grid.halves;
  const ownGrid = firstSample % 2 === 0 ? grid : { ...grid, halves: [odd, even] as const };
  const ownFiller =
    affine === undefined
      ? filler(axes, partition, own, ownGrid, lane)
      : affineFiller(axes, partition, own, affine, ownGrid);
  return fillsChannels ? [ownFiller, channelFiller(axes, partition, own, channels, lane)] : [ownFiller];
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
      walk(axes, from, from + values.length, (start, length, offset, n, c, p) => {
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
