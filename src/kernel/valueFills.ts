import { channelFiller } from './channelSums';
import { type Filler, filler } from './fill';
import type { Lane } from './lane';
import type { TensorAxes } from './layoutAxes';
import type { MethodFill } from './methodFills';
import type { Normalization } from './methods';

/**
 * Fillers of a part of a record, whose samples begin at number `firstSample` of the whole, from the values themselves.
 * `axes` are the part's.
 */
export function valueFillers(
  axes: TensorAxes,
  { plan: { partition }, normal, grid, channels }: MethodFill,
  firstSample: number,
  lane: Lane | undefined,
): Filler[] {
  const own = ofSamplesFrom(normal, firstSample * partition.nStride);
  const [even, odd] = grid.halves;
  const ownGrid = firstSample % 2 === 0 ? grid : { ...grid, halves: [odd, even] as const };
  const ownFiller = filler(axes, partition, own, ownGrid, lane);
  return channels === undefined
    ? [ownFiller]
    : [ownFiller, channelFiller(axes, partition, own, channels, lane)];
}

function ofSamplesFrom(normal: Normalization, unit: number): Normalization {
  return unit === 0
    ? normal
    : { ...normal, shift: normal.shift.subarray(unit), scale: normal.scale.subarray(unit) };
}
