import {
  areEqualMethods,
  definedPlans,
  type FineName,
  type MethodPlan,
  type UndefinedPlan,
} from '../methods/methodPlan';
import type { Partition } from '../methods/partition';
import { ArenaMoments, addressOfMoments, ownedMoments } from '../simd/arenaMoments';
import type { WasmArena } from '../simd/wasmArena';
import { type Quantiles, rankOf } from '../statistics/grid';
import type { Moments } from '../statistics/moments';
import { ArenaMaps } from './arenaMaps';
import type { DerivedMethod } from './derivedMethods';
import { MAX_SAMPLED, thinned } from './sample';
import type { ValueSample } from './sufficientStatistics';
import { NO_UNITS, type UnitFigures, unitStatistics } from './unitFigures';

/** Places among the figures of a method; see src/kernel/simd/assembly/methods.ts. Those of channels follow. */
const FIGURE = {
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

/**
 * Derives methods in the arena's memory, all in one call: what `plannedMethods` and `derivedMethods` give without learned
 * parameters. The result is valid until the arena is cleared. Returns undefined if there is no
 * room.
 */
export function simdMethods(
  arena: WasmArena,
  channels: number,
  plans: readonly (MethodPlan | UndefinedPlan)[],
  epsilon: number,
  fineOf: (name: FineName) => Moments,
  sample: ValueSample,
): readonly DerivedMethod[] | undefined {
  const layout = layouts.get(plans) ?? layoutOf(plans, channels, fineOf);
  layouts.set(plans, layout);
  if (layout === TOO_MANY) return undefined;
  const { unique, uniqueOf, constants, offsets, bases, ownChannels } = layout;
  const addresses = [0, 0];
  for (const name of layout.fines) {
    const at = addressOfMoments(arena, fineOf(name));
    if (at === undefined) return undefined;
    addresses.push(at);
  }
  const base = arena.room(layout.bytes);
  if (base === undefined) return undefined;
  addresses[OWN] = base;
  arena.int32(base, constants.length).set(constants);
  const tables = base + layout.tables;
  const fields = arena.int32(tables, offsets.length);
  for (let i = 0; i < offsets.length; i++) fields[i] = offsets[i] + addresses[bases[i]];
  const { values, n, c, p } = thinned(sample);
  const [sampleAt, sampled] = [base + layout.sample, values.length];
  arena.float64(sampleAt, sampled).set(values);
  const roles = arena.int32(sampleAt + 8 * sampled, 3 * sampled);
  roles.set(n);
  roles.set(c, sampled);
  roles.set(p, 2 * sampled);
  if (ownChannels !== undefined) {
    const { fine, units, offset } = ownChannels;
    arena.code.mergeUnits(addresses[fine], units, channels, base + offset, channels, 0, base);
  }
  const zeros = base + 4 * channels;
  arena.code.deriveMethods(tables, unique.length, channels, base, zeros, epsilon, sampleAt, sampled);
  const length = FIGURE.channels + 3 * channels;
  const all = arena.float64(base + layout.figures, length * unique.length).slice();
  const derived = unique.map((plan, i) =>
    derivedMethod(
      arena,
      plan,
      channels,
      fields.subarray(FIELDS * i, FIELDS * (i + 1)),
      all.subarray(length * i, length * (i + 1)),
    ),
  );
  return definedPlans(plans).map((plan, i) => ({ ...derived[uniqueOf[i]], plan }));
}

/** Fields of `MethodTable` in src/kernel/simd/assembly/methods.ts, int32 each. */
const FIELD = { channelUnit: 4, moments: 5, maps: 8, channels: 9, sample: 12 } as const;
const FIELDS = 14;

/** What addresses are counted from: 0, the room that is taken for the methods, or the first of the fine moments. */
const [NUMBER, OWN, FIRST_FINE] = [0, 1, 2];

/** Where everything is in the room of the methods. It begins with the number of each channel, and then zeros. */
interface Layout {
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
  /** The channels' own moments, merged from `units` fine ones. */
  readonly ownChannels:
    | { readonly fine: number; readonly units: number; readonly offset: number }
    | undefined;
}

/** The records of a layer have the same plans. */
const layouts = new WeakMap<readonly (MethodPlan | UndefinedPlan)[], Layout | typeof TOO_MANY>();

function layoutOf(
  plans: readonly (MethodPlan | UndefinedPlan)[],
  channels: number,
  fineOf: (name: FineName) => Moments,
): Layout | typeof TOO_MANY {
  const defined = definedPlans(plans);
  const unique = defined.filter((plan, i) => defined.findIndex((each) => areEqualMethods(each, plan)) === i);
  const uniqueOf = defined.map((plan) => unique.findIndex((each) => areEqualMethods(each, plan)));
  const fines = [...new Set(unique.map(({ fine }) => fine))];
  const unitsOf = new Map(fines.map((name) => [name, fineOf(name).units]));
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
        : { fine: fineAt(ofChannels)[0], units: ownUnits, offset: own[1] },
  };
}

/** What an address is counted from, and its distance from there. */
type Address = readonly [from: number, offset: number];

function derivedMethod(
  arena: WasmArena,
  plan: MethodPlan,
  channels: number,
  fields: Int32Array,
  figures: Float64Array,
): DerivedMethod {
  const { method, partition, isWithinChannels } = plan;
  const moments = new ArenaMoments(arena, fields[FIELD.moments], partition.units);
  const normal = new ArenaMaps(arena, partition, moments, fields[FIELD.maps], fields[FIELD.channelUnit]);
  const column = (i: number) =>
    figures.subarray(FIGURE.channels + i * channels, FIGURE.channels + (i + 1) * channels);
  return {
    plan,
    normal,
    affine: undefined,
    maps: normal,
    channels: isWithinChannels ? new ArenaMoments(arena, fields[FIELD.channels], channels) : undefined,
    total: {
      count: figures[FIGURE.count],
      mean: figures[FIGURE.mean],
      m2: figures[FIGURE.m2],
      min: figures[FIGURE.min],
      max: figures[FIGURE.max],
    },
    quantiles: quantilesIn(arena, fields[FIELD.sample], figures),
    unitFigures: (withUnits) => unitFiguresIn(plan, moments, figures, withUnits),
    ...(isWithinChannels && {
      channelFigures: {
        channelMean: column(0),
        channelStd: column(1),
        ...(method === 'none' && { channelPeak: column(2) }),
      },
    }),
  };
}

/** Those that every grid is chosen from are known; others are selected when they are asked for. */
function quantilesIn(arena: WasmArena, sampleAt: number, figures: Float64Array): Quantiles {
  const finite = figures[FIGURE.sampled];
  return (q) => {
    if (finite === 0) return 0;
    if (q === 0.15) return figures[FIGURE.p15];
    if (q === 0.85) return figures[FIGURE.p85];
    return arena.code.orderStatistic(sampleAt, finite, rankOf(q, finite));
  };
}

function unitFiguresIn(
  { method }: MethodPlan,
  moments: Moments,
  figures: Float64Array,
  withUnits: boolean,
): UnitFigures {
  if (method === 'none') return NO_UNITS;
  const constantUnits = figures[FIGURE.constantUnits];
  return {
    unitCount: moments.units,
    unitMean: { min: figures[FIGURE.leastMean], max: figures[FIGURE.greatestMean] },
    unitVariance: { min: figures[FIGURE.leastSpread], max: figures[FIGURE.greatestSpread] },
    ...(constantUnits > 0 && { constantUnits }),
    ...(withUnits && { units: unitStatistics(method, ownedMoments(moments)) }),
  };
}
