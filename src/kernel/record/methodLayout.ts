import {
  areEqualMethods,
  definedPlans,
  type FineName,
  type MethodPlan,
  type UndefinedPlan,
} from '../methods/methodPlan';
import type { Partition } from '../methods/partition';
import { MAX_SAMPLED } from './sample';

/** Places among the figures of a method; see src/kernel/simd/assembly/methods.ts. Those of channels follow. */
export const FIGURE = {
  count: 0,
  mean: 1,
  m2: 2,
  min: 3,
  max: 4,
  p15: 6,
  p85: 7,
  sampled: 8,
  leastMean: 9,
  greatestMean: 10,
  leastSpread: 11,
  greatestSpread: 12,
  constantUnits: 13,
  channels: 14,
} as const;

/** Bytes of the moments of a merged unit: they have a sixth column, the origin of its sums. */
const MERGED_BYTES = 48;
/** Maximum number of units of all methods; with more, merging takes far longer than what is around it. */
const MAX_UNITS = 1 << 18;
const TOO_MANY = 'too-many-units';

/** Fields of `MethodTable` in src/kernel/simd/assembly/methods.ts, int32 each. */
export const FIELD = { channelUnit: 4, moments: 5, maps: 8, channels: 9, sample: 12 } as const;
export const FIELDS = 14;

/** What addresses are counted from: 0, the room that is taken for the methods, or the first of the fine moments. */
const [NUMBER, OWN, FIRST_FINE] = [0, 1, 2];

/** Where everything is in the room of the methods. It begins with the number of each channel, and then zeros. */
export interface MethodLayout {
  /** The methods that differ, and which of them each method is. */
  readonly unique: readonly MethodPlan[];
  readonly uniqueOf: readonly number[];
  readonly fines: readonly FineName[];
  readonly bytes: number;
  /** What the room begins with. */
  readonly constants: Int32Array;
  /** Fields of all methods, and for each what its address is counted from. */
  readonly offsets: Int32Array;
  readonly bases: Uint8Array;
  readonly tables: number;
  readonly sample: number;
  readonly figures: number;
  /** The channels' own moments, merged from those of `units` units of this one of the `fines`. */
  readonly ownChannels:
    | { readonly fine: number; readonly units: number; readonly offset: number }
    | undefined;
}

/** The records of a layer have the same plans. */
const layouts = new WeakMap<readonly (MethodPlan | UndefinedPlan)[], MethodLayout | typeof TOO_MANY>();

/**
 * Lays out the memory of the methods of a plan. `unitsOf` returns the number of units of fine moments. Returns undefined
 * if the methods have too many units.
 */
export function methodLayout(
  plans: readonly (MethodPlan | UndefinedPlan)[],
  channels: number,
  unitsOf: (name: FineName) => number,
): MethodLayout | undefined {
  const layout = layouts.get(plans) ?? layoutOf(plans, channels, unitsOf);
  layouts.set(plans, layout);
  return layout === TOO_MANY ? undefined : layout;
}

/**
 * Returns the fields of the `MethodTable`s, one after the other, if the room begins at `own`, and the moments of the
 * layout's `fines` are at these addresses.
 */
export function methodFields(
  { offsets, bases }: MethodLayout,
  own: number,
  fines: readonly number[],
): Int32Array {
  const addresses = [0, own, ...fines];
  return offsets.map((offset, i) => offset + addresses[bases[i]]);
}

function layoutOf(
  plans: readonly (MethodPlan | UndefinedPlan)[],
  channels: number,
  unitsOfFine: (name: FineName) => number,
): MethodLayout | typeof TOO_MANY {
  const defined = definedPlans(plans);
  const unique = defined.filter((plan, i) => defined.findIndex((each) => areEqualMethods(each, plan)) === i);
  const uniqueOf = defined.map((plan) => unique.findIndex((each) => areEqualMethods(each, plan)));
  const fines = [...new Set(unique.map(({ fine }) => fine))];
  const unitsOf = new Map(fines.map((name) => [name, unitsOfFine(name)]));
  if (unique.reduce((sum, { partition }) => sum + partition.units, 0) > MAX_UNITS) return TOO_MANY;

  let bytes = 0;
  const take = (wanted: number) => {
    const at = bytes;
    bytes = Math.ceil((bytes + wanted) / 16) * 16;
    return at;
  };
  // The arrays of a channel's unit: first the channels' numbers, then zeros, and then those of the partitions.
  const ascending = Int32Array.from({ length: channels }, (_, c) => c);
  const channelUnits: Int32Array[] = [ascending, new Int32Array(channels)];
  const placeOf = new Map<Partition, number>();
  for (const { partition } of unique) {
    if (placeOf.has(partition)) continue;
    placeOf.set(partition, 4 * channels * channelUnits.length);
    channelUnits.push(partition.channelUnit);
  }
  const constants = new Int32Array(channels * channelUnits.length);
  for (const [i, each] of channelUnits.entries()) constants.set(each, i * channels);
  take(constants.byteLength);
  const tables = take(4 * FIELDS * unique.length);
  const sample = take((8 + 3 * 4 + 16) * MAX_SAMPLED + 16);
  const length = 8 * (FIGURE.channels + 3 * channels);
  const figures = take(length * unique.length);

  const fineAt = (name: FineName): Address => [FIRST_FINE + fines.indexOf(name), 0];
  const isOfChannels = ({ isWithinChannels, partition }: MethodPlan) =>
    isWithinChannels && partition.nStride === 0;
  const ofChannels = unique.find(isOfChannels)?.fine;
  const ownUnits = ofChannels === undefined ? channels : (unitsOf.get(ofChannels) ?? 0);
  const own: Address =
    ofChannels !== undefined && ownUnits === channels
      ? fineAt(ofChannels)
      : [OWN, take(MERGED_BYTES * channels)];
  const momentsOf = new Map<Partition, Address>();
  const fields = unique.flatMap((plan, i): Address[] => {
    const { method, partition, fine, isWithinChannels } = plan;
    const { units, nStride, pStride } = partition;
    const [isRaw, fines] = [method === 'none', unitsOf.get(fine) ?? 0];
    const figuresAt: Address = [OWN, figures + length * i];
    const ready = isRaw
      ? figuresAt
      : isOfChannels(plan)
        ? own
        : units === fines
          ? fineAt(fine)
          : momentsOf.get(partition);
    const moments = ready ?? [OWN, take(MERGED_BYTES * units)];
    momentsOf.set(partition, moments);
    const ofAll = isOfChannels(plan);
    const number = (value: number): Address => [NUMBER, value];
    return [
      ...[isRaw ? 0 : method === 'rms' ? 2 : 1, units, nStride, pStride].map(number),
      [OWN, placeOf.get(partition) ?? 0],
      moments,
      ready === undefined ? fineAt(fine) : number(0),
      number(fines),
      [OWN, take(16 * units)],
      !isWithinChannels ? number(0) : isRaw ? own : [OWN, take(MERGED_BYTES * channels)],
      isRaw || !isWithinChannels ? number(0) : ofAll ? own : fineAt(fine),
      number(ofAll ? channels : fines),
      [OWN, take(8 * MAX_SAMPLED)],
      figuresAt,
    ];
  });
  return {
    ...{ unique, uniqueOf, fines, constants, tables, sample, figures, bytes },
    offsets: Int32Array.from(fields, ([, offset]) => offset),
    bases: Uint8Array.from(fields, ([from]) => from),
    ownChannels:
      ofChannels === undefined || ownUnits === channels
        ? undefined
        : { fine: fines.indexOf(ofChannels), units: ownUnits, offset: own[1] },
  };
}

/** What an address is counted from, and its distance from there. */
type Address = readonly [from: number, offset: number];
