import type { LayerEntry, RecordEntry, RecordPlace, RunCatalog, Unrecognized, Variant } from './catalog';
import type { Problem } from './problem';
import type { RunScalars } from './scalars';
import { seriesOfLayer } from './series';

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
  /** Absent if unchanged. */
  readonly scalars?: RunScalars;
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
  // Not the same array: each grows separately.
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
