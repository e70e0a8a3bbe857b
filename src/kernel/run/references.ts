import type { RecordShift } from '../../model/analysis';
import type { RecordEntry, RunCatalog } from '../../model/catalog';
import { kindOf } from '../../model/knobs';
import { isOtherRun } from '../../model/reference';
import { joinRuns, referenceRecord } from '../../model/runJoin';
import type { Series } from '../../model/series';
import type { Sources } from '../cache/cachedRecords';
import { shiftBetween, shiftBetweenRuns } from '../figures/shift';
import type { RecordSketch } from '../record/recordSketch';
import {
  type KernelContext,
  layerKey,
  openSketchStore,
  type ReferenceRuns,
  type RunOptions,
  readable,
  type SketchStore,
} from './sketchStore';

/**
 * Joins a run with the run that is the reference in its options; undefined if a step is. Of the reference's group, only runs
 * of its kind count: those whose knobs are equal, seeds aside. `find` returns the open run with these roots, or throws.
 */
export function referenceRuns(
  { catalog, options }: Pick<RunOptions, 'catalog' | 'options'>,
  find: (roots: readonly string[]) => { readonly run: string; readonly catalog: RunCatalog },
): ReferenceRuns | undefined {
  const { reference } = options;
  if (!isOtherRun(reference)) return undefined;
  const other = find(reference.roots);
  // Both runs may have a layer of the same name with axes in another order.
  const { layouts = options.layouts } = reference;
  // A distance that another learning rate causes is not noise.
  const kind = kindOf(other.catalog.knobs ?? {});
  const kin = (reference.group ?? [])
    .map(find)
    .filter(({ catalog: { knobs = {} } }) => kindOf(knobs) === kind);
  const group = kin.map((each) => ({
    run: { ...each, options: { ...options, layouts } },
    join: joinRuns(other.catalog, each.catalog),
  }));
  return {
    run: { ...other, options: { ...options, layouts } },
    join: joinRuns(catalog, other.catalog, reference.layers),
    group,
  };
}

/** The records that shifts are measured from, of the run or of another, and their sketches. */
export interface References {
  /** The reference of a record; undefined if there is none. */
  of(series: Series, position: number): RecordEntry | undefined;
  /** The store that has the references. */
  readonly sketches: SketchStore;
  /** The sketch of a reference by its record id, in the catalog that has the references. */
  sketch(id: number): Promise<RecordSketch>;
  /** All records that the shift from a reference depends on, for the cache. */
  sources(reference: RecordEntry): Sources;
  shift(
    reference: RecordEntry,
    from: RecordSketch,
    current: RecordSketch,
  ): RecordShift['methods'] | Promise<RecordShift['methods']>;
  /** Leaves the store of the run open. */
  close(): Promise<void>;
}

/** The references that are steps of the run itself. */
export function ownReferences(
  sketches: SketchStore,
  { catalog, options }: Pick<RunOptions, 'catalog' | 'options'>,
): References {
  return {
    of: (series, position) => referenceRecord(series, position, options.reference, undefined),
    sketches,
    sketch: (id) => sketches.of(catalog.records[id]),
    sources: (record) => sketches.withOptions(record),
    shift: (_, from, current) => shiftBetween(from, current),
    close: async () => {},
  };
}

/** Opens the references of a run whose own sketches are in `sketches`. `group`: as for {@link openSketchStore}. */
export function openReferences(
  context: KernelContext,
  { catalog, options, other, run }: RunOptions,
  sketches: SketchStore,
  signal: AbortSignal,
  group = run,
): References {
  if (other === undefined) return ownReferences(sketches, { catalog, options });
  const store = openSketchStore(context, other.run, signal, group);
  const kin = other.group.map(({ run: each, join }) => ({
    store: openSketchStore(context, each, signal, group),
    join,
  }));
  const kinOf = (reference: RecordEntry) =>
    kin.flatMap((each) => {
      const record = each.join.partnerOf(reference);
      return record === undefined ? [] : [{ store: each.store, record }];
    });
  return {
    of: (series, position) => other.join.partnerOf(series[position]),
    sketches: store,
    sketch: (id) => store.of(other.run.catalog.records[id]),
    sources: (reference) => [
      store.withOptions(reference),
      ...kinOf(reference).map((each) => each.store.withOptions(each.record)),
    ],
    shift: async (reference, from, current) => {
      // A run of the group that cannot be read says so itself.
      const found = await Promise.all(
        kinOf(reference).map(async ({ store: each, record }) => readable((await each.ofEach([record]))[0])),
      );
      return shiftBetweenRuns(
        from,
        current,
        found.filter((each) => each !== undefined),
      );
    },
    close: async () => {
      await Promise.all([store, ...kin.map((each) => each.store)].map((each) => each.close()));
    },
  };
}

/** Keys under which memory protects layers that are on screen, and those of the other run that belong to them. */
export function layerKeys({ run, other }: RunOptions, layers: readonly number[]): string[] {
  return layers.flatMap((layer) => {
    const own = layerKey(run, layer);
    const joined = other?.join.layers[layer]?.other;
    return other === undefined || joined === undefined ? [own] : [own, layerKey(other.run.run, joined)];
  });
}
