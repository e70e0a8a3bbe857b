import type { Method } from '../../model/analysis';
import { type ChannelAffine, channelAffine, type LayerParameters } from '../methods/layerParameters';
import {
  areEqualMethods,
  definedPlans,
  type FineName,
  type MethodPlan,
  type Normalization,
  normalization,
  planMethods,
  type UndefinedPlan,
} from '../methods/methodPlan';
import {
  channelPartition,
  groupPartition,
  type Partition,
  type UnitMaps,
  unitAt,
} from '../methods/partition';
import type { RecordOptions } from '../methods/recordOptions';
import { type Coarsen, coarsen, type Moments } from '../statistics/moments';
import type { Extent } from '../tensor/layoutAxes';

/** A record's method under the options: its normalization, and the results that follow from moments. */
export interface PlannedMethod {
  readonly plan: MethodPlan;
  readonly normal: Normalization;
  readonly affine: ChannelAffine | undefined;
  readonly maps: UnitMaps | undefined;
  /** Moments of each channel's x̂; absent if units span channels. */
  readonly channels: Moments | undefined;
}

/** A record, and its plans under the options. */
export interface MethodPlans {
  readonly extent: Extent;
  readonly recordOptions: RecordOptions;
  readonly plans: readonly (MethodPlan | UndefinedPlan)[];
}

/** Plans every method, or only one: the others are not in the sketch then. */
export function recordPlans(extent: Extent, recordOptions: RecordOptions, only?: Method): MethodPlans {
  const all = planMethods(extent, recordOptions);
  const plans = only === undefined ? all : all.filter(({ method }) => method === only);
  return { extent, recordOptions, plans };
}

/**
 * Plans only these methods, for example those whose units are the samples at hand. Methods with equal results share one
 * normalization, and what follows from it.
 */
export function plannedMethods(
  extent: Extent,
  plans: readonly (MethodPlan | UndefinedPlan)[],
  { epsilon }: Pick<RecordOptions, 'epsilon'>,
  fine: (name: FineName) => Moments,
  parameters: LayerParameters = {},
  merge: Coarsen = coarsen,
): readonly PlannedMethod[] {
  const affine = channelAffine(extent.channels, parameters);
  const merged = mergedMoments(extent, fine, merge);
  const methods: PlannedMethod[] = [];
  for (const plan of definedPlans(plans)) {
    const equal = methods.find((each) => areEqualMethods(each.plan, plan, parameters));
    if (equal !== undefined) {
      methods.push({ ...equal, plan });
      continue;
    }
    const normal = normalization(plan, merged.ofUnits(plan), epsilon, parameters);
    const own = plan.method === 'none' ? undefined : affine;
    methods.push({
      plan,
      normal,
      affine: own,
      maps: mapsOf(extent, plan, normal, own),
      channels: plan.isWithinChannels ? merged.ofChannels(plan, normal) : undefined,
    });
  }
  return methods;
}

/**
 * Merges fine units into the moments of the methods' units and channels. Moments that several methods share are merged
 * once.
 */
function mergedMoments(extent: Extent, fine: (name: FineName) => Moments, merge: Coarsen) {
  const done = new Map<Partition, Moments>();
  const channels = channelPartition(extent);
  const merged = (name: FineName, partition: Partition): Moments => {
    const source = fine(name);
    // Partitions with the same number of units have the same units.
    if (partition.units === source.units) return source;
    const moments = done.get(partition) ?? merge(source, partition);
    done.set(partition, moments);
    return moments;
  };
  return {
    ofUnits: ({ method, fine: name, partition }: MethodPlan) =>
      method === 'none' ? merge(merged(name, channels), partition) : merged(name, partition),
    /** Returns the channels' moments after a method whose fine units each belong to one channel. */
    ofChannels: ({ fine: name, partition: division }: MethodPlan, { shift, scale }: Normalization): Moments =>
      // A map that is the same for all samples is also the channel's map.
      merge(division.nStride === 0 ? merged(name, channels) : fine(name), channels, {
        division,
        shift,
        scale,
      }),
  };
}

/** Adds γ and β to the maps of the fine units; all elements of a fine unit's channel share one γ and one β. */
function mapsOf(
  extent: Extent,
  { fine, partition, isWithinChannels }: MethodPlan,
  { shift, scale }: Normalization,
  affine: ChannelAffine | undefined,
): UnitMaps | undefined {
  if (affine === undefined) return { partition, shift, scale };
  if (!isWithinChannels) return undefined;
  const { channels } = extent;
  const own = fine === 'channel' ? channelPartition(extent) : groupPartition(extent, channels);
  const maps = {
    partition: own,
    shift: new Float64Array(own.units),
    scale: new Float64Array(own.units),
    offset: new Float64Array(own.units),
  };
  for (let unit = 0; unit < own.units; unit++) {
    const c = unit % channels;
    const of = unitAt(partition, (unit - c) / channels, c, 0);
    maps.shift[unit] = shift[of];
    maps.scale[unit] = scale[of] * affine.gamma[c];
    maps.offset[unit] = affine.beta[c];
  }
  return maps;
}

/**
 * Returns whether a method's result follows only from the moments of its channels before γ and β, which must be
 * collected.
 */
export function needsChannels({ affine, channels }: PlannedMethod): boolean {
  return affine !== undefined && channels === undefined;
}
