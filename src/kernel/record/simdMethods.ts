import { definedPlans, type FineName, type MethodPlan, type UndefinedPlan } from '../methods/methodPlan';
import { ArenaMoments, addressOfMoments, ownedMoments } from '../simd/arenaMoments';
import type { WasmArena } from '../simd/wasmArena';
import { type Quantiles, rankOf } from '../statistics/grid';
import type { Moments } from '../statistics/moments';
import { ArenaMaps } from './arenaMaps';
import type { DerivedMethod } from './derivedMethods';
import { FIELD, FIELDS, FIGURE, methodFields, methodLayout } from './methodLayout';
import { thinned } from './sample';
import type { ValueSample } from './sufficientStatistics';
import { NO_UNITS, type UnitFigures, unitStatistics } from './unitFigures';

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
  const layout = methodLayout(plans, channels, (name) => fineOf(name).units);
  if (layout === undefined) return undefined;
  const { unique, uniqueOf, constants, ownChannels } = layout;
  const fines: number[] = [];
  for (const name of layout.fines) {
    const at = addressOfMoments(arena, fineOf(name));
    if (at === undefined) return undefined;
    fines.push(at);
  }
  const base = arena.room(layout.bytes);
  if (base === undefined) return undefined;
  arena.int32(base, constants.length).set(constants);
  const tables = base + layout.tables;
  const fields = methodFields(layout, base, fines);
  arena.int32(tables, fields.length).set(fields);
  const { values, n, c, p } = thinned(sample);
  const [sampleAt, sampled] = [base + layout.sample, values.length];
  arena.float64(sampleAt, sampled).set(values);
  const roles = arena.int32(sampleAt + 8 * sampled, 3 * sampled);
  roles.set(n);
  roles.set(c, sampled);
  roles.set(p, 2 * sampled);
  if (ownChannels !== undefined) {
    const { fine, units, offset } = ownChannels;
    arena.code.mergeUnits(fines[fine], units, channels, base + offset, channels, 0, base);
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
