import type { LayerEntry, RecordEntry, RecordPlace, RunCatalog, Unrecognised, Variant } from './catalog';
import type { Problem } from './problem';
import { seriesOfLayer } from './series';

/**
 * What changed in a run that is open. Ids of what was there stay as they are: new layers, variants and records come
 * after those.
 */
export interface CatalogDelta<R extends RecordPlace = RecordEntry> {
  /** Ids go on where the catalog's end. */
  readonly added: readonly R[];
  /** Records whose file was rewritten: the same ids, other content. */
  readonly changed: readonly R[];
  /** Ids of records whose file is gone. */
  readonly removed: readonly number[];
  /** Layers that are new or are told otherwise than before, without regard to their steps. */
  readonly layers: readonly LayerEntry[];
  /** New ones. */
  readonly variants: readonly Variant[];
  /** All there are now; absent where they are as before. */
  readonly problems?: readonly Problem[];
  /** All there are now; absent where they are as before. */
  readonly unrecognised?: readonly Unrecognised[];
}

/** What an update of a run found. */
export type RunUpdate = {
  /** Files that could not be read and may be half-written: to be looked at again. */
  readonly waiting: readonly string[];
} & (
  | { readonly kind: 'same' }
  | { readonly kind: 'delta'; readonly delta: CatalogDelta }
  /** What is new changes how the rest is read. */
  | { readonly kind: 'reset'; readonly catalog: RunCatalog }
);

/**
 * Adds a delta to those before it. One that only adds to the run is joined to the one before: what each of them costs
 * is in proportion to whole series, and a panel that is slow gets many at a time.
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

/** Steps at which a layer has a record, ascending. */
export function stepsOfLayer(
  catalog: Pick<RunCatalog<RecordPlace>, 'records'>,
  layer: number,
): readonly number[] {
  const series = seriesOfLayer(catalog, layer).map((each) => each.map(({ step }) => step));
  return series.length === 1 ? series[0] : distinctSteps(series.flat());
}

/** Steps at which any layer has a record, ascending. */
export function stepsOfRun(layers: readonly LayerEntry[]): readonly number[] {
  // Most layers have the steps of the first.
  const [first, ...others] = layers.map((layer) => layer.steps);
  const different = others.filter((steps) => !areEqual(steps, first));
  // Not the same array: each grows by itself.
  if (different.length === 0) return [...(first ?? [])];
  return distinctSteps([first, ...different].flat());
}

function areEqual(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((step, i) => step === b[i]);
}

/** Steps ascending, without repeats. */
export function distinctSteps(steps: readonly number[]): readonly number[] {
  return [...new Set(steps)].sort((a, b) => a - b);
}
