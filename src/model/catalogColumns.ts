import type { LayerEntry, RecordPlace, RunCatalog } from './catalog';
import { stepsOfLayer, stepsOfRun } from './catalogDelta';

/**
 * A catalog in the form that is sent to the panel: records as columns, without derived data. For a run of a hundred
 * thousand records, one object per record would block both the host, which serializes them, and the page, which parses
 * them.
 */
export interface CatalogColumns extends Omit<RunCatalog<RecordPlace>, 'layers' | 'records' | 'steps'> {
  readonly layers: readonly Omit<LayerEntry, 'steps'>[];
  readonly records: RecordColumns;
}

/** By record id. */
interface RecordColumns {
  readonly layer: Int32Array;
  readonly step: Float64Array;
  readonly variant: Int32Array;
  /** Ids of records whose file was deleted. */
  readonly removed: readonly number[];
}

export function packCatalog({ steps: _, ...catalog }: RunCatalog<RecordPlace>): CatalogColumns {
  const { records } = catalog;
  const columns = {
    layer: new Int32Array(records.length),
    step: new Float64Array(records.length),
    variant: new Int32Array(records.length),
  };
  const removed: number[] = [];
  for (const { id, layer, step, variant, removed: isRemoved } of records) {
    columns.layer[id] = layer;
    columns.step[id] = step;
    columns.variant[id] = variant;
    if (isRemoved) removed.push(id);
  }
  return {
    ...catalog,
    layers: catalog.layers.map(({ steps: _, ...layer }) => layer),
    records: { ...columns, removed },
  };
}

export function unpackCatalog(columns: CatalogColumns): RunCatalog<RecordPlace> {
  const { layer, step, variant, removed } = columns.records;
  const records: RecordPlace[] = [];
  for (let id = 0; id < layer.length; id++)
    records[id] = { id, layer: layer[id], step: step[id], variant: variant[id] };
  for (const id of removed) records[id] = { ...records[id], removed: true };
  const layers = columns.layers.map((each) => ({ ...each, steps: stepsOfLayer({ records }, each.id) }));
  return { ...columns, records, layers, steps: stepsOfRun(layers) };
}
