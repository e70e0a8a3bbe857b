import { countOutside, type Grid } from './grid';
import type { Lane } from './lane';
import { laneFiller } from './laneFill';
import type { TensorAxes } from './layoutAxes';
import type { ChannelAffine } from './learned';
import type { Normalization } from './methods';
import type { Values } from './moments';
import { innerOffsets, type Partition, unitAt } from './partition';
import { innerAxis, walk } from './walk';

/** Counts one method's normalized values into its grid, chunk by chunk. */
export interface Filler {
  add(values: Values, from: number): void;
  /** The grid holds everything from here on. */
  finish(): void;
}

/**
 * Finite values go to the cell of (x − shift) · scale; even and odd samples into halves of their own. With a lane,
 * values in its memory take the fast way where the layout and the figures allow it.
 */
export function filler(
  axes: TensorAxes,
  partition: Partition,
  normal: Normalization,
  grid: Grid,
  lane?: Lane,
): Filler {
  const fast = lane === undefined ? undefined : laneFiller(lane, axes, partition, normal, grid);
  return fast ?? plainFiller(axes, partition, normal, grid);
}

/** The readable way, that the fast one is held against. */
function plainFiller(
  axes: TensorAxes,
  partition: Partition,
  { shift, scale }: Normalization,
  grid: Grid,
): Filler {
  const offsets = innerOffsets(partition, axes);
  const { role, roleStride } = innerAxis(axes);
  const sampleStep = role === 'n' ? roleStride : 0;
  const perCell = 1 / grid.width;
  const { first, size, halves } = grid;

  /** One unit and one sample for the whole run. */
  const fillRun = (values: Values, start: number, end: number, unit: number, n: number) => {
    const half = halves[n & 1];
    const unitShift = shift[unit];
    const unitScale = scale[unit] * perCell;
    const inside = countInside(half.counts, values, start, end, unitShift, unitScale, first);
    if (inside === end - start) return;
    for (let i = start; i < end; i++) {
      const t = (values[i] - unitShift) * unitScale - first;
      if (!(t >= 0 && t < size) && t - t === 0) countOutside(half, size, t);
    }
  };
  /** Unit or sample change from element to element. */
  const fillElements = (
    values: Values,
    start: number,
    length: number,
    offset: number,
    base: number,
    n: number,
  ) => {
    for (let i = 0; i < length; i++) {
      const unit = offsets === undefined ? base : base + offsets[offset + i];
      const half = halves[(n + (offset + i) * sampleStep) & 1];
      const t = (values[start + i] - shift[unit]) * (scale[unit] * perCell) - first;
      if (t >= 0 && t < size) half.counts[t | 0]++;
      else if (t - t === 0) countOutside(half, size, t);
    }
  };
  const perRun = offsets === undefined && sampleStep === 0;
  return {
    add: (values, from) =>
      walk(axes, from, from + values.length, (start, length, offset, n, c, p) => {
        const base = unitAt(partition, n, c, p);
        if (perRun) fillRun(values, start, start + length, base, n);
        else fillElements(values, start, length, offset, base, n);
      }),
    finish: () => {},
  };
}

/** Counts (x − shift)·scale·γ + β, γ and β being the channel's. */
export function affineFiller(
  axes: TensorAxes,
  partition: Partition,
  { shift, scale }: Normalization,
  { gamma, beta }: ChannelAffine,
  { width, first, size, halves }: Grid,
): Filler {
  const offsets = innerOffsets(partition, axes);
  const { role, roleStride } = innerAxis(axes);
  const sampleStep = role === 'n' ? roleStride : 0;
  const channelStep = role === 'c' ? roleStride : 0;
  return {
    add: (values, from) =>
      walk(axes, from, from + values.length, (start, length, offset, n, c, p) => {
        const base = unitAt(partition, n, c, p);
        for (let i = 0; i < length; i++) {
          const unit = offsets === undefined ? base : base + offsets[offset + i];
          const channel = c + (offset + i) * channelStep;
          const half = halves[(n + (offset + i) * sampleStep) & 1];
          const x = (values[start + i] - shift[unit]) * scale[unit];
          const t = (x * gamma[channel] + beta[channel]) / width - first;
          if (t >= 0 && t < size) half.counts[t | 0]++;
          else if (x - x === 0) countOutside(half, size, t);
        }
      }),
    finish: () => {},
  };
}

/** The hot loop, free of everything rare: counts what falls into the window and returns how many did. */
function countInside(
  counts: Uint32Array,
  values: Values,
  start: number,
  end: number,
  shift: number,
  scale: number,
  first: number,
): number {
  const size = counts.length;
  let inside = 0;
  for (let i = start; i < end; i++) {
    const t = (values[i] - shift) * scale - first;
    if (t >= 0 && t < size) {
      counts[t | 0]++;
      inside++;
    }
  }
  return inside;
}
