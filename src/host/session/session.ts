import type { AnalysisOptions } from '../../model/analysis';
import type { RunCatalog } from '../../model/catalog';
import type { CatalogDelta, RunUpdate } from '../../model/catalogDelta';
import { LiveCatalog } from '../../model/liveCatalog';
import { newProblems, type Problem, toProblem, withoutCause, withoutCauses } from '../../model/problem';
import type { Readings } from '../../model/questions';
import type { RunJoin } from '../../model/runJoin';
import { runKey } from '../../model/runKey';
import { recordCount } from '../../model/series';
import type { KernelApi } from '../../protocol/kernelApi';
import type { Focus, OptionChanges, PanelProgress } from '../../protocol/panelApi';
import { abortError, isAbortError } from '../../rpc/abort';
import type { CallOptions } from '../../rpc/channel';
import type { KernelLink } from '../kernel/kernelLink';
import { BranchMeasurement } from './branchMeasurement';
import { ChangeFeed, type RecordChanges, type SessionChange } from './changeFeed';
import { type ComparedRun, Comparison } from './comparison';
import { Computation, type ComputedRun } from './computation';
import { KernelRun, type OpenedRun, type RunCall } from './kernelRun';
import { type Results, recordsDone } from './results';
import { applyOptionChanges, readingsThatDiffer } from './sessionOptions';
import { joinsDiffer, touchedSeries } from './staleRecords';

export interface SessionEnvironment {
  readonly kernel: KernelLink;
  /** The initial options: the settings, and what was chosen for this run earlier. */
  readonly options: AnalysisOptions;
  /** Remembers the options for this run. */
  remember(options: AnalysisOptions): void;
  /** Problems for the log and the person. */
  report(problems: readonly Problem[]): void;
  /** Opens a run that this one is compared with, in the background, unless it is open. */
  openOther(roots: readonly string[]): ComparedRun;
  /** Called when the run is compared with others than before. */
  othersChanged(): void;
}

/**
 * An open run: its catalog, options and results. Views read its state and listen to its changes.
 */
export class Session implements ComputedRun, OpenedRun, ComparedRun {
  readonly key: string;
  private liveCatalog: LiveCatalog | undefined;
  options: AnalysisOptions;
  state: PanelProgress['state'] = 'listing';
  isListed = false;
  /** Whether the catalog is that of a sample of the run, which has not been listed yet. */
  private isSample = false;
  isWatched = false;
  private filesListed = 0;
  /** Problems of the run as a whole; the catalog and the records have their own. */
  private runProblems: Problem[] = [];
  /** Whether the run has changed since it was listed: another kernel would number the records differently. */
  private hasGrown = false;
  /** Cancels the listing. */
  private listing = new AbortController();
  /** Aborted when the run is listed again: updates under way belong to the former listing. */
  private watch = new AbortController();
  private updating: Promise<unknown> = Promise.resolve();
  private readonly feed = new ChangeFeed((error) => this.report([toProblem(error, '')]));
  private readonly kernelRun: KernelRun;
  private readonly computation: Computation;
  readonly branches: BranchMeasurement;
  /** The runs that this one is compared with. */
  readonly comparison: Comparison;
  /** Why one of them could not be opened. */
  private otherProblem: Problem | undefined;
  /** How runs belonged together when the computation began. */
  private computedWith: RunJoin | undefined;

  constructor(
    readonly roots: readonly string[],
    readonly title: string,
    private readonly environment: SessionEnvironment,
  ) {
    this.key = runKey(roots);
    this.options = environment.options;
    this.kernelRun = new KernelRun(this.key, roots, environment.kernel, this);
    this.computation = new Computation(this, this.kernelRun, this.feed);
    this.branches = new BranchMeasurement(this, this.kernelRun, {
      onMeasured: (record) => this.feed.addRecord(record),
      onFailure: (error) => this.report([toProblem(error, this.roots[0] ?? '')]),
    });
    this.comparison = new Comparison(this, environment.openOther, {
      onReplaced: () => this.startOver(),
      onChanged: (change) => this.applyOther(change),
      onShared: (options) => this.setOptions(options),
      onWaiting: (problem) => this.waitOn(problem),
    });
  }

  get catalog(): RunCatalog | undefined {
    return this.liveCatalog?.current;
  }

  get results(): Results {
    return this.computation.results;
  }

  get progress(): PanelProgress {
    return {
      state: this.state,
      done: this.state === 'listing' && !this.isListed ? this.filesListed : recordsDone(this.results),
      total: this.state === 'listing' || this.catalog === undefined ? 0 : recordCount(this.catalog),
      ...(this.isWatched && { watched: true }),
      ...(this.feed.isLive && { live: true }),
    };
  }

  get problems(): readonly Problem[] {
    return [
      ...(this.catalog?.problems ?? []),
      ...this.runProblems,
      ...(this.otherProblem === undefined ? [] : [this.otherProblem]),
      ...this.results.problems.values(),
    ];
  }

  onChange(listener: (change: SessionChange) => void): { dispose(): void } {
    return this.feed.onChange(listener);
  }

  /** Lists the run, then computes it in the background. Resolves when the listing has ended or failed. */
  async open(): Promise<void> {
    this.follow();
    await this.list();
    if (this.isListed) this.startComputing();
  }

  /** Lists the run again and computes all of it, because files may have changed. */
  async refresh(): Promise<void> {
    this.computation.forget();
    this.runProblems = [];
    await this.open();
  }

  /** Resolves when nothing is being computed. */
  whenIdle(): Promise<void> {
    return this.computation.whenIdle();
  }

  setOptions(changes: Partial<OptionChanges>): void {
    const before = readingsThatDiffer(this.options, this.catalog);
    this.options = applyOptionChanges(this.options, changes);
    this.follow();
    this.environment.remember(this.options);
    if (changes.reference !== undefined) this.environment.othersChanged();
    // Names are read otherwise now, so that there are other layers and steps.
    if (readingsThatDiffer(this.options, this.catalog) !== before) return void this.refresh();
    if (this.isListed || this.isSample) this.startOver();
  }

  /** Computes this layer before the others from now on. */
  focus(focus: Focus): void {
    this.computation.focus(focus);
    this.comparison.focus(focus);
  }

  cancel(): void {
    this.listing.abort();
    this.computation.abort();
    if (this.state === 'listing' || this.state === 'computing') this.enter('cancelled');
  }

  resume(): void {
    if (this.state !== 'cancelled' && this.state !== 'failed') return;
    if (this.runProblems.length > 0) {
      this.runProblems = [];
      this.feed.replaceCatalog();
    }
    this.comparison.resume();
    if (this.isListed) this.startComputing();
    else void this.open();
  }

  /**
   * Cancels the calls under way, because the kernel is about to be restarted. The result continues them in the next
   * kernel.
   */
  suspend(): () => void {
    const wasListing = this.state === 'listing';
    const wasComputing = this.state === 'computing' || (this.state === 'complete' && this.computation.isBusy);
    this.listing.abort();
    this.computation.begin();
    return () => {
      if (wasListing) void this.open();
      else if (wasComputing) this.startComputing();
    };
  }

  /** Calls the kernel about this run; see {@link KernelRun.call}. */
  callKernel<Method extends RunCall>(
    method: Method,
    params: KernelApi[Method]['params'],
    options: CallOptions<KernelApi[Method]['progress']> & { readonly signal: AbortSignal },
  ): Promise<KernelApi[Method]['result']> {
    return this.kernelRun.call(method, params, options);
  }

  dispose(): void {
    this.branches.dispose();
    this.listing.abort();
    this.computation.abort();
    this.comparison.dispose();
    this.watch.abort();
    this.feed.dispose();
    this.kernelRun.close();
  }

  /**
   * Applies the changes of the run's files. Checks these files, or all of them. Resolves to the files that could not be
   * read and may be half-written.
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
      // A listing that has begun in the meantime sees all changes.
      if (isAbortError(error) || signal.aborted) return [];
      throw error;
    }
    if (signal.aborted) return [];
    if (update.kind === 'reset') this.replaceCatalog(update.catalog);
    else if (update.kind === 'delta') this.applyDelta(update.delta);
    return update.waiting;
  }

  private async list(): Promise<void> {
    this.computation.begin();
    this.listing.abort();
    this.listing = new AbortController();
    const { signal } = this.listing;
    if (this.isSample) this.computation.forgetCatalog();
    this.watch.abort();
    this.watch = new AbortController();
    this.filesListed = 0;
    this.isListed = false;
    this.enter('listing');
    try {
      const { catalog, extendsSample } = await this.kernelRun.open(signal);
      this.report(catalog.problems);
      if (this.isSample && !extendsSample) this.computation.forgetCatalog();
      else if (this.isSample) this.computation.extendSample(catalog, this.comparison.joinOf(catalog));
      this.liveCatalog = new LiveCatalog(withoutCauses(catalog));
      this.isSample = false;
      this.isListed = true;
      this.hasGrown = false;
      this.feed.replaceCatalog();
    } catch (error) {
      if (isAbortError(error)) return;
      this.fail(toProblem(error, this.roots[0] ?? ''));
    }
  }

  private replaceCatalog(catalog: RunCatalog): void {
    const before = this.catalog;
    this.liveCatalog = new LiveCatalog(withoutCauses(catalog));
    this.hasGrown = true;
    this.computation.forgetCatalog();
    this.report(newProblems(before?.problems ?? [], catalog.problems));
    if (recordCount(catalog) > 0 && before !== undefined) this.feed.noteGrowth();
    this.feed.replaceCatalog();
    if (this.state !== 'cancelled') this.startComputing();
  }

  private applyDelta(delta: CatalogDelta): void {
    const live = this.liveCatalog;
    if (live === undefined) return;
    // The lists of the current catalog may grow by the change, so this comes first.
    const touched = touchedSeries(live.current, delta, this.options.reference);
    const problems = newProblems(live.current.problems, delta.problems ?? []);
    const change = withoutCauses(delta);
    const catalog = live.apply(change);
    this.hasGrown = true;
    if (problems.length > 0) this.report(problems);
    if (delta.added.length > 0) this.feed.noteGrowth();
    this.feed.addDelta(change);
    this.branches.changed();
    // New layers may change which of the others belong together.
    if (joinsDiffer(this.computedWith, this.comparison.join)) return void this.startOver();
    this.computation.applyDelta(touched, catalog, change);
  }

  /** Follows the runs that this one is compared with, which share its options. */
  private follow(): void {
    this.comparison.follow(this.options.reference);
    this.options = this.comparison.withLayouts(this.options);
    this.comparison.share();
  }

  /** Computes everything again, because options or another run have changed. */
  private startOver(): void {
    this.options = this.comparison.withLayouts(this.options);
    this.computation.forget();
    this.otherProblem = undefined;
    this.feed.changeOptions();
    if (this.state !== 'cancelled' && (this.isListed || this.isSample)) this.startComputing();
  }

  private startComputing(): void {
    this.otherProblem = undefined;
    this.computedWith = this.comparison.join;
    this.computation.start();
  }

  /** Takes changes of the run that this one is compared with. */
  private applyOther(change: RecordChanges): void {
    const { catalog } = this;
    const { join } = this.comparison;
    if (change.deltas.length > 0 && catalog !== undefined && join !== undefined) {
      if (joinsDiffer(this.computedWith, join)) return void this.startOver();
      this.computation.applyOther(join, catalog, change.deltas);
    }
    this.feed.changeOther(change);
  }

  /** While the run waits for the others: shows how that goes. */
  private waitOn(problem: Problem | undefined): void {
    if (this.state !== 'listing' || !this.isListed) return;
    if (problem === undefined) return void this.feed.schedule();
    this.otherProblem = problem;
    this.feed.addProblem(problem);
    this.enter('failed');
  }

  // What the parts of the session call.

  get readings(): Readings | undefined {
    return this.options.readings;
  }

  get isReady(): boolean {
    return this.comparison.isReady;
  }

  waitForOthers(): void {
    if (!this.isListed) return;
    this.enter('listing');
    this.waitOn(this.comparison.problem);
  }

  openInKernel(signal: AbortSignal): Promise<void> {
    return this.kernelRun.openItself(signal);
  }

  openOthers(signal: AbortSignal): Promise<void> | undefined {
    return this.comparison.other && this.comparison.openInKernel(signal);
  }

  listed(files: number): void {
    this.filesListed = files;
    this.feed.schedule();
  }

  /** Shows a part of the run, and computes it, while the kernel lists the others. */
  sampled(catalog: RunCatalog): boolean {
    // A run that is listed again keeps its catalog until then.
    if (this.state !== 'listing' || (this.catalog !== undefined && !this.isSample)) return false;
    this.liveCatalog = new LiveCatalog(withoutCauses(catalog));
    this.isSample = true;
    this.computation.forgetCatalog();
    this.feed.replaceCatalog();
    this.startComputing();
    return true;
  }

  /** Starts over if the kernel numbers the records differently. */
  reopened(catalog: RunCatalog): void {
    if (!this.hasGrown || !this.isListed) return;
    this.hasGrown = false;
    this.replaceCatalog(catalog);
    throw abortError();
  }

  enter(state: PanelProgress['state']): void {
    this.state = state;
    this.feed.flush();
  }

  fail(problem: Problem): void {
    this.report([problem]);
    this.runProblems.push(withoutCause(problem));
    this.feed.addProblem(withoutCause(problem));
    this.enter('failed');
  }

  report(problems: readonly Problem[]): void {
    this.environment.report(problems);
  }
}
