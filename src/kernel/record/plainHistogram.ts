import type { ChannelAffine } from '../methods/layerParameters';
import type { Normalization } from '../methods/methodPlan';
import { innerOffsets, type Partition, type UnitMaps, unitAt } from '../methods/partition';
import { cellAt, type Grid } from '../statistics/grid';
import type { Values } from '../statistics/moments';
import type { TensorAxes } from '../tensor/layoutAxes';
import { forEachRun, innerAxis } from '../tensor/traversal';

/** Counts normalized values into grids, chunk by chunk. */
export interface HistogramBuilder {
  add(values: Values, from: number): void;
  /** Completes the grids. */
  finish(): void;
}

/**
 * Counts finite values in the cell of (x − shift)·scale + offset, in separate halves for even and odd samples.
 * `firstSample` is the number of the first sample. This readable loop is the reference for the arena's loop.
 */
export function plainHistogramBuilder(
  axes: TensorAxes,
  { partition, shift, scale, offset: added }: UnitMaps,
  grid: Grid,
  firstSample: number,
): HistogramBuilder {
  const offsets = innerOffsets(partition, axes);
  const { role, roleStride } = innerAxis(axes);
  const sampleStep = role === 'n' ? roleStride : 0;
  const { width, first, below, size, halves } = grid;
  return {
    add: (values, from) =>
      forEachRun(axes, from, from + values.length, (start, length, offset, n, c, p) => {
        const sample = firstSample + n;
        const base = unitAt(partition, sample, c, p);
        for (let i = 0; i < length; i++) {
          const unit = offsets === undefined ? base : base + offsets[offset + i];
          const half = halves[(sample + (offset + i) * sampleStep) & 1];
          const x = values[start + i];
          const y = (x - shift[unit]) * scale[unit] + (added === undefined ? 0 : added[unit]);
          const t = y / width - first;
          if (t >= 0 && t < size) half[below + (t | 0)]++;
          else if (x - x === 0) half[cellAt(grid, t)]++;
        }
      }),
    finish: () => {},
  };
}

/**
 * Like {@link plainHistogramBuilder}, for units that span channels: (x − shift)·scale·γ + β, with the channel's γ and
 * β.
 */
export function affineHistogramBuilder(
  axes: TensorAxes,
  partition: Partition,
  { shift, scale }: Normalization,
  { gamma, beta }: ChannelAffine,
  grid: Grid,
  firstSample: number,
): HistogramBuilder {
  const { width, first, halves } = grid;
  const offsets = innerOffsets(partition, axes);
  const { role, roleStride } = innerAxis(axes);
  const sampleStep = role === 'n' ? roleStride : 0;
  const channelStep = role === 'c' ? roleStride : 0;
  return {
    add: (values, from) =>
      forEachRun(axes, from, from + values.length, (start, length, offset, n, c, p) => {
        const sample = firstSample + n;
        const base = unitAt(partition, sample, c, p);
        for (let i = 0; i < length; i++) {
          const unit = offsets === undefined ? base : base + offsets[offset + i];
          const channel = c + (offset + i) * channelStep;
          const half = halves[(sample + (offset + i) * sampleStep) & 1];
          const x = (values[start + i] - shift[unit]) * scale[unit];
          const t = (x * gamma[channel] + beta[channel]) / width - first;
          if (x - x === 0) half[cellAt(grid, t)]++;
        }
      }),
    finish: () => {},
  };
}
