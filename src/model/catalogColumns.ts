import type { LayerEntry, RecordPlace, RunCatalog } from './catalog';
import { stepsOfLayer, stepsOfRun } from './catalogDelta';
import { flatMapInTurns, type InTurns } from './inTurns';
import { setPlaces } from './placeColumns';
import { setIndex } from './series';
import { SeriesIndex } from './seriesIndex';

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

/** Records that are unpacked between two yields. */
const STRETCH = 1 << 12;

/** The catalog of columns, in pieces: in one, that of a million records would hold back frames. */
export function* unpackCatalog(columns: CatalogColumns): InTurns<RunCatalog<RecordPlace>> {
  const { layer, step, variant, removed } = columns.records;
  const records: RecordPlace[] = [];
  for (let from = 0; from < layer.length; from += STRETCH) {
    const to = Math.min(from + STRETCH, layer.length);
    for (let id = from; id < to; id++)
      records.push({ id, layer: layer[id], step: step[id], variant: variant[id] });
    yield;
  }
  for (const id of removed) records[id] = { ...records[id], removed: true };
  setPlaces(records, { layer, step, variant });
  setIndex(records, yield* SeriesIndex.inTurns(records));
  const layers = yield* flatMapInTurns(columns.layers, (each) => ({
    ...each,
    steps: stepsOfLayer({ records }, each.id),
  }));
  return { ...columns, records, layers, steps: stepsOfRun(layers) };
}
