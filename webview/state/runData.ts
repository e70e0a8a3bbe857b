import type { AnalysisOptions, Distributions, RecordShift, RecordSummary } from '../../src/model/analysis';
import type { BatchSizes } from '../../src/model/batchSizes';
import type { RecordPlace } from '../../src/model/catalog';
import { unpackCatalog } from '../../src/model/catalogColumns';
import type { ChannelFigures } from '../../src/model/channelFigures';
import type { ChannelPositions } from '../../src/model/channelPositions';
import type { CoordinateCheck } from '../../src/model/coordinateCheck';
import type { Cube } from '../../src/model/cube';
import type { Densities } from '../../src/model/densities';
import type { DiagnosisState } from '../../src/model/findings';
import type { FormatCasts } from '../../src/model/formatCasts';
import type { InTurns } from '../../src/model/inTurns';
import { LiveCatalog } from '../../src/model/liveCatalog';
import type { MethodSweep } from '../../src/model/methodSweep';
import type { Problem } from '../../src/model/problem';
import { QuantityValues } from '../../src/model/quantityTable';
import type { GroupMember, RunGroup } from '../../src/model/runGroup';
import type { ScalarCurve } from '../../src/model/scalars';
import { ShiftTable } from '../../src/model/shiftTable';
import type {
  LayerResults,
  PanelCatalog,
  PanelOptions,
  PanelProgress,
  PanelSnapshot,
  PanelUpdate,
} from '../../src/protocol/panelApi';
import { type FormerResults, formerAfter, formerCells, formerResults } from './formerResults';
import { type OtherRunData, otherAtLayer, otherFromSnapshot, otherWithUpdate } from './otherRun';
import { RecordTable } from './recordTable';

/** What tabs of the inspector show, each once it has arrived. */
export interface Inspected {
  /** The distributions of the record in view. */
  readonly distributions: Distributions | undefined;
  /** The channels of a layer. */
  readonly channels: ChannelFigures | undefined;
  /** One channel of a layer by position. */
  readonly channelPositions: ChannelPositions | undefined;
  /** The distributions of a layer over training. */
  readonly densities: Densities | undefined;
  /** Smaller batches of a record. */
  readonly batchSizes: BatchSizes | undefined;
  /** Some elements of a record and their sets. */
  readonly cube: Cube | undefined;
  /** What casts of a record lose. */
  readonly formatCasts: FormatCasts | undefined;
  /** Other numbers of groups for a record. */
  readonly methodSweep: MethodSweep | undefined;
  /** A layer and a quantity over several runs. */
  readonly runGroup: RunGroup | undefined;
  /** The size of a layer's activations over width; null if the runs do not differ in width. */
  readonly coordinates: CoordinateCheck | null | undefined;
}

/** What the host has sent about the run. */
export interface RunData extends Inspected {
  readonly roots: readonly string[];
  readonly title: string;
  readonly catalog: PanelCatalog | undefined;
  /** The source of {@link catalog}; it takes the changes of the run. */
  readonly liveCatalog: LiveCatalog<RecordPlace> | undefined;
  readonly options: AnalysisOptions;
  readonly progress: PanelProgress;
  readonly problems: readonly Problem[];
  /** The findings of the last finished computation. */
  readonly diagnosis: DiagnosisState;
  /** One cell for each record with a shift. An update makes another view of the same cells, which grow in place. */
  readonly shiftMap: ShiftTable;
  /** The quantity that the map shows, of every record that has it. An update makes another view of the same figures. */
  readonly quantity: QuantityValues;
  /** Results of the layer in focus, by record id. */
  readonly summaries: RecordTable<RecordSummary>;
  readonly shifts: RecordTable<RecordShift>;
  /** What is still of former options, while the run is computed under others. */
  readonly former: FormerResults | undefined;
  /** The scalars that are shown, once they have arrived. */
  readonly scalars: readonly ScalarCurve[];
  /** The run that this one is compared with, if it is. */
  readonly other: OtherRunData | undefined;
  /** The runs that this one is shown beside, itself first; empty if there are too few. */
  readonly group: readonly GroupMember[];
}

/** What tabs show stays in view until the next answer arrives. */
export function inspectedOf(data: RunData | undefined): Inspected {
  const { distributions, channels, channelPositions, densities } = data ?? {};
  const { batchSizes, cube, formatCasts, methodSweep } = data ?? {};
  const { runGroup, coordinates } = data ?? {};
  return {
    distributions,
    channels,
    channelPositions,
    densities,
    batchSizes,
    cube,
    formatCasts,
    methodSweep,
    runGroup,
    coordinates,
  };
}

/** The data of a snapshot, which replaces everything; in pieces, because it may be a million records. */
export function* fromSnapshot(snapshot: PanelSnapshot): InTurns<RunData> {
  const { options, quantity } = snapshot;
  const catalog = snapshot.catalog && (yield* unpackCatalog(snapshot.catalog));
  const shiftMap = yield* ShiftTable.inTurns(snapshot.shiftMap);
  const figures = yield* QuantityValues.inTurns(quantity);
  const other = yield* otherFromSnapshot(snapshot.other, catalog, options.reference, quantity.quantity);
  return {
    roots: snapshot.roots,
    title: snapshot.title,
    catalog,
    liveCatalog: catalog && LiveCatalog.owning(catalog),
    options,
    progress: snapshot.progress,
    problems: snapshot.problems,
    diagnosis: snapshot.diagnosis,
    shiftMap,
    quantity: figures,
    summaries: RecordTable.of(withNaN(snapshot.layer?.summaries ?? [])),
    shifts: RecordTable.of(withNaN(snapshot.layer?.shifts ?? [])),
    former: undefined,
    ...inspectedOf(undefined),
    scalars: [],
    other,
    group: [],
  };
}

/**
 * Applies an update. The update after a snapshot may repeat parts of it. Work and memory are proportional to the update
 * and the layer in view, not to the run.
 */
export function withUpdate(data: RunData, update: PanelUpdate): RunData {
  const problems = problemsOf(data, update);
  for (const delta of update.deltas) data.liveCatalog?.apply(delta);
  const dropped = update.deltas.flatMap(({ changed, removed }) => [
    ...changed.map(({ id }) => id),
    ...removed,
  ]);
  const catalog = data.liveCatalog?.current;
  const [summaries, shifts] = [withNaN(update.summaries), withNaN(update.shifts)];
  const former = formerAfter(data, update, dropped);
  // No others will arrive for these.
  const emptied = former === undefined ? [...dropped, ...formerCells(data)] : dropped;
  return {
    ...data,
    catalog,
    former,
    progress: update.progress,
    problems: withProblems(problems, update.problems),
    shiftMap: withCells(data.shiftMap, update, emptied),
    quantity: withFigures(data.quantity, update, emptied),
    summaries: data.summaries.with(summaries, dropped),
    shifts: data.shifts.with(shifts, dropped),
    other: otherWithUpdate(
      data.other,
      update.other && withNaN(update.other),
      { before: data.catalog, after: catalog },
      data.options.reference,
    ),
  };
}

/** The other run under other options. */
export function otherUnder(
  { options, other }: PanelOptions,
  { catalog, quantity }: RunData,
): InTurns<OtherRunData | undefined> {
  return otherFromSnapshot(other, catalog, options.reference, quantity.quantity);
}

/**
 * Replaces the results of the former options. What is in view stays until the next results arrive.
 *
 * `other`: see {@link otherUnder}.
 */
export function withOptions(
  data: RunData,
  { options, progress, problems }: PanelOptions,
  other: OtherRunData | undefined,
): RunData {
  const former = formerResults(data, options);
  return {
    ...data,
    options,
    progress,
    problems,
    other,
    former,
    shiftMap: former === undefined ? ShiftTable.empty() : data.shiftMap,
    quantity: former === undefined ? QuantityValues.empty(data.quantity.quantity) : data.quantity,
    summaries: RecordTable.of([]),
    shifts: RecordTable.of([]),
  };
}

/** The problems after an update: it may replace those of the catalog; those of the records stay. */
function problemsOf({ catalog, problems }: RunData, { deltas }: PanelUpdate): readonly Problem[] {
  const current = deltas.filter((delta) => delta.problems !== undefined).at(-1)?.problems;
  if (current === undefined) return problems;
  const former = new Set((catalog?.problems ?? []).map(problemKey));
  return [...current, ...problems.filter((problem) => !former.has(problemKey(problem)))];
}

function withCells(
  shiftMap: ShiftTable,
  { shiftMap: news }: PanelUpdate,
  dropped: readonly number[],
): ShiftTable {
  if (news.record.length + dropped.length === 0) return shiftMap;
  for (const record of dropped) shiftMap.delete(record);
  shiftMap.add(news);
  return shiftMap.view();
}

/** Figures of a quantity that the map no longer shows do not count. */
function withFigures(
  values: QuantityValues,
  { quantity: news }: PanelUpdate,
  dropped: readonly number[],
): QuantityValues {
  const isOther = news.quantity !== values.quantity;
  if ((isOther || news.record.length === 0) && dropped.length === 0) return values;
  for (const record of dropped) values.delete(record);
  if (!isOther) values.add(news);
  return values.view();
}

/** Shows another quantity. */
export function withQuantity(data: RunData, quantity: QuantityValues): RunData {
  const { other } = data;
  return {
    ...data,
    quantity,
    other: other && { ...other, quantity: QuantityValues.empty(quantity.quantity) },
  };
}

/** Adds results of the layer in focus, and forgets those of other layers. */
export function withLayer(data: RunData, layer: LayerResults): RunData {
  const { catalog } = data;
  const isOfLayer = (record: number) => {
    const place = catalog?.records[record];
    return place?.layer === layer.layer && place.variant === layer.variant;
  };
  const [summaries, shifts] = [withNaN(layer.summaries), withNaN(layer.shifts)];
  const { former } = data;
  return {
    ...data,
    former: former && {
      ...former,
      summaries: former.summaries.where(isOfLayer).with(summaries),
      shifts: former.shifts.where(isOfLayer).with(shifts),
    },
    summaries: data.summaries.where(isOfLayer).with(summaries),
    shifts: data.shifts.where(isOfLayer).with(shifts),
    other: otherAtLayer(data.other, layer.layer),
  };
}

function withProblems(present: readonly Problem[], news: readonly Problem[]): readonly Problem[] {
  if (news.length === 0) return present;
  return [...new Map([...present, ...news].map((problem) => [problemKey(problem), problem])).values()];
}

function problemKey({ path, tensor, message }: Problem): string {
  return JSON.stringify([path, tensor, message]);
}

/**
 * Restores NaN, which arrives as null because VS Code sends messages to a page as JSON. Mutates the message in place:
 * copying every update was measurable while a run is live.
 */
export function withNaN<T extends object>(message: T): T {
  const fields = message as Record<string, unknown>;
  for (const key in fields) {
    const value = fields[key];
    if (value === null) fields[key] = Number.NaN;
    else if (typeof value === 'object') withNaN(value);
  }
  return message;
}
