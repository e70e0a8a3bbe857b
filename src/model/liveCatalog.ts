import type { RecordEntry, RecordPlace, RunCatalog } from './catalog';
import { type CatalogDelta, distinctSteps, stepsOfLayer, stepsOfRun } from './catalogDelta';
import { indexOf, setIndex } from './series';
import type { SeriesIndex } from './seriesIndex';

/** What a live catalog alone writes to. */
interface Owned<R extends RecordPlace> {
  records: R[];
  index: SeriesIndex<R>;
  steps: number[];
  /** By layer id. */
  readonly layerSteps: number[][];
}

/**
 * The catalog of a growing run. It applies changes one by one and returns the catalog after each: another object, whose
 * lists are extended in place if records are only appended. Copying a hundred thousand records for each step would
 * block the panel many times a second. So a catalog returned earlier also contains what is appended later.
 */
export class LiveCatalog<R extends RecordPlace = RecordEntry> {
  private owned: Owned<R> | undefined;

  /** The given catalog is not written to: the first change copies its lists. */
  constructor(private catalog: RunCatalog<R>) {}

  /** One that the list of records of the given catalog belongs to, with its index: it writes to them, and copies neither. */
  static owning<R extends RecordPlace>(catalog: RunCatalog<R>): LiveCatalog<R> {
    const live = new LiveCatalog(catalog);
    live.owned = ownedBy(catalog, catalog.records as R[], indexOf(catalog));
    return live;
  }

  /** The catalog after the changes so far. */
  get current(): RunCatalog<R> {
    return this.catalog;
  }

  /** Applies a change, and returns the catalog after it. The work is proportional to the change, not to the run. */
  apply(delta: CatalogDelta<R>): RunCatalog<R> {
    const owned = this.own();
    const { catalog } = this;
    const isAppend = delta.changed.length + delta.removed.length === 0;
    if (isAppend) appendRecords(owned, delta.added);
    else replaceLists(owned, delta);
    const { records } = owned;
    const layers = [...catalog.layers];
    for (const layer of delta.layers) layers[layer.id] = layer;
    for (const [id, added] of addedByLayer(delta, records)) {
      if (!isAppend || !appendSteps(owned.layerSteps[id], added))
        owned.layerSteps[id] = [...stepsOfLayer({ records }, id)];
      layers[id] = { ...layers[id], steps: owned.layerSteps[id] };
    }
    if (!isAppend || !appendSteps(owned.steps, delta.added)) owned.steps = [...stepsOfRun(layers)];
    this.catalog = {
      ...catalog,
      records,
      layers,
      steps: owned.steps,
      variants: delta.variants.length > 0 ? [...catalog.variants, ...delta.variants] : catalog.variants,
      ...(delta.problems !== undefined && { problems: delta.problems }),
      ...(delta.unrecognized !== undefined && { unrecognized: delta.unrecognized }),
      ...(delta.scalars !== undefined && { scalars: delta.scalars }),
    };
    return this.catalog;
  }

  private own(): Owned<R> {
    if (this.owned !== undefined) return this.owned;
    const { catalog } = this;
    const records = [...catalog.records];
    const index = indexOf(catalog).copy();
    setIndex(records, index);
    this.owned = ownedBy(catalog, records, index);
    return this.owned;
  }
}

function ownedBy<R extends RecordPlace>(
  { steps, layers }: RunCatalog<R>,
  records: R[],
  index: SeriesIndex<R>,
): Owned<R> {
  return { records, index, steps: [...steps], layerSteps: layers.map((layer) => [...layer.steps]) };
}

function appendRecords<R extends RecordPlace>({ records, index }: Owned<R>, added: readonly R[]): void {
  for (const record of added) records.push(record);
  index.append(added);
}

/** Creates new lists, because readers of the previous ones rely on their content. */
function replaceLists<R extends RecordPlace>(
  owned: Owned<R>,
  { added, changed, removed }: CatalogDelta<R>,
): void {
  const records = owned.records.concat(added);
  const dropped = [...removed, ...changed.map(({ id }) => id)].map((id) => records[id]);
  for (const record of changed) records[record.id] = record;
  for (const id of removed) records[id] = { ...records[id], removed: true };
  owned.records = records;
  owned.index = owned.index.with(dropped, [...added, ...changed]);
  setIndex(records, owned.index);
}

/** Every layer that a change concerns, with the records that it adds to the layer. */
function addedByLayer<R extends RecordPlace>(
  { added, changed, removed, layers }: CatalogDelta<R>,
  records: readonly R[],
): ReadonlyMap<number, readonly R[]> {
  const byLayer = new Map<number, R[]>(layers.map(({ id }) => [id, []]));
  for (const { layer } of changed) byLayer.set(layer, []);
  for (const id of removed) byLayer.set(records[id].layer, []);
  for (const record of added) {
    const known = byLayer.get(record.layer);
    if (known === undefined) byLayer.set(record.layer, [record]);
    else known.push(record);
  }
  return byLayer;
}

/** Appends the steps of records to steps; false, with nothing appended, if they are not all after the last one. */
function appendSteps(steps: number[] | undefined, added: readonly RecordPlace[]): boolean {
  if (steps === undefined) return false;
  const fresh = distinctSteps(added.map(({ step }) => step));
  if (fresh.length === 0) return true;
  const last = steps.at(-1) ?? Number.NEGATIVE_INFINITY;
  if (fresh.length === 1 && fresh[0] === last) return true;
  if (fresh[0] <= last) return false;
  for (const step of fresh) steps.push(step);
  return true;
}
