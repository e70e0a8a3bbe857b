import { appendInPlace } from './appendInPlace';
import type { LayerEntry, RecordEntry, RecordPlace, RunCatalog, Unrecognized, Variant } from './catalog';
import type { Problem } from './problem';
import { deriveSeries, growSeries, seriesOfLayer } from './series';

/**
 * The changes of an open run. Existing ids stay the same; new layers, variants, and records get the next ids.
 */
export interface CatalogDelta<R extends RecordPlace = RecordEntry> {
  /** Ids continue after the catalog's last one. */
  readonly added: readonly R[];
  /** Records whose file was rewritten: the same ids, other content. */
  readonly changed: readonly R[];
  /** Ids of records whose file was deleted. */
  readonly removed: readonly number[];
  /** Layers that are new or whose description changed, apart from their steps. */
  readonly layers: readonly LayerEntry[];
  /** New ones. */
  readonly variants: readonly Variant[];
  /** All of them; absent if unchanged. */
  readonly problems?: readonly Problem[];
  /** All of them; absent if unchanged. */
  readonly unrecognized?: readonly Unrecognized[];
}

/** What an update of a run found. */
export type RunUpdate = {
  /** Files that could not be read and may be half-written: read them again later. */
  readonly waiting: readonly string[];
} & (
  | { readonly kind: 'same' }
  | { readonly kind: 'delta'; readonly delta: CatalogDelta }
  /** The new files change how the others are interpreted. */
  | { readonly kind: 'reset'; readonly catalog: RunCatalog }
);

/**
 * The catalog after a change. The work is proportional to the series that changed, or to the new records if a series
 * only grows at its end. Records, series, and steps are extended in place, so do not use the previous catalog
 * afterward.
 */
export function withDelta<R extends RecordPlace>(
  catalog: RunCatalog<R>,
  delta: CatalogDelta<R>,
): RunCatalog<R> {
  const records = withRecords(catalog, delta);
  const layers = [...catalog.layers];
  for (const layer of delta.layers) layers[layer.id] = layer;
  const touched = new Set([
    ...[...delta.added, ...delta.changed].map(({ layer }) => layer),
    ...delta.removed.map((id) => records[id].layer),
    ...delta.layers.map(({ id }) => id),
  ]);
  for (const id of touched) layers[id] = { ...layers[id], steps: stepsWith(catalog, { records }, delta, id) };
  return {
    ...catalog,
    records,
    layers,
    steps: delta.removed.length > 0 ? stepsOfRun(layers) : withSteps(catalog.steps, delta.added),
    variants: delta.variants.length > 0 ? [...catalog.variants, ...delta.variants] : catalog.variants,
    ...(delta.problems !== undefined && { problems: delta.problems }),
    ...(delta.unrecognized !== undefined && { unrecognized: delta.unrecognized }),
  };
}

/** The records after a change, whose series are known from those before. */
function withRecords<R extends RecordPlace>(
  catalog: RunCatalog<R>,
  { added, changed, removed }: CatalogDelta<R>,
): readonly R[] {
  if (changed.length + removed.length === 0) {
    if (added.length === 0) return catalog.records;
    const { records } = growSeries(catalog, added);
    return records;
  }
  const records = catalog.records.concat(added);
  for (const record of changed) records[record.id] = record;
  for (const id of removed) records[id] = { ...records[id], removed: true };
  const dropped = new Set([...removed, ...changed.map(({ id }) => id)]);
  deriveSeries(catalog, { records }, dropped, [...added, ...changed]);
  return records;
}

/**
 * Merges a delta into pending ones. A delta that only appends is merged into the previous one: the cost of each delta
 * is proportional to whole series, and a slow panel receives many at once.
 */
export function addDelta<R extends RecordPlace>(deltas: CatalogDelta<R>[], next: CatalogDelta<R>): void {
  const before = deltas.at(-1);
  if (before === undefined || next.changed.length + next.removed.length > 0) {
    deltas.push(next);
    return;
  }
  deltas[deltas.length - 1] = {
    ...before,
    ...next,
    added: [...before.added, ...next.added],
    changed: before.changed,
    removed: before.removed,
    layers: [...before.layers, ...next.layers],
    variants: [...before.variants, ...next.variants],
  };
}

/** The steps of a layer after a change. If the series only grows at its end, existing steps are not visited. */
function stepsWith<R extends RecordPlace>(
  { layers }: RunCatalog<R>,
  after: Pick<RunCatalog<R>, 'records'>,
  { added, changed, removed }: CatalogDelta<R>,
  layer: number,
): readonly number[] {
  const steps = layers[layer]?.steps;
  const isGrowth = steps !== undefined && changed.length + removed.length === 0;
  const fresh = isGrowth ? added.filter((record) => record.layer === layer) : [];
  const last = steps?.at(-1) ?? Number.NEGATIVE_INFINITY;
  if (!isGrowth || fresh.some(({ step }) => step <= last)) return stepsOfLayer(after, layer);
  return appendInPlace(steps, distinct(fresh.map(({ step }) => step)));
}

/** Steps at which a layer has a record, ascending. */
export function stepsOfLayer(
  catalog: Pick<RunCatalog<RecordPlace>, 'records'>,
  layer: number,
): readonly number[] {
  const series = seriesOfLayer(catalog, layer).map((each) => each.map(({ step }) => step));
  return series.length === 1 ? series[0] : distinct(series.flat());
}

/** Steps at which any layer has a record, ascending. */
export function stepsOfRun(layers: readonly LayerEntry[]): readonly number[] {
  // Most layers have the steps of the first.
  const [first, ...others] = layers.map((layer) => layer.steps);
  const different = others.filter((steps) => !areEqual(steps, first));
  // Not the same array: each grows separately.
  if (different.length === 0) return [...(first ?? [])];
  return distinct([first, ...different].flat());
}

/** New steps are most often after all others. */
function withSteps(steps: readonly number[], added: readonly RecordPlace[]): readonly number[] {
  const fresh = distinct(added.map(({ step }) => step));
  if (fresh.length === 0) return steps;
  const last = steps.at(-1) ?? Number.NEGATIVE_INFINITY;
  if (fresh[0] > last) return appendInPlace(steps, fresh);
  return fresh.length === 1 && fresh[0] === last ? steps : distinct([...steps, ...fresh]);
}

function areEqual(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((step, i) => step === b[i]);
}

function distinct(steps: readonly number[]): readonly number[] {
  return [...new Set(steps)].sort((a, b) => a - b);
}
