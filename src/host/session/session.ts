import type { AnalysisOptions } from '../../model/analysis';
import type { BareNumberMeaning, RecordEntry, RecordPlace, RunCatalog } from '../../model/catalog';
import { packCatalog } from '../../model/catalogColumns';
import { type CatalogDelta, type RunUpdate, withDelta } from '../../model/catalogDelta';
import { coarseToFine } from '../../model/coarseToFine';
import { type Problem, type ProblemCode, toProblem } from '../../model/problem';
import { allSeries, recordCount, seriesOf } from '../../model/series';
import type { AnalyseProgress, AnalyseRequest, KernelApi } from '../../protocol/kernelApi';
import type {
  Focus,
  LayerResults,
  OptionChanges,
  PanelProgress,
  PanelSnapshot,
} from '../../protocol/panelApi';
import { abortError, isAbortError } from '../../rpc/abort';
import type { CallOptions } from '../../rpc/channel';
import type { KernelLink } from '../kernel/kernelLink';
import {
  addResult,
  emptyResults,
  forgetResults,
  type Results,
  recordsDone,
  resultsOf,
  trimmedRecords,
  trimResults,
} from './results';
import { type SessionFindings, trackFindings } from './sessionFindings';
import { applyOptionChanges } from './sessionOptions';
import { staleRecords, touchedSeries } from './staleRecords';

/** What changed in a session: everything, or some records. */
export type SessionChange =
  | { readonly kind: 'reset' }
  | {
      readonly kind: 'records';
      readonly records: ReadonlySet<number>;
      readonly problems: readonly Problem[];
      /** How the catalog changed, one after the other. */
      readonly deltas: readonly CatalogDelta[];
    };

export interface SessionEnvironment {
  readonly kernel: KernelLink;
  /** The options to begin with: the person's settings and what was chosen for this run before. */
  readonly options: AnalysisOptions;
  /** Remembers the options for this run. */
  remember(options: AnalysisOptions): void;
  /** Problems for the log and the person. */
  report(problems: readonly Problem[]): void;
}

/** Milliseconds between two updates of the views, and while new steps come: views then have more to do each time. */
const UPDATE_INTERVAL = 100;
const LIVE_UPDATE_INTERVAL = 250;
/** Steps that arrive within this many milliseconds of each other are a burst. */
const BURST_GAP_MS = 400;
/** Milliseconds after the last new step in which a run counts as live. */
const LIVE_TIME = 15_000;
/** New records that are asked for in one call to the kernel, and such calls at a time: where it is slower than the run grows, what comes next still comes before what waits. */
const NEW_RECORDS = 16;
const NEW_AT_A_TIME = 2;
/** New records up to which their computation shows no progress. */
const QUIET_RECORDS = 1000;
/** Problems of a file that another program deletes or writes anew. */
const MAY_PASS: ReadonlySet<ProblemCode> = new Set(['truncated', 'changed', 'not-found', 'malformed']);
/** Looks at a file that seems half-written, and milliseconds between them. */
const MAX_TRIES = 20;
const RETRY_INTERVAL = 500;
/** Full results that are kept, about 5 KB each. */
const FULL_RESULTS = 12_000;
/** Layers looked at last whose full results are kept in any case. */
const LAYERS_KEPT = 3;
/** Full results of the layer in focus that a snapshot has; the others follow. */
const FIRST_RESULTS = 150;

/**
 * A run that is open: its catalog, the options in force, and what has been computed. It drives the kernel and tells
 * its listeners what changed; views read its state.
 */
export class Session {
  readonly key: string;
  catalog: RunCatalog | undefined;
  options: AnalysisOptions;
  results: Results = emptyResults();
  /** Problems of the run as a whole, besides the catalog's and the records' own. */
  private runProblems: Problem[] = [];
  private state: PanelProgress['state'] = 'listing';
  private filesListed = 0;
  /** False until the run was listed, and while it is listed anew: there is nothing to compute from. */
  private isListed = false;
  /** Whether files were taken in since the run was listed: a new kernel would number the records otherwise. */
  private hasGrown = false;
  /** Grows with every change of the files. */
  private revision = 0;
  /** When records changed or went: what was computed from before then no longer holds. */
  private readonly changedAt = new Map<number, number>();
  /** Whether records may have been measured from a reference that is gone. */
  private isStale = false;
  private lastGrowth = Number.NEGATIVE_INFINITY;
  /** Whether the last new steps arrived in a burst. */
  private isBursting = false;
  private liveTimer: ReturnType<typeof setTimeout> | undefined;
  /** Whether somebody looks for new files. */
  isWatched = false;
  private readonly listeners = new Set<(change: SessionChange) => void>();
  private work = newWork();
  private kernelGeneration = 0;
  /** Layers in the order in which they were looked at, the last first. */
  private focused: number[] = [];
  private deltas: CatalogDelta[] = [];
  private changedRecords = new Set<number>();
  private changedProblems: Problem[] = [];
  /** Aborted where the run is listed anew: what an update finds then is of the listing before. */
  private watch = new AbortController();
  private updating: Promise<unknown> = Promise.resolve();
  private updateTimer: ReturnType<typeof setTimeout> | undefined;
  private running: Promise<void> = Promise.resolve();
  readonly findings: SessionFindings;

  constructor(
    readonly roots: readonly string[],
    readonly title: string,
    private readonly environment: SessionEnvironment,
  ) {
    this.key = sessionKey(roots);
    this.options = environment.options;
    this.findings = trackFindings(this);
  }

  onChange(listener: (change: SessionChange) => void): { dispose(): void } {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  }

  /** Lists the run, then computes it in the background. Resolves when the catalog is there or could not be had. */
  async open(): Promise<void> {
    await this.list();
    if (this.isListed) this.compute();
  }

  /** Lists the run anew, and computes all of it: files may have come, gone or changed. */
  async refresh(): Promise<void> {
    this.results = emptyResults();
    this.runProblems = [];
    await this.open();
  }

  /** Settles when nothing is being computed any more. */
  async whenIdle(): Promise<void> {
    let last: Promise<void>;
    do {
      last = this.running;
      await last;
    } while (last !== this.running);
  }

  setOptions(changes: Partial<OptionChanges>): void {
    const before = this.readingOfNumbers;
    this.options = applyOptionChanges(this.options, changes);
    this.environment.remember(this.options);
    // Names are read otherwise now, so that there are other layers and steps.
    if (this.readingOfNumbers !== before) return void this.refresh();
    if (!this.isListed) return;
    this.results = emptyResults();
    this.reset();
    this.compute();
  }

  /** What numbers without a word in names are taken for; undefined where no name has such. */
  private get readingOfNumbers(): BareNumberMeaning | undefined {
    return this.options.numbers ?? this.catalog?.numbers?.guess;
  }

  /**
   * Computes this layer before the others from here on. What of its full results was forgotten is computed again,
   * which the kernel most often need not open a file for.
   */
  focus(focus: Focus): void {
    if (this.focused[0] !== focus.layer) {
      this.focused = [focus.layer, ...this.focused.filter((each) => each !== focus.layer)].slice(
        0,
        LAYERS_KEPT,
      );
      if (this.state === 'computing') this.compute();
    }
    if (this.catalog === undefined || !this.isListed) return;
    const forgotten = trimmedRecords(this.results, this.catalog, focus);
    if (forgotten.length === 0) return;
    if (this.state === 'complete' && forgotten.length > QUIET_RECORDS) this.enter('computing');
    this.start({ records: forgotten });
  }

  /**
   * Takes in what has changed among the run's files: looks at these, or at all of them. Resolves to those that could
   * not be read and may be half-written.
   */
  update(files?: readonly string[]): Promise<readonly string[]> {
    const updated = this.updating.then(() => this.updateNow(files));
    this.updating = updated.catch(() => []);
    return updated;
  }

  private async updateNow(files: readonly string[] | undefined): Promise<readonly string[]> {
    if (!this.isListed) return [];
    const { signal } = this.watch;
    let update: RunUpdate;
    try {
      const params = { run: this.key, ...(files !== undefined && { files }) };
      update = await this.callKernel('updateRun', params, { signal });
    } catch (error) {
      // A listing that began meanwhile sees it all.
      if (isAbortError(error) || signal.aborted) return [];
      throw error;
    }
    if (signal.aborted) return [];
    if (update.kind === 'reset') this.replaceCatalog(update.catalog);
    else if (update.kind === 'delta') this.applyDelta(update.delta);
    return update.waiting;
  }

  cancel(): void {
    this.work.controller.abort();
    if (this.state === 'listing' || this.state === 'computing') this.enter('cancelled');
  }

  /**
   * Gives up what is under way, because the kernel is about to be ended; the result goes on with it in another kernel.
   */
  suspend(): () => void {
    const wasListing = this.state === 'listing';
    const wasComputing = this.state === 'computing' || (this.state === 'complete' && this.work.underWay > 0);
    this.work.controller.abort();
    this.work = newWork();
    return () => {
      if (wasListing) void this.open();
      else if (wasComputing) this.compute();
    };
  }

  resume(): void {
    if (this.state !== 'cancelled' && this.state !== 'failed') return;
    if (this.runProblems.length > 0) {
      this.runProblems = [];
      this.reset();
    }
    if (this.isListed) this.compute();
    else void this.open();
  }

  /**
   * Calls the kernel about this run. A kernel that was started since the run was opened does not know it and is told
   * first; where one had died unnoticed, the call itself starts the next and is made once more.
   */
  async callKernel<Method extends 'analyse' | 'checkLayers' | 'distributions' | 'updateRun'>(
    method: Method,
    params: KernelApi[Method]['params'],
    options: CallOptions<KernelApi[Method]['progress']> & { readonly signal: AbortSignal },
  ): Promise<KernelApi[Method]['result']> {
    const { kernel } = this.environment;
    if (this.kernelGeneration !== kernel.generation()) await this.reopenInKernel(options.signal);
    const generation = kernel.generation();
    try {
      return await kernel.call(method, params, options);
    } catch (error) {
      if (options.signal.aborted || kernel.generation() === generation) throw error;
      await this.reopenInKernel(options.signal);
      return kernel.call(method, params, options);
    }
  }

  dispose(): void {
    this.findings.dispose();
    this.work.controller.abort();
    this.watch.abort();
    clearTimeout(this.updateTimer);
    clearTimeout(this.liveTimer);
    this.listeners.clear();
    const { kernel } = this.environment;
    // Not to start a kernel that has never seen the run.
    if (this.kernelGeneration !== kernel.generation()) return;
    kernel.call('closeRun', { run: this.key }).catch(() => {
      // The kernel is gone, and the run with it.
    });
  }

  get progress(): PanelProgress {
    return {
      state: this.state,
      done: this.state === 'listing' ? this.filesListed : recordsDone(this.results),
      total: this.state === 'listing' || this.catalog === undefined ? 0 : recordCount(this.catalog),
      ...(this.isWatched && { watched: true }),
      ...(this.isLive && { live: true }),
    };
  }

  /** Whether new steps came not long ago. */
  get isLive(): boolean {
    return Date.now() - this.lastGrowth < LIVE_TIME;
  }

  get problems(): readonly Problem[] {
    return [...(this.catalog?.problems ?? []), ...this.runProblems, ...this.results.problems.values()];
  }

  /** What a panel with this focus begins with. Of a large layer's results only some; see {@link recordsInFocus}. */
  snapshot(focus: Focus | undefined): PanelSnapshot {
    const { catalog, results } = this;
    return {
      roots: this.roots,
      title: this.title,
      options: this.options,
      progress: this.progress,
      problems: this.problems,
      findings: this.findings.current,
      shiftMap: results.cells.columns(results.cells.records()),
      ...(catalog === undefined ? {} : { catalog: packCatalog(catalog) }),
      ...(catalog === undefined || focus === undefined ? {} : { layer: this.layerResults(focus) }),
    };
  }

  /** Full results of the first of the {@link recordsInFocus}. */
  layerResults(focus: Focus): LayerResults {
    return { ...focus, ...resultsOf(this.results, this.recordsInFocus(focus).slice(0, FIRST_RESULTS)) };
  }

  /** Records of a layer and variant that have full results: first and last, then what lies between, ever finer. */
  recordsInFocus({ layer, variant }: Focus): readonly number[] {
    const { catalog, results } = this;
    if (catalog === undefined) return [];
    const there = seriesOf(catalog, layer, variant).filter(({ id }) => results.summaries.has(id));
    return coarseToFine(there.length).map((index) => there[index].id);
  }

  private async list(): Promise<void> {
    this.work.controller.abort();
    this.work = newWork();
    this.watch.abort();
    this.watch = new AbortController();
    const { signal } = this.work.controller;
    this.filesListed = 0;
    this.isListed = false;
    this.enter('listing');
    try {
      this.catalog = await this.openInKernel(signal);
      this.isListed = true;
      this.hasGrown = false;
      this.environment.report(this.catalog.problems);
      this.reset();
    } catch (error) {
      if (isAbortError(error)) return;
      this.fail(toProblem(error, this.roots[0] ?? ''));
    }
  }

  private async openInKernel(signal: AbortSignal): Promise<RunCatalog> {
    const { kernel } = this.environment;
    const first: RecordEntry[] = [];
    const opened = kernel.call(
      'openRun',
      {
        run: this.key,
        roots: this.roots,
        ...(this.options.numbers !== undefined && { numbers: this.options.numbers }),
      },
      {
        signal,
        onProgress: (news) => {
          if ('records' in news) first.push(...news.records);
          else {
            this.filesListed = news.files;
            this.scheduleUpdate();
          }
        },
      },
    );
    // The call has started a kernel where there was none; what dies while it opens the run does not have it.
    const generation = kernel.generation();
    const catalog = await opened;
    this.kernelGeneration = generation;
    return first.length === 0 ? catalog : { ...catalog, records: [...first, ...catalog.records] };
  }

  /** Tells a kernel of the run that does not know it. If it numbers the records otherwise, all starts over. */
  private async reopenInKernel(signal: AbortSignal): Promise<void> {
    const catalog = await this.openInKernel(signal);
    if (!this.hasGrown || !this.isListed) return;
    this.hasGrown = false;
    this.replaceCatalog(catalog);
    throw abortError();
  }

  private replaceCatalog(catalog: RunCatalog): void {
    const before = this.catalog;
    this.catalog = catalog;
    this.hasGrown = true;
    this.results = emptyResults();
    this.changedAt.clear();
    this.environment.report(newProblems(before?.problems ?? [], catalog.problems));
    if (recordCount(catalog) > 0 && before !== undefined) this.noteGrowth();
    this.reset();
    if (this.state !== 'cancelled') this.compute();
  }

  private applyDelta(delta: CatalogDelta): void {
    const before = this.catalog;
    if (before === undefined) return;
    const touched = touchedSeries(before, delta, this.options.reference);
    const catalog = withDelta(before, delta);
    this.catalog = catalog;
    this.hasGrown = true;
    this.revision++;
    this.deltas.push(delta);
    const changed = delta.changed.map(({ id }) => id);
    for (const id of [...changed, ...delta.removed]) this.changedAt.set(id, this.revision);
    forgetResults(this.results, [...changed, ...delta.removed]);
    const stale = staleRecords(touched, catalog, delta, this.results.cells, this.options.reference);
    this.isStale ||= this.work.underWay > 0 && changed.length + delta.removed.length + stale.length > 0;
    if (delta.problems !== undefined) this.environment.report(newProblems(before.problems, delta.problems));
    if (delta.added.length > 0) this.noteGrowth();
    this.scheduleUpdate();
    if (this.state === 'cancelled' || this.state === 'failed') return;
    // The newest step first, and in it the layer that is looked at: the last of what waits.
    const fresh = [...delta.added, ...delta.changed].sort(
      (a, b) => a.step - b.step || this.interest(b) - this.interest(a),
    );
    this.work.waiting = this.work.waiting.concat(
      [...stale].reverse(),
      fresh.map(({ id }) => id),
    );
    if (this.state === 'complete' && this.work.waiting.length > QUIET_RECORDS) this.enter('computing');
    this.computeWaiting();
  }

  /** Records that came while the run was open, the newest first whatever came before them and still waits. */
  private computeWaiting(): void {
    const { work } = this;
    while (work.waiting.length > 0 && work.newUnderWay < NEW_AT_A_TIME) {
      const records = work.waiting.splice(-NEW_RECORDS).reverse();
      work.newUnderWay++;
      this.start({ records }, () => {
        work.newUnderWay--;
        this.computeWaiting();
      });
    }
  }

  private interest({ layer }: RecordPlace): number {
    return this.focused[0] === layer ? -1 : layer;
  }

  private noteGrowth(): void {
    const now = Date.now();
    this.isBursting = now - this.lastGrowth < BURST_GAP_MS;
    this.lastGrowth = now;
    clearTimeout(this.liveTimer);
    this.liveTimer = setTimeout(() => {
      this.isBursting = false;
      this.flush();
    }, LIVE_TIME);
  }

  /** Starts over with what is not there yet; whatever was under way is given up. */
  private compute(): void {
    this.work.controller.abort();
    this.work = newWork();
    this.isStale = false;
    this.enter('computing');
    const { cells, problems } = this.results;
    this.start({ layers: this.focused.slice(0, 1), known: [...cells.records(), ...problems.keys()] });
  }

  private start(
    request: Pick<AnalyseRequest, 'layers' | 'known' | 'records'>,
    goOn: () => void = () => {},
  ): void {
    const { work } = this;
    work.underWay++;
    const analysis = this.analyse(request, work, this.results, goOn);
    this.running = Promise.all([this.running, analysis]).then(() => {});
  }

  private async analyse(
    request: Pick<AnalyseRequest, 'layers' | 'known' | 'records'>,
    work: Work,
    results: Results,
    goOn: () => void,
  ): Promise<void> {
    const { signal } = work.controller;
    const { revision } = this;
    try {
      await this.callKernel(
        'analyse',
        { run: this.key, options: this.options, estimates: true, ...request },
        { signal, onProgress: (progress) => this.receive(results, revision, progress) },
      );
      work.underWay--;
      if (work !== this.work) return;
      goOn();
      if (work.underWay > 0) return;
      if (this.isStale) this.computeStale();
      else this.enter('complete');
    } catch (error) {
      work.underWay--;
      if (isAbortError(error) || signal.aborted) return;
      this.fail(toProblem(error, this.roots[0] ?? ''));
    }
  }

  /** Records that were computed while their reference went or changed, and so have no shift, or one from it. */
  private computeStale(): void {
    this.isStale = false;
    const { catalog, results } = this;
    if (catalog === undefined) return;
    const left = allSeries(catalog).flatMap((series) =>
      series.flatMap(({ id }) => (results.cells.has(id) || results.problems.has(id) ? [] : [id])),
    );
    if (left.length > 0) this.start({ records: left });
    else this.enter('complete');
  }

  private receive(results: Results, revision: number, progress: AnalyseProgress): void {
    // Late news of an analysis that was given up is about options that are not in force any more.
    if (results !== this.results) return;
    const record = recordOf(progress);
    // What was computed of a file that has changed since is computed again, or gone.
    if ((this.changedAt.get(record) ?? 0) > revision) return;
    if (progress.kind === 'problem' && this.isWatched && MAY_PASS.has(progress.problem.code)) {
      void this.retryUnreadable(results, revision, progress);
      return;
    }
    this.accept(results, progress);
  }

  /**
   * What could not be read of a run that is being written may have been deleted or be half-written: it counts once a
   * look at the file says that neither is so.
   */
  private async retryUnreadable(
    results: Results,
    revision: number,
    failure: Extract<AnalyseProgress, { kind: 'problem' }>,
  ): Promise<void> {
    const file = this.catalog?.records[failure.record]?.file;
    try {
      for (let tries = 0; file !== undefined && tries < MAX_TRIES; tries++) {
        if (results !== this.results) return;
        if (!(await this.update([file])).includes(file)) break;
        await new Promise((resolve) => setTimeout(resolve, RETRY_INTERVAL));
      }
    } catch {
      // Then the problem stands.
    }
    if (results !== this.results || (this.changedAt.get(failure.record) ?? 0) > revision) return;
    this.accept(results, failure);
  }

  private accept(results: Results, progress: AnalyseProgress): void {
    addResult(results, progress);
    if (this.catalog !== undefined && results.summaries.size > FULL_RESULTS + FULL_RESULTS / 8)
      trimResults(results, this.catalog, this.focused, FULL_RESULTS);
    if (progress.kind === 'problem') {
      this.changedProblems.push(progress.problem);
      this.environment.report([progress.problem]);
    } else this.changedRecords.add(recordOf(progress));
    this.scheduleUpdate();
  }

  private fail(problem: Problem): void {
    this.runProblems.push(problem);
    this.changedProblems.push(problem);
    this.environment.report([problem]);
    this.enter('failed');
  }

  private enter(state: PanelProgress['state']): void {
    this.state = state;
    this.flush();
  }

  private scheduleUpdate(): void {
    this.updateTimer ??= setTimeout(
      () => this.flush(),
      this.isBursting ? LIVE_UPDATE_INTERVAL : UPDATE_INTERVAL,
    );
  }

  private flush(): void {
    clearTimeout(this.updateTimer);
    this.updateTimer = undefined;
    const change = {
      kind: 'records',
      records: this.changedRecords,
      problems: this.changedProblems,
      deltas: this.deltas,
    } as const;
    this.clearChanges();
    this.emit(change);
  }

  /** Reports that everything changed, which includes the changes that were not sent yet. */
  private reset(): void {
    this.clearChanges();
    this.emit({ kind: 'reset' });
  }

  private clearChanges(): void {
    this.changedRecords = new Set();
    this.changedProblems = [];
    this.deltas = [];
  }

  private emit(change: SessionChange): void {
    for (const listener of this.listeners) listener(change);
  }
}

/** A computation: calls to the kernel that are given up together. */
interface Work {
  readonly controller: AbortController;
  underWay: number;
  /** Records that came while the run was open and have not been asked for, the newest last. */
  waiting: number[];
  /** Of the calls under way those for such records. */
  newUnderWay: number;
}

function newWork(): Work {
  return { controller: new AbortController(), underWay: 0, waiting: [], newUnderWay: 0 };
}

function recordOf(progress: AnalyseProgress): number {
  if (progress.kind === 'summary') return progress.summary.record;
  return progress.kind === 'shift' ? progress.shift.record : progress.record;
}

function newProblems(before: readonly Problem[], now: readonly Problem[]): readonly Problem[] {
  const keyOf = ({ path, tensor, message }: Problem) => `${path}\n${tensor}\n${message}`;
  const known = new Set(before.map(keyOf));
  return now.filter((problem) => !known.has(keyOf(problem)));
}

/** A record as it goes to the panel. */
export function recordPlace({ id, layer, step, variant, removed }: RecordPlace): RecordPlace {
  return { id, layer, step, variant, ...(removed && { removed }) };
}

/** Two openings of the same roots are the same run. */
export function sessionKey(roots: readonly string[]): string {
  return [...roots].sort().join('\n');
}
