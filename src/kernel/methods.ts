import type { Method } from '../protocol/analysis';
import { type ProblemError, problemError } from '../protocol/problem';
import type { Extent } from './layoutAxes';
import type { Learned } from './learned';
import type { Moments } from './moments';
import {
  channelPartition,
  groupPartition,
  type Partition,
  positionPartition,
  samplePartition,
  wholePartition,
} from './partition';

/** The knobs that shape the units of a record. */
export interface UnitOptions {
  readonly groups: number;
  readonly layerScope: 'example' | 'position';
}

/** The partitions whose moments one pass collects; every method's units are unions of one of them. */
export type FineName = 'sampleChannel' | 'samplePosition' | 'channel' | 'sample' | 'sampleGroup';

/** A method on one record: which units it has and which collected moments they are merged from. */
export interface MethodPlan {
  readonly method: Method;
  /** The method's own units. */
  readonly partition: Partition;
  readonly fine: FineName;
  /** Unit of the method that a unit of the fine partition is part of. */
  readonly unitOf: (fineUnit: number) => number;
  /** Channel that a unit of the fine partition lies in; absent where it spans several. */
  readonly channelOf?: (fineUnit: number) => number;
}

/** A method that has no meaning on this record, and why. */
export interface UndefinedPlan {
  readonly method: Method;
  readonly undefined: string;
}

/**
 * The groups that group normalization uses: `wanted` where it divides the channels, else the largest divisor of
 * the channels below it [Wu & He 2018, default 32].
 */
export function effectiveGroups(channels: number, wanted: number): number {
  let groups = Math.min(Math.max(1, Math.trunc(wanted)), channels);
  while (channels % groups !== 0) groups--;
  return groups;
}

/** The partitions to collect moments of, in one pass; those of groups only where G is given. */
export function finePartitions(
  axes: Extent,
  { layerScope, groups }: Pick<UnitOptions, 'layerScope'> & Partial<UnitOptions>,
): Map<FineName, Partition> {
  const { samples, channels, positions } = axes;
  const units = Math.max(
    samples,
    channels,
    positions > 1 ? samples * channels : 0,
    layerScope === 'position' ? samples * positions : 0,
  );
  if (units > MAX_UNITS) throw tooManyUnits(axes, units);
  const partitions = new Map<FineName, Partition>();
  if (axes.positions > 1) {
    partitions.set('sampleChannel', groupPartition(axes, axes.channels));
    if (layerScope === 'position') partitions.set('samplePosition', positionPartition(axes));
  } else {
    // Every (sample, channel) is one element: collect what the methods need instead of a copy of the data.
    partitions.set('channel', channelPartition(axes));
    partitions.set('sample', samplePartition(axes));
    if (groups !== undefined) partitions.set('sampleGroup', groupPartition(axes, groups));
  }
  return partitions;
}

/** Units whose moments are kept of one record: some 470 MB. A file of holes may claim 2^50. */
const MAX_UNITS = 2 ** 23;

/** Whoever knows the record adds where it is. */
function tooManyUnits({ samples, channels, positions }: Extent, units: number): ProblemError {
  return problemError(
    'layout',
    '',
    `Its layout makes ${samples} samples, ${channels} channels and ${positions} positions of it, ${units} units with a mean of their own; up to ${MAX_UNITS} are kept. Choose the layout whose channels these are.`,
  );
}

/** What each method normalizes on this record [README, table of methods; Wu & He 2018, eqs. 3, 4, 7]. */
export function planMethods(axes: Extent, options: UnitOptions): (MethodPlan | UndefinedPlan)[] {
  const { samples, channels, positions } = axes;
  const { groups } = options;
  const perPosition = options.layerScope === 'position' && positions > 1;
  const spatial = positions > 1;

  const none: MethodPlan = spatial
    ? plan(
        'none',
        wholePartition(axes),
        'sampleChannel',
        () => 0,
        (u) => u % channels,
      )
    : plan(
        'none',
        wholePartition(axes),
        'channel',
        () => 0,
        (u) => u,
      );
  const batch: MethodPlan = spatial
    ? plan(
        'batch',
        channelPartition(axes),
        'sampleChannel',
        (u) => u % channels,
        (u) => u % channels,
      )
    : plan(
        'batch',
        channelPartition(axes),
        'channel',
        (u) => u,
        (u) => u,
      );
  const layer = (method: 'layer' | 'rms'): MethodPlan =>
    perPosition
      ? plan(method, positionPartition(axes), 'samplePosition', (u) => u)
      : spatial
        ? plan(
            method,
            samplePartition(axes),
            'sampleChannel',
            (u) => Math.floor(u / channels),
            (u) => u % channels,
          )
        : plan(method, samplePartition(axes), 'sample', (u) => u);
  const instance: MethodPlan = plan(
    'instance',
    groupPartition(axes, channels),
    'sampleChannel',
    (u) => u,
    (u) => u % channels,
  );
  const groupOf = (u: number) =>
    Math.floor(u / channels) * groups + Math.floor((u % channels) / (channels / groups));
  const group: MethodPlan = spatial
    ? plan('group', groupPartition(axes, groups), 'sampleChannel', groupOf, (u) => u % channels)
    : plan('group', groupPartition(axes, groups), 'sampleGroup', (u) => u);

  const inLayer = perPosition ? channels : channels * positions;
  const inGroup = (channels / groups) * positions;
  return [
    none,
    definedIf(
      samples * positions > 1,
      batch,
      'One sample with one position: each channel is a single element.',
    ),
    definedIf(inLayer > 1, layer('layer'), 'One channel: each unit is a single element.'),
    definedIf(spatial, instance, 'One spatial element: each (sample, channel) is a single element.'),
    definedIf(inGroup > 1, group, `One channel in each of ${groups} groups: each unit is a single element.`),
    layer('rms'),
  ];
}

function plan(
  method: Method,
  partition: Partition,
  fine: FineName,
  unitOf: (u: number) => number,
  channelOf?: (u: number) => number,
): MethodPlan {
  return channelOf === undefined
    ? { method, partition, fine, unitOf }
    : { method, partition, fine, unitOf, channelOf };
}

function definedIf(condition: boolean, defined: MethodPlan, why: string): MethodPlan | UndefinedPlan {
  return condition ? defined : { method: defined.method, undefined: why };
}

/** The affine map x ↦ (x − shift) · scale of each unit. */
export interface Normalization {
  readonly moments: Moments;
  readonly shift: Float64Array;
  readonly scale: Float64Array;
}

/**
 * The map of every unit of a method: x̂ = (x − µ)/√(σ² + ε) with the biased variance σ²
 * [Ioffe & Szegedy 2015, alg. 1]; for `rms`, µ = 0 and σ² the mean of squares [Zhang & Sennrich 2019, eq. 4];
 * for `none` the identity. `moments` are those of the method's own units; running statistics, where there are any,
 * stand in for them in `batch`.
 */
export function normalization(
  { method, partition: { units } }: MethodPlan,
  moments: Moments,
  epsilon: number,
  { mean, variance }: Learned = {},
): Normalization {
  const shift = new Float64Array(units);
  const scale = new Float64Array(units).fill(1);
  if (method === 'none') return { moments, shift, scale };
  const running =
    method === 'batch' && mean !== undefined && variance !== undefined ? { mean, variance } : undefined;
  for (let unit = 0; unit < units; unit++) {
    if (moments.count[unit] === 0) continue;
    if (method !== 'rms') shift[unit] = running?.mean[unit] ?? moments.mean[unit];
    const spread = method === 'rms' ? meanSquareOf(moments, unit) : moments.m2[unit] / moments.count[unit];
    scale[unit] = 1 / Math.sqrt((running?.variance[unit] ?? spread) + epsilon);
  }
  return { moments, shift, scale };
}

/** Mean of squares of a unit: σ² + µ². */
export function meanSquareOf(moments: Moments, unit: number): number {
  return moments.m2[unit] / moments.count[unit] + moments.mean[unit] ** 2;
}
