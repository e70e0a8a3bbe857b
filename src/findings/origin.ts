import type { RecordPlace, RunCatalog } from '../model/catalog';
import type { Jump } from '../model/findings';
import { positionOf, seriesOf } from '../model/series';
import { isOrderKnown } from './layerWords';

/** An observation in one record. */
export type Seen = Pick<RecordPlace, 'layer' | 'step' | 'variant'>;

/** Where something begins: the earliest step, and the first layer in the network at that step. */
export interface Origin<T extends Seen> {
  /** One observation per layer at the earliest step, in catalog order. Not empty. */
  readonly atStep: readonly T[];
  /** Absent if several layers show it at that step and their order is unknown. */
  readonly first?: T;
}

/**
 * Returns the origin of a set of observations; undefined if the set is empty. If several variants of a layer show it,
 * the first variant counts.
 */
export function originOf<T extends Seen>(catalog: RunCatalog, seen: Iterable<T>): Origin<T> | undefined {
  let step = Number.POSITIVE_INFINITY;
  let byLayer = new Map<number, T>();
  for (const each of seen) {
    if (each.step > step) continue;
    if (each.step < step) byLayer = new Map();
    step = each.step;
    const known = byLayer.get(each.layer);
    if (known === undefined || each.variant < known.variant) byLayer.set(each.layer, each);
  }
  const atStep = [...byLayer.values()].sort((a, b) => a.layer - b.layer);
  if (atStep.length === 0) return undefined;
  return atStep.length === 1 || isOrderKnown(catalog) ? { atStep, first: atStep[0] } : { atStep };
}

/** Returns the first of the items with the earliest step: in network order, the first layer at that step. */
export function earliest<T>(all: readonly T[], stepOf: (each: T) => number): T {
  return all.reduce((a, b) => (stepOf(b) < stepOf(a) ? b : a));
}

/** A value of a layer. Growth and shifts are ratios, so 1 means no change. */
export interface LayerValue {
  readonly layer: number;
  /** Greater than 0. */
  readonly value: number;
}

/**
 * Returns the first large increase along the network: the first layer whose ratio to the largest earlier value is at
 * least half of the largest such ratio, on a logarithmic scale. Later layers grow only from an already large input.
 * The ratio is to the largest earlier value instead of the neighbor's, because the output of a normalization layer is
 * small whatever its input. Undefined if there are fewer than two layers or their order is unknown.
 */
export function firstJump(catalog: RunCatalog, values: readonly LayerValue[]): Jump | undefined {
  if (!isOrderKnown(catalog)) return undefined;
  const ordered = [...values].sort((a, b) => a.layer - b.layer);
  let greatest = ordered[0]?.value ?? Number.NaN;
  const jumps: Jump[] = [];
  for (const [i, { layer, value }] of ordered.slice(1).entries()) {
    const ratio = value / greatest;
    if (Number.isFinite(ratio)) jumps.push({ from: ordered[i].layer, to: layer, ratio });
    greatest = Math.max(greatest, value);
  }
  const largest = Math.max(...jumps.map(({ ratio }) => ratio));
  return jumps.find(({ ratio }) => ratio >= Math.sqrt(Math.max(1, largest)) || ratio === largest);
}

/** Returns the recorded step before an observation; undefined if it is at the first step. */
export function stepBefore(catalog: RunCatalog, { layer, step, variant }: Seen): number | undefined {
  const series = seriesOf(catalog, layer, variant);
  return series[positionOf(series, step) - 1]?.step;
}
