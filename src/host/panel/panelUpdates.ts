import type { RecordPlace } from '../../model/catalog';
import { packCatalog } from '../../model/catalogColumns';
import { addDelta, type CatalogDelta } from '../../model/catalogDelta';
import { coarseToFine } from '../../model/coarseToFine';
import type { DiagnosisState } from '../../model/findings';
import type { Problem } from '../../model/problem';
import { seriesOf } from '../../model/series';
import type { Focus, LayerResults, PanelOptions, PanelSnapshot, PanelUpdate } from '../../protocol/panelApi';
import type { SessionChange } from '../session/changeFeed';
import { resultsOf } from '../session/results';
import type { Session } from '../session/session';
import type { SessionFindings } from '../session/sessionFindings';

/** Cells in one update: some hundred kilobytes. */
const CELLS = 4000;
/** Full results in one update: some hundred kilobytes that are parsed in a few milliseconds. */
const FULL = 100;
/** Full results of the layer in focus that a snapshot has; the others follow. */
const FIRST_RESULTS = 150;
/** Changes of the catalog that wait for a panel, growth aside; with more, a whole snapshot is sent. */
const DELTAS = 1000;

/** Where updates go: calls that the panel answers. */
export interface PanelSink {
  catalog(snapshot: PanelSnapshot): Promise<void>;
  options(options: PanelOptions): Promise<void>;
  update(update: PanelUpdate): Promise<void>;
  /** The page did not take an update. */
  failed(error: unknown): void;
}

/**
 * Sends a panel the changes of a session: one update at a time, each of bounded size, the next once the panel has
 * applied the last. Changes are gathered until then; a record that changes several times is sent once.
 */
export class PanelUpdates {
  private focused: Focus | undefined;
  /** Grows when a page loads: answers of the page before count no more. */
  private page = 0;
  private isSending = false;
  private hasOtherCatalog = false;
  private hasOtherOptions = false;
  private hasChanges = false;
  private readonly cells = new Set<number>();
  private readonly full = new Set<number>();
  private problems: Problem[] = [];
  private deltas: CatalogDelta<RecordPlace>[] = [];

  constructor(
    private readonly session: Session,
    private readonly findings: Pick<SessionFindings, 'current'>,
    private readonly sink: PanelSink,
  ) {}

  get focus(): Focus | undefined {
    return this.focused;
  }

  /** A page has loaded and gets everything; of a large layer the rest follows. */
  begin(focus: Focus | undefined): PanelSnapshot {
    if (focus !== undefined) this.focused = focus;
    this.page++;
    this.isSending = false;
    const snapshot = this.snapshot();
    // After the snapshot, which is the answer to the page's call.
    setTimeout(() => this.send(), 0);
    return snapshot;
  }

  look(focus: Focus): LayerResults {
    this.focused = focus;
    const results = layerResults(this.session, focus);
    this.queueRest(results);
    setTimeout(() => this.send(), 0);
    return results;
  }

  changed(change: SessionChange): void {
    // A page that has not loaded will ask for a snapshot.
    if (this.page === 0) return;
    this.hasChanges = true;
    if (change.kind === 'catalog' || this.deltas.length > DELTAS) this.hasOtherCatalog = true;
    else if (change.kind === 'options') this.forgetResults();
    else {
      for (const record of change.records) {
        this.cells.add(record);
        if (this.isInFocus(record)) this.full.add(record);
      }
      this.problems.push(...change.problems);
      for (const delta of change.deltas) addDelta(this.deltas, panelDelta(delta));
    }
    this.send();
  }

  /** What was computed under other options is not sent any more; changes of the catalog still are. */
  private forgetResults(): void {
    this.hasOtherOptions = true;
    this.cells.clear();
    this.full.clear();
    this.problems = [];
  }

  private isInFocus(id: number): boolean {
    const record = this.session.catalog?.records[id];
    return record?.layer === this.focused?.layer && record?.variant === this.focused?.variant;
  }

  private snapshot(): PanelSnapshot {
    this.hasOtherCatalog = false;
    this.hasOtherOptions = false;
    this.hasChanges = false;
    this.cells.clear();
    this.problems = [];
    this.deltas = [];
    const snapshot = panelSnapshot(this.session, this.findings.current, this.focused);
    this.full.clear();
    if (snapshot.layer !== undefined) this.queueRest(snapshot.layer);
    return snapshot;
  }

  private queueRest(sent: LayerResults): void {
    this.full.clear();
    for (const record of recordsInFocus(this.session, sent)) this.full.add(record);
    for (const { record } of sent.summaries) this.full.delete(record);
  }

  private send(): void {
    if (this.isSending || !(this.hasChanges || this.cells.size > 0 || this.full.size > 0)) return;
    this.isSending = true;
    const { page } = this;
    this.sendNext().then(
      () => {
        if (page !== this.page) return;
        this.isSending = false;
        this.send();
      },
      (error) => {
        // A panel that was closed, or hidden and thrown away, needs no updates: it asks for a snapshot when it is shown again.
        if (page === this.page) this.sink.failed(error);
      },
    );
  }

  private sendNext(): Promise<void> {
    if (this.hasOtherCatalog) return this.sink.catalog(this.snapshot());
    if (!this.hasOtherOptions) return this.sink.update(this.nextUpdate());
    this.hasOtherOptions = false;
    const { options, progress, problems } = this.session;
    return this.sink.options({ options, progress, problems });
  }

  private nextUpdate(): PanelUpdate {
    const { session, problems, deltas } = this;
    this.hasChanges = false;
    this.problems = [];
    this.deltas = [];
    return {
      progress: session.progress,
      problems,
      deltas,
      shiftMap: session.results.cells.columns(take(this.cells, CELLS)),
      ...resultsOf(session.results, take(this.full, FULL)),
    };
  }
}

/** What a panel with this focus begins with. Of a large layer's results only some; see {@link recordsInFocus}. */
export function panelSnapshot(
  session: Session,
  diagnosis: DiagnosisState,
  focus: Focus | undefined,
): PanelSnapshot {
  const { catalog, results, roots, title, options, progress, problems } = session;
  return {
    roots,
    title,
    options,
    progress,
    problems,
    diagnosis,
    shiftMap: results.cells.columns(results.cells.records()),
    ...(catalog === undefined ? {} : { catalog: packCatalog(catalog) }),
    ...(catalog === undefined || focus === undefined ? {} : { layer: layerResults(session, focus) }),
  };
}

/** Full results of the first of the {@link recordsInFocus}. */
export function layerResults(session: Session, focus: Focus): LayerResults {
  return { ...focus, ...resultsOf(session.results, recordsInFocus(session, focus).slice(0, FIRST_RESULTS)) };
}

/** Records of a layer and variant that have full results: first and last, then what lies between, ever finer. */
export function recordsInFocus({ catalog, results }: Session, { layer, variant }: Focus): readonly number[] {
  if (catalog === undefined) return [];
  const computed = seriesOf(catalog, layer, variant).filter(({ id }) => results.summaries.has(id));
  return coarseToFine(computed.length).map((index) => computed[index].id);
}

/** Takes up to a number of elements out of a set, the oldest first. */
function take(from: Set<number>, most: number): number[] {
  const taken: number[] = [];
  for (const each of from) {
    if (taken.length >= most) break;
    taken.push(each);
    from.delete(each);
  }
  return taken;
}

/** A record as it goes to the panel. */
export function recordPlace({ id, layer, step, variant, removed }: RecordPlace): RecordPlace {
  return { id, layer, step, variant, ...(removed && { removed }) };
}

function panelDelta(delta: CatalogDelta): CatalogDelta<RecordPlace> {
  return { ...delta, added: delta.added.map(recordPlace), changed: delta.changed.map(recordPlace) };
}
