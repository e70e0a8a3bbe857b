import type { RecordSummary } from '../../src/model/analysis';
import type { LayerEntry, RecordPlace } from '../../src/model/catalog';
import { unpackCatalog } from '../../src/model/catalogColumns';
import type { InTurns } from '../../src/model/inTurns';
import { LiveCatalog } from '../../src/model/liveCatalog';
import { QuantityValues } from '../../src/model/quantityTable';
import { isOtherRun, type Reference } from '../../src/model/reference';
import { joinRuns, type RunJoin } from '../../src/model/runJoin';
import { runKey } from '../../src/model/runKey';
import { seriesOf } from '../../src/model/series';
import type { OtherSnapshot, OtherUpdate, PanelCatalog } from '../../src/protocol/panelApi';
import { RecordTable } from './recordTable';

/** What the host has sent about the run that the run in view is compared with. */
export interface OtherRunData {
  readonly roots: readonly string[];
  readonly title: string;
  /** Absent until the run is listed. */
  readonly liveCatalog: LiveCatalog<RecordPlace> | undefined;
  /** What belongs together in both runs; absent until both are listed. */
  readonly join: RunJoin<RecordPlace> | undefined;
  /** The quantity that the map shows, of its records. An update makes another view of the same figures. */
  readonly quantity: QuantityValues;
  /** Results of the layer that belongs to the one in focus, by its record ids. */
  readonly summaries: RecordTable<RecordSummary>;
}

/** The other run of a snapshot. */
export function* otherFromSnapshot(
  snapshot: OtherSnapshot | undefined,
  catalog: PanelCatalog | undefined,
  reference: Reference,
  quantity: QuantityValues['quantity'],
): InTurns<OtherRunData | undefined> {
  if (snapshot === undefined) return undefined;
  const liveCatalog = snapshot.catalog && LiveCatalog.owning(yield* unpackCatalog(snapshot.catalog));
  return {
    roots: snapshot.roots,
    title: snapshot.title,
    liveCatalog,
    join: joinOf(catalog, liveCatalog?.current, reference),
    quantity: QuantityValues.empty(quantity),
    summaries: RecordTable.of([]),
  };
}

/** Applies an update. `catalog`: of the run in view after it; `before`: the one before. */
export function otherWithUpdate(
  other: OtherRunData | undefined,
  update: OtherUpdate | undefined,
  catalog: { readonly before: PanelCatalog | undefined; readonly after: PanelCatalog | undefined },
  reference: Reference,
): OtherRunData | undefined {
  if (other === undefined) return other;
  const { deltas = [], quantity: news, summaries = [] } = update ?? {};
  for (const delta of deltas) other.liveCatalog?.apply(delta);
  const dropped = deltas.flatMap(({ changed, removed }) => [...changed.map(({ id }) => id), ...removed]);
  const isSame = deltas.length === 0 && catalog.before === catalog.after;
  for (const record of dropped) other.quantity.delete(record);
  const hasFigures =
    news !== undefined && news.quantity === other.quantity.quantity && news.record.length > 0;
  if (hasFigures) other.quantity.add(news);
  return {
    ...other,
    join: isSame ? other.join : joinOf(catalog.after, other.liveCatalog?.current, reference),
    quantity: hasFigures || dropped.length > 0 ? other.quantity.view() : other.quantity,
    summaries: other.summaries.with(summaries, dropped),
  };
}

/** Forgets the results of layers that do not belong to the one in focus. */
export function otherAtLayer(other: OtherRunData | undefined, layer: number): OtherRunData | undefined {
  const { join } = other ?? {};
  if (other === undefined || join === undefined) return other;
  const joined = join.layers[layer]?.other;
  return {
    ...other,
    summaries: other.summaries.where((record) => join.other.records[record]?.layer === joined),
  };
}

function joinOf(
  catalog: PanelCatalog | undefined,
  other: PanelCatalog | undefined,
  reference: Reference,
): RunJoin<RecordPlace> | undefined {
  if (catalog === undefined || other === undefined || !isOtherRun(reference)) return undefined;
  return joinRuns(catalog, other, reference.layers);
}

/** The part of the other run that belongs to what is in view. */
export interface OtherSelection {
  /** Names the run, or, if a run is compared with itself, the layer. */
  readonly name: string;
  /** The layer that belongs to the one in view, and its records, steps ascending; absent if none does. */
  readonly joined?: {
    readonly layer: LayerEntry;
    readonly series: readonly RecordPlace[];
    /** The record that belongs to the one in view. */
    readonly record: RecordPlace;
    readonly summary: RecordSummary | undefined;
  };
}

/** What belongs to a record in the run that its run is compared with; undefined if it is not compared. */
export function selectOther(
  other: OtherRunData | undefined,
  roots: readonly string[],
  record: RecordPlace,
): OtherSelection | undefined {
  if (other === undefined) return undefined;
  const { join, title, summaries } = other;
  const partner = join?.partnerOf(record);
  if (join === undefined || partner === undefined) return { name: title };
  const layer = join.other.layers[partner.layer];
  return {
    name: runKey(other.roots) === runKey(roots) ? layer.name : title,
    joined: {
      layer,
      series: seriesOf(join.other, partner.layer, partner.variant),
      record: partner,
      summary: summaries.get(partner.id),
    },
  };
}
