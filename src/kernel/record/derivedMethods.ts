import type { ChannelAffine } from '../methods/layerParameters';
import type { MethodPlan, Normalization } from '../methods/methodPlan';
import { channelPartition, unitAt, wholePartition } from '../methods/partition';
import { quantilesSimd } from '../simd/quantilesSimd';
import type { WasmArena } from '../simd/wasmArena';
import { acquireZeros } from '../statistics/bufferPool';
import { type Quantiles, quantilesOf } from '../statistics/grid';
import { coarsen, type Moments, momentsOfUnit, type UnitMoments } from '../statistics/moments';
import type { Extent } from '../tensor/layoutAxes';
import { needsChannels, type PlannedMethod } from './plannedMethods';
import type { MethodSketch } from './recordSketch';
import { thinned } from './sample';
import type { ValueSample } from './sufficientStatistics';
import { type UnitFigures, unitFigures } from './unitFigures';

/** Figures of the channels after a method. */
export type ChannelFigures = Pick<MethodSketch, 'channelMean' | 'channelStd' | 'channelPeak'>;

/** A planned method, and what its histogram is chosen and summarized from. */
export interface DerivedMethod extends PlannedMethod {
  /** Moments of each channel after the method, γ, and β; absent if they are to be collected. */
  readonly channels: Moments | undefined;
  readonly total: UnitMoments;
  /** Quantiles of a sample of the values after the method. */
  readonly quantiles: Quantiles;
  unitFigures(withUnits: boolean): UnitFigures;
  readonly channelFigures?: ChannelFigures;
}

/**
 * Derives what the histograms are chosen from. `channelsOf` returns each channel's moments of x̂ if a method {@link
 * needsChannels}. Methods with equal results share theirs. With an arena, its loop selects quantiles.
 */
export function derivedMethods(
  extent: Extent,
  methods: readonly PlannedMethod[],
  sample: ValueSample,
  channelsOf: (method: PlannedMethod) => Moments,
  arena: WasmArena | undefined,
): readonly DerivedMethod[] {
  const few = thinned(sample);
  const quantiles = arena === undefined ? quantilesOf : (of: Float64Array) => quantilesSimd(arena, of);
  const derived: DerivedMethod[] = [];
  for (const method of methods) {
    const { plan, normal, affine } = method;
    const equal = derived.find((each) => each.normal === normal);
    if (equal !== undefined) {
      derived.push({ ...equal, plan });
      continue;
    }
    const ofXhat = needsChannels(method) ? channelsOf(method) : method.channels;
    const channels = ofXhat && (affine === undefined ? ofXhat : afterAffine(ofXhat, affine));
    const total = channels === undefined ? totalOfUnits(normal) : coarsen(channels, wholePartition(extent));
    derived.push({
      ...method,
      channels,
      total: momentsOfUnit(total, 0),
      quantiles: quantiles(normalizedSample(few, plan, normal, affine)),
      unitFigures: (withUnits) => unitFigures(plan.method, normal.moments, withUnits),
    });
  }
  return derived;
}

/** Returns the finite sampled values after a method. */
function normalizedSample(
  { values, n, c, p }: ValueSample,
  { partition }: MethodPlan,
  { shift, scale }: Normalization,
  affine: ChannelAffine | undefined,
): Float64Array {
  const normalized = acquireZeros(values.length);
  let finite = 0;
  for (let k = 0; k < values.length; k++) {
    if (values[k] - values[k] !== 0) continue;
    const unit = unitAt(partition, n[k], c[k], p[k]);
    const y = (values[k] - shift[unit]) * scale[unit];
    normalized[finite++] = affine === undefined ? y : y * affine.gamma[c[k]] + affine.beta[c[k]];
  }
  return normalized.subarray(0, finite);
}

/** Divisions that merge all units into one, and that keep each unit. */
const ONE = { units: 1, nStride: 0, channelUnit: new Int32Array(1) };
const EACH = { ...ONE, nStride: 1 };

/** Returns the moments of all x̂ as one unit, from those of the units. */
export function totalOfUnits({ moments, shift, scale }: Normalization): Moments {
  return coarsen(moments, ONE, { division: EACH, shift, scale });
}

/** Returns the moments of the channels' values y = x̂·γ + β, from those of x̂. */
export function afterAffine(channels: Moments, { gamma, beta }: ChannelAffine): Moments {
  const { units } = channels;
  const division = channelPartition({ samples: 1, channels: units, positions: 1 });
  const shift = new Float64Array(units);
  const scaled = coarsen(channels, division, { division, shift, scale: gamma });
  for (const column of [scaled.mean, scaled.min, scaled.max])
    for (let c = 0; c < units; c++) column[c] += beta[c];
  return scaled;
}
