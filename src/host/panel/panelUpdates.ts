import type { RecordPlace } from '../../model/catalog';
import { addDelta, type CatalogDelta } from '../../model/catalogDelta';
import type { Problem } from '../../model/problem';
import type { Focus, LayerResults, PanelSnapshot, PanelUpdate } from '../../protocol/panelApi';
import { resultsOf } from '../session/results';
import { recordPlace, type Session, type SessionChange } from '../session/session';

/** Cells in one update: some hundred kilobytes. */
const CELLS = 4000;
/** Full results in one update: some hundred kilobytes that are parsed in a few milliseconds. */
const FULL = 100;
/** Changes of the catalog that wait for a panel, growth aside; with more, a whole snapshot is sent. */
const DELTAS = 1000;

/** Where updates go: calls that the panel answers. */
export interface PanelSink {
  reset(snapshot: PanelSnapshot): Promise<void>;
  update(update: PanelUpdate): Promise<void>;
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
  private mustReset = false;
  private hasChanges = false;
  private readonly cells = new Set<number>();
  private readonly full = new Set<number>();
  private problems: Problem[] = [];
  private deltas: CatalogDelta<RecordPlace>[] = [];

  constructor(
    private readonly session: Session,
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
    const results = this.session.layerResults(focus);
    this.queueRest(results);
    setTimeout(() => this.send(), 0);
    return results;
  }

  changed(change: SessionChange): void {
    // A page that has not loaded will ask for a snapshot.
    if (this.page === 0) return;
    this.hasChanges = true;
    if (change.kind === 'reset' || this.deltas.length > DELTAS) this.mustReset = true;
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

  private isInFocus(id: number): boolean {
    const record = this.session.catalog?.records[id];
    return record?.layer === this.focused?.layer && record?.variant === this.focused?.variant;
  }

  private snapshot(): PanelSnapshot {
    this.mustReset = false;
    this.hasChanges = false;
    this.cells.clear();
    this.problems = [];
    this.deltas = [];
    const snapshot = this.session.snapshot(this.focused);
    this.full.clear();
    if (snapshot.layer !== undefined) this.queueRest(snapshot.layer);
    return snapshot;
  }

  private queueRest(sent: LayerResults): void {
    this.full.clear();
    for (const record of this.session.recordsInFocus(sent)) this.full.add(record);
    for (const { record } of sent.summaries) this.full.delete(record);
  }

  private send(): void {
    if (this.isSending || !(this.hasChanges || this.cells.size > 0 || this.full.size > 0)) return;
    this.isSending = true;
    const { page } = this;
    const sent = this.mustReset ? this.sink.reset(this.snapshot()) : this.sink.update(this.nextUpdate());
    sent.then(
      () => {
        if (page !== this.page) return;
        this.isSending = false;
        this.send();
      },
      () => {
        // A panel that was closed, or hidden and thrown away, needs no updates: it asks for a snapshot when it is shown again.
      },
    );
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

/** Takes up to so many out of a set, the oldest first. */
function take(from: Set<number>, most: number): number[] {
  const taken: number[] = [];
  for (const each of from) {
    if (taken.length >= most) break;
    taken.push(each);
    from.delete(each);
  }
  return taken;
}

function panelDelta(delta: CatalogDelta): CatalogDelta<RecordPlace> {
  return { ...delta, added: delta.added.map(recordPlace), changed: delta.changed.map(recordPlace) };
}
