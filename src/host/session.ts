import { isAbortError } from '../protocol/abort';
import type { AnalysisOptions } from '../protocol/analysis';
import type { RunCatalog } from '../protocol/catalog';
import type { CallOptions } from '../protocol/channel';
import type { AnalyseProgress, KernelApi } from '../protocol/kernelApi';
import type { Focus, Knobs, PanelProgress, PanelSnapshot, PanelUpdate } from '../protocol/panelApi';
import { type Problem, toProblem } from '../protocol/problem';
import type { KernelLink } from './kernelLink';
import { withKnobs } from './knobs';
import { addResult, emptyResults, layerResults, type Results, recordsDone, shiftCells } from './results';
import { type SessionFindings, trackFindings } from './sessionFindings';

/** What changed in a session: everything, or some records. */
export type SessionChange =
  | { readonly kind: 'reset' }
  | {
      readonly kind: 'records';
      readonly records: ReadonlySet<number>;
      readonly problems: readonly Problem[];
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

/** Milliseconds between two updates of the views. */
const UPDATE_INTERVAL = 100;

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
  private readonly listeners = new Set<(change: SessionChange) => void>();
  private work = new AbortController();
  private kernelGeneration = 0;
  private focused: number[] = [];
  private changedRecords = new Set<number>();
  private changedProblems: Problem[] = [];
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

  setOptions(knobs: Partial<Knobs>): void {
    this.options = withKnobs(this.options, knobs);
    this.environment.remember(this.options);
    if (!this.isListed) return;
    this.results = emptyResults();
    this.reset();
    this.compute();
  }

  /** Computes this layer before the others from here on. */
  focus(layer: number): void {
    if (this.focused[0] === layer) return;
    this.focused = [layer];
    if (this.state === 'computing') this.compute();
  }

  cancel(): void {
    this.work.abort();
    if (this.state === 'listing' || this.state === 'computing') this.enter('cancelled');
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
  async callKernel<Method extends 'analyse' | 'checkLayers' | 'distributions'>(
    method: Method,
    params: KernelApi[Method]['params'],
    options: CallOptions<KernelApi[Method]['progress']> & { readonly signal: AbortSignal },
  ): Promise<KernelApi[Method]['result']> {
    const { kernel } = this.environment;
    if (this.kernelGeneration !== kernel.generation()) await this.openInKernel(options.signal);
    const generation = kernel.generation();
    try {
      return await kernel.call(method, params, options);
    } catch (error) {
      if (options.signal.aborted || kernel.generation() === generation) throw error;
      await this.openInKernel(options.signal);
      return kernel.call(method, params, options);
    }
  }

  dispose(): void {
    this.findings.dispose();
    this.work.abort();
    clearTimeout(this.updateTimer);
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
      total: this.state === 'listing' ? 0 : (this.catalog?.records.length ?? 0),
    };
  }

  get problems(): readonly Problem[] {
    return [...(this.catalog?.problems ?? []), ...this.runProblems, ...this.results.problems.values()];
  }

  snapshot(focus: Focus | undefined): PanelSnapshot {
    const { catalog, results } = this;
    return {
      roots: this.roots,
      title: this.title,
      options: this.options,
      progress: this.progress,
      problems: this.problems,
      findings: this.findings.current,
      shiftMap: shiftCells(results, results.summaries.keys()),
      ...(catalog === undefined ? {} : { catalog }),
      ...(catalog === undefined || focus === undefined
        ? {}
        : { layer: layerResults(results, catalog, focus) }),
    };
  }

  /** The part of a change that a panel with this focus draws. */
  update(change: Extract<SessionChange, { kind: 'records' }>, focus: Focus | undefined): PanelUpdate {
    const { catalog, results } = this;
    const inFocus = [...change.records].filter((id) => {
      const record = catalog?.records[id];
      return record !== undefined && record.layer === focus?.layer && record.variant === focus.variant;
    });
    return {
      progress: this.progress,
      problems: change.problems,
      shiftMap: shiftCells(results, change.records),
      summaries: inFocus.flatMap((id) => results.summaries.get(id) ?? []),
      shifts: inFocus.flatMap((id) => results.shifts.get(id) ?? []),
    };
  }

  private async list(): Promise<void> {
    this.work.abort();
    this.work = new AbortController();
    const { signal } = this.work;
    this.filesListed = 0;
    this.isListed = false;
    this.enter('listing');
    try {
      this.catalog = await this.openInKernel(signal);
      this.isListed = true;
      this.environment.report(this.catalog.problems);
      this.reset();
    } catch (error) {
      if (isAbortError(error)) return;
      this.fail(toProblem(error, this.roots[0] ?? ''));
    }
  }

  private async openInKernel(signal: AbortSignal): Promise<RunCatalog> {
    const { kernel } = this.environment;
    const opened = kernel.call(
      'openRun',
      { run: this.key, roots: this.roots },
      {
        signal,
        onProgress: ({ files }) => {
          this.filesListed = files;
          this.scheduleUpdate();
        },
      },
    );
    // The call has started a kernel where there was none; what dies while it opens the run does not have it.
    const generation = kernel.generation();
    const catalog = await opened;
    this.kernelGeneration = generation;
    return catalog;
  }

  /** Starts over with what is not there yet; whatever was under way is given up. */
  private compute(): void {
    this.work.abort();
    this.work = new AbortController();
    this.enter('computing');
    this.running = this.analyse(this.work.signal, this.results);
  }

  private async analyse(signal: AbortSignal, results: Results): Promise<void> {
    try {
      await this.callKernel(
        'analyse',
        {
          run: this.key,
          options: this.options,
          layers: this.focused,
          known: [...results.shifts.keys(), ...results.problems.keys()],
        },
        { signal, onProgress: (progress) => this.receive(results, progress) },
      );
      this.enter('complete');
    } catch (error) {
      if (isAbortError(error) || signal.aborted) return;
      this.fail(toProblem(error, this.roots[0] ?? ''));
    }
  }

  private receive(results: Results, progress: AnalyseProgress): void {
    // Late news of an analysis that was given up is about options that are not in force any more.
    if (results !== this.results) return;
    addResult(results, progress);
    if (progress.kind === 'summary') this.changedRecords.add(progress.summary.record);
    else if (progress.kind === 'shift') this.changedRecords.add(progress.shift.record);
    else {
      this.changedProblems.push(progress.problem);
      this.environment.report([progress.problem]);
    }
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
    this.updateTimer ??= setTimeout(() => this.flush(), UPDATE_INTERVAL);
  }

  private flush(): void {
    clearTimeout(this.updateTimer);
    this.updateTimer = undefined;
    const change = { kind: 'records', records: this.changedRecords, problems: this.changedProblems } as const;
    this.changedRecords = new Set();
    this.changedProblems = [];
    this.emit(change);
  }

  /** Tells that everything changed, which includes the news that was not told yet. */
  private reset(): void {
    this.changedRecords = new Set();
    this.changedProblems = [];
    this.emit({ kind: 'reset' });
  }

  private emit(change: SessionChange): void {
    for (const listener of this.listeners) listener(change);
  }
}

/** Two openings of the same roots are the same run. */
export function sessionKey(roots: readonly string[]): string {
  return [...roots].sort().join('\n');
}
