import type { RecordPlace, RunCatalog } from '../model/catalog';
import type { Jump } from '../model/findings';
import { positionOf, seriesOf } from '../model/series';
import { isOrderKnown } from './layerWords';

/** Something seen in one record. */
export type Seen = Pick<RecordPlace, 'layer' | 'step' | 'variant'>;

/** Where something begins: the earliest step, and there the first layer of the network. */
export interface Origin<T extends Seen> {
  /** One for each layer at the earliest step, in the catalog's order. Not empty. */
  readonly atStep: readonly T[];
  /** Absent where several layers show it at that step and their order is not known. */
  readonly first?: T;
}

/** The origin of what was seen; undefined where nothing was. Of several variants of a layer the first counts. */
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

/** A figure of a layer; growth and shifts are ratios, so that 1 means nothing. */
export interface LayerValue {
  readonly layer: number;
  /** Above 0. */
  readonly value: number;
}

/**
 * The first large increase along the network: the first layer whose value is so many times the greatest value before it
 * that this is at least half of the largest such ratio, on a logarithmic scale. What grows behind it grows from what is
 * large already. Against the greatest and not the neighbor's value, because a normalization layer's output is small again
 * whatever it reads. Undefined with under two layers, or where their order is not known.
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

/** The recorded step before the one at which something was seen; undefined if that is the first one. */
export function stepBefore(catalog: RunCatalog, { layer, step, variant }: Seen): number | undefined {
  const series = seriesOf(catalog, layer, variant);
  return series[positionOf(series, step) - 1]?.step;
}
