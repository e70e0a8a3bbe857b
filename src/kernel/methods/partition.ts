import type { Extent, MemoryAxis, TensorAxes } from '../tensor/layoutAxes';
import { innerAxis } from '../tensor/traversal';

/**
 * A division of a tensor's elements into units. Every method's units, and the finer ones that they are merged
 * from, have this form: unit(n, c, p) = n · nStride + p · pStride + channelUnit[c].
 */
export interface Partition {
  readonly units: number;
  readonly nStride: number;
  readonly pStride: number;
  readonly channelUnit: Int32Array;
}

/** An affine map of each unit: x ↦ (x − shift)·scale + offset; no offsets are 0. */
export interface UnitMaps {
  readonly partition: Partition;
  readonly shift: Float64Array;
  readonly scale: Float64Array;
  readonly offset?: Float64Array;
}

/** The whole tensor is one unit. */
export function wholePartition({ channels }: Extent): Partition {
  return { units: 1, nStride: 0, pStride: 0, channelUnit: new Int32Array(channels) };
}

/** Unit c: batch normalization's. */
export function channelPartition({ channels }: Extent): Partition {
  return {
    units: channels,
    nStride: 0,
    pStride: 0,
    channelUnit: ascending(channels, 1),
  };
}

/** Unit n: layer normalization's with scope `example`. */
export function samplePartition({ samples, channels }: Extent): Partition {
  return { units: samples, nStride: 1, pStride: 0, channelUnit: new Int32Array(channels) };
}

/** Unit n·P + p: layer normalization's with scope `position`. */
export function positionPartition({ samples, channels, positions }: Extent): Partition {
  return {
    units: samples * positions,
    nStride: positions,
    pStride: 1,
    channelUnit: new Int32Array(channels),
  };
}

/** Unit n·G + g, g = ⌊c·G/C⌋; `groups` divides the channels. With G = C: instance normalization's. */
export function groupPartition({ samples, channels }: Extent, groups: number): Partition {
  const perGroup = channels / groups;
  return {
    units: samples * groups,
    nStride: groups,
    pStride: 0,
    channelUnit: ascending(channels, perGroup),
  };
}

/** ⌊i/each⌋ of every i. */
function ascending(length: number, each: number): Int32Array {
  const numbers = new Int32Array(length);
  for (let i = 0; i < length; i++) numbers[i] = Math.floor(i / each);
  return numbers;
}

/** Unit of the element at the origin of a run. */
export function unitAt(partition: Partition, n: number, c: number, p: number): number {
  return n * partition.nStride + p * partition.pStride + partition.channelUnit[c];
}

/**
 * How the unit changes along the fastest axis: an offset per step, or undefined if it does not change (the whole run is
 * in one unit).
 */
export function innerOffsets(partition: Partition, axes: TensorAxes): Int32Array | undefined {
  const { role, roleStride, length } = innerAxis(axes);
  if ((role === 'n' && partition.nStride === 0) || (role === 'p' && partition.pStride === 0))
    return undefined;
  const offsets = new Int32Array(length);
  let varies = false;
  for (let i = 0; i < length; i++) {
    offsets[i] =
      role === 'n'
        ? i * roleStride * partition.nStride
        : role === 'p'
          ? i * roleStride * partition.pStride
          : partition.channelUnit[i * roleStride];
    varies ||= offsets[i] !== 0;
  }
  return varies ? offsets : undefined;
}

/** The length L where offset i is ⌊i/L⌋: each L neighbors are in one unit, the next in the next. 0 for other offsets. */
export function segmentLength(offsets: Int32Array): number {
  let length = 0;
  while (length < offsets.length && offsets[length] === 0) length++;
  for (let i = length; i < offsets.length; i++) if (offsets[i] !== Math.floor(i / length)) return 0;
  return length;
}

/** Of the partitions of recent records: the fastest axis they were last asked for, and {@link stretchOf} of it. */
const stretches = new WeakMap<Partition, { readonly axis: MemoryAxis; readonly stretch: number }>();

/**
 * Returns the number of neighbors in one unit before the next unit starts, which is the fastest axis's length if they
 * are all in one; 0 if the units are not that regular.
 */
export function stretchOf(axes: TensorAxes, partition: Partition): number {
  const axis = innerAxis(axes);
  const { role, roleStride, length } = axis;
  const known = stretches.get(partition);
  if (
    known !== undefined &&
    known.axis.role === role &&
    known.axis.roleStride === roleStride &&
    known.axis.length === length
  )
    return known.stretch;
  const offsets = innerOffsets(partition, axes);
  const stretch = offsets === undefined ? length : segmentLength(offsets);
  stretches.set(partition, { axis, stretch });
  return stretch;
}

/** Whether the stretch of `stretch` neighbors that is the k-th in memory is unit k, for every k. */
export function areStretchesUnits(partition: Partition, axes: TensorAxes, stretch: number): boolean {
  const inner = innerAxis(axes).length;
  if (inner % stretch !== 0) return false;
  let units = inner / stretch;
  for (const { role, roleStride, length } of axes.memory.slice(0, -1).reverse()) {
    for (let i = 0; i < length; i++) {
      const at = i * roleStride;
      if (
        unitAt(partition, role === 'n' ? at : 0, role === 'c' ? at : 0, role === 'p' ? at : 0) !==
        i * units
      )
        return false;
    }
    units *= length;
  }
  return true;
}
