import { t } from '@vscode/l10n';
import type { Method } from '../../model/analysis';
import { type ProblemError, problemError } from '../../model/problem';
import { acquireZeros } from '../statistics/bufferPool';
import type { Moments } from '../statistics/moments';
import { recentResults } from '../statistics/recentResults';
import type { Extent } from '../tensor/layoutAxes';
import type { LayerParameters } from './layerParameters';
import {
  channelPartition,
  groupPartition,
  type Partition,
  positionPartition,
  samplePartition,
  wholePartition,
} from './partition';

/** The options that shape the units of a record. */
export interface UnitOptions {
  readonly groups: number;
  readonly layerScope: 'example' | 'position';
}

/** The partitions whose moments one pass collects; every method's units are unions of one of them. */
export type FineName = 'sampleChannel' | 'samplePosition' | 'channel' | 'sample' | 'sampleGroup';

/** A method on one record: which units it has and which collected moments they are merged from. */
export interface MethodPlan {
  readonly method: Method;
  /** The units of the method. */
  readonly partition: Partition;
  readonly fine: FineName;
  /** Whether each unit of the fine partition is inside one channel. */
  readonly isWithinChannels: boolean;
}

/** A method that has no meaning on this record, and why. */
export interface UndefinedPlan {
  readonly method: Method;
  readonly reason: string;
}

/**
 * The number of groups that group normalization uses: `wanted` if it divides the channels, otherwise the largest
 * divisor of the channels below it [Wu & He 2018, default 32].
 */
export function effectiveGroups(channels: number, wanted: number): number {
  let groups = Math.min(Math.max(1, Math.trunc(wanted)), channels);
  while (channels % groups !== 0) groups--;
  return groups;
}

/** The partitions to collect moments of, in one pass; groups only if G is given. */
export function finePartitions(
  axes: Extent,
  { layerScope, groups }: Pick<UnitOptions, 'layerScope'> & Partial<UnitOptions>,
): ReadonlyMap<FineName, Partition> {
  const { samples, channels, positions } = axes;
  const units = Math.max(
    samples,
    channels,
    positions > 1 ? samples * channels : 0,
    layerScope === 'position' ? samples * positions : 0,
  );
  if (units > MAX_UNITS) throw tooManyUnits(axes, units);
  const key = `${samples},${channels},${positions},${layerScope},${groups}`;
  const make = () => partitionsOf(axes, layerScope, groups);
  return channels > MOST_CHANNELS ? make() : recentPartitions(key, make);
}

function partitionsOf(
  axes: Extent,
  layerScope: UnitOptions['layerScope'],
  groups: number | undefined,
): ReadonlyMap<FineName, Partition> {
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

/** The caller, which knows the record, adds file and tensor. */
function tooManyUnits({ samples, channels, positions }: Extent, units: number): ProblemError {
  return problemError(
    'layout',
    '',
    t(
      'The layout gives {0} samples, {1} channels, and {2} positions, which makes {3} normalization units; the limit is {4}. The channel axis is probably wrong: set the layout.',
      samples,
      channels,
      positions,
      units,
      MAX_UNITS,
    ),
  );
}

/** Those of recent records, as the records of a layer have the same; in all, some megabytes at most. */
const [recentPlans, recentPartitions] = [
  recentResults<readonly (MethodPlan | UndefinedPlan)[]>(64),
  recentResults<ReadonlyMap<FineName, Partition>>(64),
];
const MOST_CHANNELS = 4096;

/** What each method normalizes on this record [README, table of methods; Wu & He 2018, eqs. 3, 4, 7]. */
export function planMethods(axes: Extent, options: UnitOptions): readonly (MethodPlan | UndefinedPlan)[] {
  const { samples, channels, positions } = axes;
  const key = `${samples},${channels},${positions},${options.layerScope},${options.groups}`;
  const make = () => plansOf(axes, options);
  return channels > MOST_CHANNELS ? make() : recentPlans(key, make);
}

function plansOf(axes: Extent, options: UnitOptions): readonly (MethodPlan | UndefinedPlan)[] {
  const { samples, channels, positions } = axes;
  const { groups } = options;
  const perPosition = options.layerScope === 'position' && positions > 1;
  const spatial = positions > 1;

  const fine = spatial ? 'sampleChannel' : 'channel';
  const none: MethodPlan = { method: 'none', partition: wholePartition(axes), fine, isWithinChannels: true };
  const batch: MethodPlan = {
    method: 'batch',
    partition: channelPartition(axes),
    fine,
    isWithinChannels: true,
  };
  const layer: Omit<MethodPlan, 'method'> = {
    partition: perPosition ? positionPartition(axes) : samplePartition(axes),
    fine: perPosition ? 'samplePosition' : spatial ? 'sampleChannel' : 'sample',
    isWithinChannels: spatial && !perPosition,
  };
  // Equal units share one partition, by which methods with equal results are recognized.
  const groupsOf = (count: number): Omit<MethodPlan, 'method'> => {
    if (count === 1 && !perPosition) return layer;
    if (count === channels && samples === 1 && spatial) return batch;
    return {
      partition: groupPartition(axes, count),
      fine: spatial ? 'sampleChannel' : 'sampleGroup',
      isWithinChannels: spatial,
    };
  };
  const ofChannels = groupsOf(channels);
  const instance: MethodPlan = { ...ofChannels, method: 'instance' };
  const group: MethodPlan = { ...(groups === channels ? ofChannels : groupsOf(groups)), method: 'group' };

  const inLayer = perPosition ? channels : channels * positions;
  const inGroup = (channels / groups) * positions;
  return [
    none,
    definedIf(
      samples * positions > 1,
      batch,
      t('One sample with one position: each channel is a single element.'),
    ),
    definedIf(inLayer > 1, { method: 'layer', ...layer }, t('One channel: each unit is a single element.')),
    definedIf(spatial, instance, t('One spatial element: each (sample, channel) is a single element.')),
    definedIf(
      inGroup > 1,
      group,
      t('One channel per group (G = {0}): each unit is a single element.', groups),
    ),
    { method: 'rms', ...layer },
  ];
}

function definedIf(condition: boolean, defined: MethodPlan, why: string): MethodPlan | UndefinedPlan {
  return condition ? defined : { method: defined.method, reason: why };
}

/** Returns whether two methods are the same map of every element, so that all their results are the same. */
export function areEqualMethods(a: MethodPlan, b: MethodPlan, parameters: LayerParameters = {}): boolean {
  return a.partition === b.partition && mapKind(a, parameters) === mapKind(b, parameters);
}

/** Names what the map of a unit follows from. */
function mapKind({ method }: MethodPlan, parameters: LayerParameters): string {
  if (method === 'none' || method === 'rms') return method;
  return method === 'batch' && runningOf(parameters) !== undefined ? 'running' : 'moments';
}

function runningOf({
  mean,
  variance,
}: LayerParameters): Required<Pick<LayerParameters, 'mean' | 'variance'>> | undefined {
  return mean !== undefined && variance !== undefined ? { mean, variance } : undefined;
}

/** Returns the plans of the methods that have a meaning. */
export function definedPlans(plans: readonly (MethodPlan | UndefinedPlan)[]): readonly MethodPlan[] {
  return plans.filter((plan): plan is MethodPlan => !('reason' in plan));
}

/** The affine map x ↦ (x − shift) · scale of each unit. */
export interface Normalization {
  readonly moments: Moments;
  readonly shift: Float64Array;
  readonly scale: Float64Array;
}

/**
 * The map of every unit of a method: x̂ = (x − µ)/√(σ² + ε) with the biased variance σ² [Ioffe & Szegedy 2015, alg. 1];
 * for `rms`, µ = 0 and σ² is the mean of squares [Zhang & Sennrich 2019, eq. 4]; for `none`, the identity. `moments`
 * are those of the method's units; in `batch`, running statistics replace them if given.
 */
export function normalization(
  { method, partition: { units } }: MethodPlan,
  moments: Moments,
  epsilon: number,
  parameters: LayerParameters = {},
): Normalization {
  const shift = acquireZeros(units);
  const scale = acquireZeros(units).fill(1);
  if (method === 'none') return { moments, shift, scale };
  const running = method === 'batch' ? runningOf(parameters) : undefined;
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
