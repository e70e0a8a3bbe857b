import type { RecordPlace } from '../../model/catalog';
import { packCatalog } from '../../model/catalogColumns';
import { addDelta, type CatalogDelta } from '../../model/catalogDelta';
import { coarseToFine } from '../../model/coarseToFine';
import type { DiagnosisState } from '../../model/findings';
import { isBranchQuantity, type QuantityId } from '../../model/mapQuantities';
import type { Problem } from '../../model/problem';
import type { QuantityColumn } from '../../model/quantityTable';
import { seriesOf } from '../../model/series';
import type { Focus, LayerResults, PanelOptions, PanelSnapshot, PanelUpdate } from '../../protocol/panelApi';
import type { SessionChange } from '../session/changeFeed';
import { resultsOf } from '../session/results';
import type { Session } from '../session/session';
import type { SessionFindings } from '../session/sessionFindings';
import { OtherUpdates } from './otherUpdates';
import { panelDelta, take } from './recordPlaces';

/** Cells in one update, at most: a few hundred kilobytes. */
const CELLS = 4000;
/** Full results in one update, at most: a few hundred kilobytes, which are parsed in a few milliseconds. */
const FULL = 100;
/** Full results of the layer in focus in a snapshot, at most; the others follow in updates. */
const FIRST_RESULTS = 150;
/** Changes of the catalog that may wait for a panel, not counting growth. With more, a snapshot is sent instead. */
const DELTAS = 1000;

/** The receiver of updates: calls that the panel answers. */
export interface PanelSink {
  catalog(snapshot: PanelSnapshot): Promise<void>;
  options(options: PanelOptions): Promise<void>;
  update(update: PanelUpdate): Promise<void>;
  /** The page failed to take an update. */
  failed(error: unknown): void;
}

/**
 * Sends a panel the changes of a session: one update at a time, each of bounded size, the next once the panel has drawn
 * the last. Changes are gathered until then, so a record that changes several times is sent once.
 */
export class PanelUpdates {
  private focused: Focus | undefined;
  /** The quantity that the map shows. */
  private quantity: QuantityId = 'shift';
  private isClosed = false;
  /** Grows when a page loads: answers of the former page no longer count. */
  private page = 0;
  private isSending = false;
  private hasOtherCatalog = false;
  private hasOtherOptions = false;
  private hasChanges = false;
  private readonly cells = new Set<number>();
  private readonly full = new Set<number>();
  private problems: Problem[] = [];
  private deltas: CatalogDelta<RecordPlace>[] = [];
  /** The same of the run that this one is compared with. */
  private readonly other: OtherUpdates;

  constructor(
    private readonly session: Session,
    private readonly findings: Pick<SessionFindings, 'current'>,
    private readonly sink: PanelSink,
  ) {
    this.other = new OtherUpdates(session);
  }

  get focus(): Focus | undefined {
    return this.focused;
  }

  /** Returns everything for a page that has loaded; the rest of a large layer follows in updates. */
  begin(focus: Focus | undefined): PanelSnapshot {
    if (focus !== undefined) this.focused = focus;
    this.page++;
    this.isSending = false;
    const snapshot = this.snapshot();
    // After the snapshot, which is the answer to the page's call.
    setTimeout(() => this.send(), 0);
    return snapshot;
  }

  close(): void {
    this.isClosed = true;
  }

  look(focus: Focus): LayerResults {
    this.focused = focus;
    const results = layerResults(this.session, focus);
    this.queueRest(results);
    this.other.look(focus);
    setTimeout(() => this.send(), 0);
    return results;
  }

  /** Returns the figures of the quantity that the map shows from now on. */
  show(quantity: QuantityId): QuantityColumn {
    this.quantity = quantity;
    this.measureBranches();
    this.other.show(quantity);
    setTimeout(() => this.send(), 0);
    return this.session.results.quantities.column(quantity, undefined);
  }

  private readonly showsBranches = () => !this.isClosed && isBranchQuantity(this.quantity);

  /** Quantities of two records are measured while a map shows them. */
  private measureBranches(): void {
    if (!isBranchQuantity(this.quantity)) return;
    const { branches, comparison } = this.session;
    for (const each of [branches, comparison.other?.branches]) each?.measure(this.showsBranches);
  }

  changed(change: SessionChange): void {
    // A page that has not loaded will ask for a snapshot.
    if (this.page === 0) return;
    this.hasChanges = true;
    if (change.kind === 'catalog' || this.deltas.length > DELTAS) this.hasOtherCatalog = true;
    else if (change.kind === 'options') this.forgetResults();
    else if (change.kind === 'other') this.other.changed(change, this.focused);
    else {
      for (const record of change.records) {
        this.cells.add(record);
        if (this.isInFocus(record)) this.full.add(record);
      }
      this.problems.push(...change.problems);
      for (const delta of change.deltas) addDelta(this.deltas, panelDelta(delta));
    }
    this.measureBranches();
    // The session is about to compute under the other options: its progress goes with them.
    if (change.kind === 'options') setTimeout(() => this.send(), 0);
    else this.send();
  }

  /** Drops results of former options that wait. Changes of the catalog still wait. */
  private forgetResults(): void {
    this.hasOtherOptions = true;
    this.cells.clear();
    this.full.clear();
    this.problems = [];
    this.other.clear();
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
    const snapshot = {
      ...panelSnapshot(this.session, this.findings.current, this.focused, this.quantity),
      ...this.otherSnapshot(),
    };
    this.full.clear();
    if (snapshot.layer !== undefined) this.queueRest(snapshot.layer);
    return snapshot;
  }

  private otherSnapshot(): Pick<PanelSnapshot, 'other'> {
    const other = this.other.snapshot(this.focused, this.quantity);
    return other === undefined ? {} : { other };
  }

  private queueRest(sent: LayerResults): void {
    this.full.clear();
    for (const record of recordsInFocus(this.session, sent)) this.full.add(record);
    for (const { record } of sent.summaries) this.full.delete(record);
  }

  private send(): void {
    const isWaiting = this.hasChanges || this.cells.size > 0 || this.full.size > 0 || this.other.isWaiting;
    if (this.isSending || !isWaiting) return;
    this.isSending = true;
    const { page } = this;
    this.sendNext().then(
      () => {
        if (page !== this.page) return;
        this.isSending = false;
        this.send();
      },
      (error) => {
        // A panel that was closed or hidden needs no updates: it asks for a snapshot when it is shown again.
        if (page === this.page) this.sink.failed(error);
      },
    );
  }

  private sendNext(): Promise<void> {
    if (this.hasOtherCatalog) return this.sink.catalog(this.snapshot());
    if (!this.hasOtherOptions) return this.sink.update(this.nextUpdate());
    this.hasOtherOptions = false;
    // Which is all that changed, unless something else waits.
    this.hasChanges = this.deltas.length > 0;
    this.problems = [];
    const { options, progress, problems } = this.session;
    return this.sink.options({ options, progress, problems, ...this.otherSnapshot() });
  }

  private nextUpdate(): PanelUpdate {
    const { session, problems, deltas } = this;
    this.hasChanges = false;
    this.problems = [];
    this.deltas = [];
    const cells = take(this.cells, CELLS);
    const other = this.other.next(this.quantity, CELLS, FULL);
    return {
      progress: session.progress,
      problems,
      deltas,
      shiftMap: session.results.cells.columns(cells),
      quantity: session.results.quantities.column(this.quantity, cells),
      ...resultsOf(session.results, take(this.full, FULL)),
      ...(other !== undefined && { other }),
    };
  }
}

/** The data that a panel with this focus begins with. A large layer has only some results; see {@link recordsInFocus}. */
export function panelSnapshot(
  session: Session,
  diagnosis: DiagnosisState,
  focus: Focus | undefined,
  quantity: QuantityId,
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
    quantity: results.quantities.column(quantity, undefined),
    ...(catalog === undefined ? {} : { catalog: packCatalog(catalog) }),
    ...(catalog === undefined || focus === undefined ? {} : { layer: layerResults(session, focus) }),
  };
}

/** Full results of the first {@link recordsInFocus}. */
export function layerResults(session: Session, focus: Focus): LayerResults {
  return { ...focus, ...resultsOf(session.results, recordsInFocus(session, focus).slice(0, FIRST_RESULTS)) };
}

/** Records of a layer and variant with full results: the first and the last, then those between, halving the gaps. */
export function recordsInFocus({ catalog, results }: Session, { layer, variant }: Focus): readonly number[] {
  if (catalog === undefined) return [];
  const computed = seriesOf(catalog, layer, variant).filter(({ id }) => results.summaries.has(id));
  return coarseToFine(computed.length).map((index) => computed[index].id);
}
