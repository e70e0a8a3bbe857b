import type { AnalysisOptions, Distributions, RecordShift, RecordSummary } from '../../src/protocol/analysis';
import type { RunCatalog } from '../../src/protocol/catalog';
import type { Finding } from '../../src/protocol/findings';
import type {
  LayerResults,
  PanelProgress,
  PanelSnapshot,
  PanelUpdate,
  ShiftCell,
} from '../../src/protocol/panelApi';
import type { Problem } from '../../src/protocol/problem';

/** What the host has told of the run. */
export interface RunData {
  readonly roots: readonly string[];
  readonly title: string;
  readonly catalog: RunCatalog | undefined;
  readonly options: AnalysisOptions;
  readonly progress: PanelProgress;
  readonly problems: readonly Problem[];
  readonly findings: readonly Finding[];
  /** Of every record that has a shift, by record id. */
  readonly shiftMap: ReadonlyMap<number, ShiftCell>;
  /** Of the layer in focus, by record id. */
  readonly summaries: ReadonlyMap<number, RecordSummary>;
  readonly shifts: ReadonlyMap<number, RecordShift>;
  /** Of the record in view; absent until it has come. */
  readonly distributions: Distributions | undefined;
}

/** The data of a snapshot: it replaces everything. */
export function fromSnapshot(snapshot: PanelSnapshot): RunData {
  return {
    roots: snapshot.roots,
    title: snapshot.title,
    catalog: snapshot.catalog,
    options: snapshot.options,
    progress: snapshot.progress,
    problems: snapshot.problems,
    findings: snapshot.findings,
    shiftMap: byRecord(snapshot.shiftMap),
    summaries: byRecord(snapshot.layer?.summaries ?? []),
    shifts: byRecord(snapshot.layer?.shifts ?? []),
    distributions: undefined,
  };
}

/** Adds news to what is there. What a snapshot told already may come again in the update after it. */
export function withUpdate(data: RunData, update: PanelUpdate): RunData {
  return {
    ...data,
    progress: update.progress,
    problems: withProblems(data.problems, update.problems),
    shiftMap: merged(data.shiftMap, update.shiftMap),
    summaries: merged(data.summaries, update.summaries),
    shifts: merged(data.shifts, update.shifts),
  };
}

/** Adds the results of the layer in focus; those of other layers are never in the way, since records differ. */
export function withLayer(data: RunData, layer: LayerResults): RunData {
  return {
    ...data,
    summaries: merged(data.summaries, layer.summaries),
    shifts: merged(data.shifts, layer.shifts),
  };
}

function withProblems(present: readonly Problem[], news: readonly Problem[]): readonly Problem[] {
  if (news.length === 0) return present;
  const keyOf = ({ path, tensor, message }: Problem) => JSON.stringify([path, tensor, message]);
  return [...new Map([...present, ...news].map((problem) => [keyOf(problem), problem])).values()];
}

function byRecord<T extends { readonly record: number }>(items: readonly T[]): Map<number, T> {
  return new Map(items.map((item) => [item.record, item]));
}

function merged<T extends { readonly record: number }>(
  present: ReadonlyMap<number, T>,
  news: readonly T[],
): ReadonlyMap<number, T> {
  return news.length === 0 ? present : new Map([...present, ...byRecord(news)]);
}
