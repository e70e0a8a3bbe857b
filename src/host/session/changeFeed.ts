import type { CatalogDelta } from '../../model/catalogDelta';
import type { Problem } from '../../model/problem';
import { CHANGES } from './pacing';

/** Results and files of a run that have changed. */
export interface RecordChanges {
  readonly records: ReadonlySet<number>;
  readonly problems: readonly Problem[];
  /** The changes of the catalog, in order. */
  readonly deltas: readonly CatalogDelta[];
}

/** A change in a session. */
export type SessionChange =
  /** Another catalog: nothing that was computed or sent before is valid. */
  | { readonly kind: 'catalog' }
  /** Other options: the catalog stays, but nothing that was computed is valid. */
  | { readonly kind: 'options' }
  | ({ readonly kind: 'records' } & RecordChanges)
  /** Changes of the run that this one is compared with. */
  | ({ readonly kind: 'other' } & RecordChanges);

/** Gathers the changes in a session, and sends them to the listeners at intervals or at once. */
export class ChangeFeed {
  private readonly listeners = new Set<(change: SessionChange) => void>();
  private readonly failed = new WeakSet<(change: SessionChange) => void>();
  private records = new Set<number>();
  private problems: Problem[] = [];
  private deltas: CatalogDelta[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private liveTimer: ReturnType<typeof setTimeout> | undefined;
  private lastGrowth = Number.NEGATIVE_INFINITY;
  /** When gathered changes are to be sent, at the earliest. */
  private due = Number.NEGATIVE_INFINITY;
  /** Whether the last new steps arrived in a burst. */
  private isBursting = false;
  /** Whether the layer in view is being computed before the others. */
  private isAwaited = false;

  /** `onDefect` gets the first error that a listener throws. */
  constructor(private readonly onDefect: (error: unknown) => void) {}

  onChange(listener: (change: SessionChange) => void): { dispose(): void } {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  }

  addRecord(record: number): void {
    this.records.add(record);
    this.schedule();
  }

  addProblem(problem: Problem): void {
    this.problems.push(problem);
    this.schedule();
  }

  addDelta(delta: CatalogDelta): void {
    this.deltas.push(delta);
    this.schedule();
  }

  /** Notes that new steps arrived: the run counts as live for a while. */
  noteGrowth(): void {
    const now = Date.now();
    this.isBursting = now - this.lastGrowth < CHANGES.burstGap;
    this.lastGrowth = now;
    clearTimeout(this.liveTimer);
    this.liveTimer = setTimeout(() => {
      this.isBursting = false;
      this.flush();
    }, CHANGES.live);
  }

  /** Whether new steps arrived recently. */
  get isLive(): boolean {
    return Date.now() - this.lastGrowth < CHANGES.live;
  }

  /**
   * Sends the gathered changes soon, even if only the progress changed. The first ones of a while go at once, but not
   * those of a new step, whose results follow in a moment.
   */
  schedule(): void {
    if (this.timer !== undefined) return;
    const rest = this.isLive ? this.interval : this.due - performance.now();
    this.timer = setTimeout(
      () => {
        this.flush();
        this.due = performance.now() + this.interval;
      },
      Math.max(0, rest),
    );
  }

  private get interval(): number {
    if (this.isBursting) return CHANGES.burstInterval;
    return this.isAwaited ? CHANGES.awaitedInterval : CHANGES.interval;
  }

  /** Notes whether the layer in view is being computed before the others. */
  awaitLayer(isAwaited: boolean): void {
    this.isAwaited = isAwaited;
  }

  /** Sends the gathered changes now. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.due = performance.now() + CHANGES.first;
    const { records, problems, deltas } = this;
    this.clear();
    this.emit({ kind: 'records', records, problems, deltas });
  }

  /** Reports another catalog, which includes the gathered changes. */
  replaceCatalog(): void {
    this.clear();
    this.emit({ kind: 'catalog' });
  }

  /** Reports other options, after the gathered changes. */
  changeOptions(): void {
    if (this.timer !== undefined) this.flush();
    this.emit({ kind: 'options' });
  }

  /** Passes on changes of the run that this one is compared with. */
  changeOther(changes: RecordChanges): void {
    this.emit({ ...changes, kind: 'other' });
  }

  dispose(): void {
    clearTimeout(this.timer);
    clearTimeout(this.liveTimer);
    this.listeners.clear();
  }

  private clear(): void {
    this.records = new Set();
    this.problems = [];
    this.deltas = [];
  }

  /** A listener that throws does not keep the others from getting the change. */
  private emit(change: SessionChange): void {
    for (const listener of this.listeners) {
      try {
        listener(change);
      } catch (error) {
        if (!this.failed.has(listener)) this.onDefect(error);
        this.failed.add(listener);
      }
    }
  }
}
