import type { LayerEntry, RecordEntry, RecordPlace, RunCatalog, Variant } from './catalog';
import { isOtherRun, type OtherRun, type Reference } from './reference';
import { positionOf, referenceOf, type Series, seriesOf } from './series';

/** How a layer of one run was joined with one of another: by a person's choice, its name, or its place among its type. */
export type JoinedBy = 'choice' | 'name' | 'order';

/** A layer of the run, and the one of the other run that belongs to it. */
export interface JoinedLayer {
  /** Id in the run. */
  readonly layer: number;
  /** Id in the other run; absent if no layer there belongs to it. */
  readonly other?: number;
  readonly by?: JoinedBy;
}

/** Which layers, steps and variants of two runs belong together. */
export interface RunJoin<R extends RecordPlace = RecordEntry> {
  /** The run that is compared with. */
  readonly other: RunCatalog<R>;
  /** One for each layer of the run, by id. */
  readonly layers: readonly JoinedLayer[];
  /** Ids of the layers of the other run that belong to none. */
  readonly unmatched: readonly number[];
  /**
   * The record of the other run that belongs to one of this run: of the joined layer and variant, at the same step, or
   * otherwise at the nearest (the earlier of two).
   */
  partnerOf(record: RecordPlace): R | undefined;
}

/**
 * Joins a run with another: layers by the person's choice, by name, or by their order among the layers of one type, if both
 * runs have as many of those left; variants by phase, rank and call. The catalogs may grow; joining takes time proportional
 * to the number of layers.
 */
export function joinRuns<R extends RecordPlace>(
  run: Pick<RunCatalog<RecordPlace>, 'layers' | 'variants'>,
  other: RunCatalog<R>,
  chosen: OtherRun['layers'] = {},
): RunJoin<R> {
  const layers = joinLayers(run.layers, other.layers, chosen);
  const used = new Set(layers.map((each) => each.other));
  const variants = run.variants.map((variant) => variantLike(variant, other.variants));
  return {
    other,
    layers,
    unmatched: other.layers.flatMap(({ id }) => (used.has(id) ? [] : [id])),
    partnerOf: ({ layer, variant, step }) => {
      const joined = layers[layer]?.other;
      const like = variants[variant];
      if (joined === undefined || like === undefined) return undefined;
      return nearestRecord(seriesOf(other, joined, like), step);
    },
  };
}

/** The reference record of a record's shift, in its run or in the other run; undefined if there is none. */
export function referenceRecord<R extends RecordPlace>(
  series: Series<R>,
  position: number,
  reference: Reference,
  join: RunJoin<R> | undefined,
): R | undefined {
  if (!isOtherRun(reference)) return referenceOf(series, position, reference);
  return join?.partnerOf(series[position]);
}

function joinLayers(
  layers: readonly LayerEntry[],
  others: readonly LayerEntry[],
  chosen: NonNullable<OtherRun['layers']>,
): readonly JoinedLayer[] {
  const joined = new Map<number, JoinedLayer>();
  const free = new Set(others.map(({ id }) => id));
  const join = (layer: LayerEntry, other: LayerEntry | undefined, by: JoinedBy) => {
    if (other === undefined || !free.delete(other.id)) return;
    joined.set(layer.id, { layer: layer.id, other: other.id, by });
  };
  const open = () => layers.filter(({ id, fullName }) => !joined.has(id) && !Object.hasOwn(chosen, fullName));
  for (const layer of layers) {
    if (!Object.hasOwn(chosen, layer.fullName)) continue;
    const name = chosen[layer.fullName];
    join(layer, name === null ? undefined : others.find(({ fullName }) => fullName === name), 'choice');
  }
  for (const nameOf of [({ fullName }: LayerEntry) => fullName, ({ name }: LayerEntry) => name]) {
    const byName = new Map(others.map((other) => [nameOf(other), other]));
    for (const layer of open()) join(layer, byName.get(nameOf(layer)), 'name');
  }
  const rest = groupByType(others.filter(({ id }) => free.has(id)));
  for (const [type, ofType] of groupByType(open())) {
    const candidates = rest.get(type) ?? [];
    if (candidates.length !== ofType.length) continue;
    for (const [i, layer] of ofType.entries()) join(layer, candidates[i], 'order');
  }
  return layers.map(({ id }) => joined.get(id) ?? { layer: id });
}

/** Layers by the class of their module. Those whose class is unknown are never joined by order. */
function groupByType(layers: readonly LayerEntry[]): ReadonlyMap<string, readonly LayerEntry[]> {
  const groups = new Map<string, LayerEntry[]>();
  for (const layer of layers) {
    const type = layer.class ?? layer.module;
    if (type === undefined) continue;
    const group = groups.get(type);
    if (group === undefined) groups.set(type, [layer]);
    else group.push(layer);
  }
  return groups;
}

/** Index of the variant that is like this one: equal, or the only one there is. */
function variantLike(variant: Variant, others: readonly Variant[]): number | undefined {
  if (others.length === 1) return 0;
  const found = others.findIndex(
    (other) =>
      other.phase === variant.phase &&
      other.rank === variant.rank &&
      other.call === variant.call &&
      (other.ranks === undefined) === (variant.ranks === undefined),
  );
  return found < 0 ? undefined : found;
}

function nearestRecord<R extends RecordPlace>(series: Series<R>, step: number): R | undefined {
  const at = positionOf(series, step);
  const [before, after] = [series[at - 1], series[at]];
  if (before === undefined || after === undefined) return after ?? before;
  return after.step - step < step - before.step ? after : before;
}
