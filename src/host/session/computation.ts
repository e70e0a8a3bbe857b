import type { AnalysisOptions } from '../../model/analysis';
import type { RecordPlace, RunCatalog } from '../../model/catalog';
import type { CatalogDelta } from '../../model/catalogDelta';
import { coarseToFine } from '../../model/coarseToFine';
import { type Problem, toProblem, withoutCause } from '../../model/problem';
import { type RunJoin, referenceRecord } from '../../model/runJoin';
import { allSeries, positionOf, seriesOf } from '../../model/series';
import type { AnalyseProgress, AnalyseRequest } from '../../protocol/kernelApi';
import type { Focus, PanelProgress } from '../../protocol/panelApi';
import { isAbortError } from '../../rpc/abort';
import { mayPass, untilWritten } from '../../run/listing/halfWritten';
import type { ChangeFeed } from './changeFeed';
import type { KernelRun } from './kernelRun';
import { addResult, emptyResults, forgetResults, type Results, trimmedRecords, trimResults } from './results';
import { staleByOther, staleRecords, type touchedSeries } from './staleRecords';

/**
 * New records in one call to the kernel, and such calls at a time. If the kernel is slower than the run grows, the newest
 * step is still computed before the steps that wait.
 */
const NEW_RECORDS = 16;
const NEW_AT_A_TIME = 2;
/** At most this many new records are computed without showing progress. */
const QUIET_RECORDS = 1000;
/** Full results that are kept, at most; each takes about 5 KB. */
const FULL_RESULTS = 12_000;
/** Layers whose full results are always kept: those that were in view last. */
const LAYERS_KEPT = 3;

/** What the computation needs to know about its run. */
export interface ComputedRun {
  readonly key: string;
  readonly roots: readonly string[];
  readonly catalog: RunCatalog | undefined;
  readonly options: AnalysisOptions;
  readonly state: PanelProgress['state'];
  /** False while the run is being listed. Until then, only the records of a sample can be computed. */
  readonly isListed: boolean;
  /** Whether the run is watched for new files. */
  readonly isWatched: boolean;
  /** Whether the runs that shifts are measured from are listed. */
  readonly isReady: boolean;
  /** Called instead of a computation if they are not; {@link Computation.start} is due when they are. */
  waitForOthers(): void;
  enter(state: PanelProgress['state']): void;
  fail(problem: Problem): void;
  /** Problems for the log and the person. */
  report(problems: readonly Problem[]): void;
  /** Checks these files; resolves to those that may be half-written. */
  update(files: readonly string[]): Promise<readonly string[]>;
}

/** Decides what to compute next, lets the kernel compute it, and keeps the results. */
export class Computation {
  results: Results = emptyResults();
  private work = newWork();
  private running: Promise<void> = Promise.resolve();
  /** Layers in the order in which they were in view, the last first. */
  private focused: number[] = [];
  /** Grows with every change of the files. */
  private revision = 0;
  /** The revision at which a record last changed or was removed: earlier results are no longer valid. */
  private readonly changedAt = new Map<number, number>();
  /** Whether shifts may have been measured from a reference that was removed. */
  private isStale = false;
  /** Records of the layer in view that are being computed before the others. */
  private awaited = new Set<number>();

  constructor(
    private readonly run: ComputedRun,
    private readonly kernel: KernelRun,
    private readonly feed: ChangeFeed,
  ) {}

  /** Whether calls to the kernel are under way. */
  get isBusy(): boolean {
    return this.work.underWay > 0;
  }

  /** Resolves when nothing is being computed. */
  async whenIdle(): Promise<void> {
    let last: Promise<void>;
    do {
      last = this.running;
      await last;
    } while (last !== this.running);
  }

  /** Cancels the calls under way. */
  abort(): void {
    this.work.controller.abort();
  }

  /** Cancels the calls under way, and leaves others to begin. */
  begin(): void {
    this.abort();
    this.awaitRecords([]);
    this.work = newWork();
  }

  /** Forgets all results, because options changed. */
  forget(): void {
    this.results = emptyResults();
  }

  /** Forgets all results, because the catalog was replaced. */
  forgetCatalog(): void {
    this.forget();
    this.changedAt.clear();
  }

  /**
   * Goes on with the whole catalog after that of a sample: ids are the same, but the references of some shifts may lie
   * in what was not there.
   */
  extendSample(catalog: RunCatalog, join: RunJoin | undefined): void {
    const { cells } = this.results;
    const { reference } = this.run.options;
    for (const id of [...cells.records()]) {
      const { layer, variant, step } = catalog.records[id];
      const series = seriesOf(catalog, layer, variant);
      const from = referenceRecord(series, positionOf(series, step), reference, join);
      if (from?.id !== cells.referenceOf(id)) forgetResults(this.results, [id]);
    }
  }

  /** Computes all missing results, those of the layer in view first, and cancels the calls under way. */
  start(): void {
    this.begin();
    this.isStale = false;
    if (!this.run.isReady) return void this.run.waitForOthers();
    if (this.run.isListed) this.run.enter('computing');
    const computeAll = () => {
      const { cells, problems } = this.results;
      this.request({ layers: this.focused.slice(0, 1), known: [...cells.records(), ...problems.keys()] });
    };
    const inView = this.missingInView();
    if (inView.length === 0) return void computeAll();
    this.awaitRecords(inView);
    this.request({ records: inView }, () => {
      // Some had no shift.
      if (this.awaited.size > 0) this.sendAwaited();
      computeAll();
    });
  }

  private awaitRecords(records: readonly number[]): void {
    this.awaited = new Set(records);
    this.feed.awaitLayer(records.length > 0);
  }

  /** Sends the results of the layer in view: a person waits for the last of them. */
  private sendAwaited(): void {
    this.awaitRecords([]);
    this.feed.flush();
  }

  /**
   * Records of the layer in view without results: the last, whose distributions people look at first, the first, which is
   * the reference, then those between, halving the gaps. They are a call of their own, so that the panel draws all of them
   * before the other layers need both cores.
   */
  private missingInView(): readonly number[] {
    const { catalog } = this.run;
    if (catalog === undefined) return [];
    const { cells, problems } = this.results;
    return allSeries(catalog)
      .filter(([{ layer }]) => layer === this.focused[0])
      .flatMap((series) => lastFirst(coarseToFine(series.length)).map((position) => series[position].id))
      .filter((id) => !cells.has(id) && !problems.has(id));
  }

  /**
   * Computes this layer before the others from now on. Full results of the layer that were forgotten are computed again,
   * usually without opening a file.
   */
  focus(focus: Focus): void {
    if (this.focused[0] !== focus.layer) {
      const others = this.focused.filter((each) => each !== focus.layer);
      this.focused = [focus.layer, ...others].slice(0, LAYERS_KEPT);
      if (this.run.state === 'computing' || (!this.run.isListed && this.isBusy)) this.start();
    }
    if (this.run.catalog === undefined || !this.run.isListed) return;
    const forgotten = trimmedRecords(this.results, this.run.catalog, focus);
    if (forgotten.length === 0) return;
    if (this.run.state === 'complete' && forgotten.length > QUIET_RECORDS) this.run.enter('computing');
    this.request({ records: forgotten });
  }

  /**
   * Forgets results that are no longer valid after a change of the catalog, and computes the new records. `touched`: the
   * series whose references may change, from {@link touchedSeries}.
   */
  applyDelta(touched: ReturnType<typeof touchedSeries>, catalog: RunCatalog, delta: CatalogDelta): void {
    const { reference } = this.run.options;
    this.revision++;
    const changed = delta.changed.map(({ id }) => id);
    for (const id of [...changed, ...delta.removed]) this.changedAt.set(id, this.revision);
    forgetResults(this.results, [...changed, ...delta.removed]);
    const stale = staleRecords(touched, catalog, delta, this.results.cells, reference);
    this.isStale ||= this.isBusy && changed.length + delta.removed.length + stale.length > 0;
    if (this.isResting) return;
    // The last of those that wait is computed first: the newest step, and in it the layer in view.
    const fresh = [...delta.added, ...delta.changed].sort(
      (a, b) => a.step - b.step || this.interest(b) - this.interest(a),
    );
    this.work.waiting = this.work.waiting.concat(
      [...stale].reverse(),
      fresh.map(({ id }) => id),
    );
    this.computeSoon();
  }

  /** Computes records again whose reference in another run has changed. `join`: with that run after the changes. */
  applyOther(join: RunJoin, catalog: RunCatalog, deltas: readonly CatalogDelta[]): void {
    const { cells, done } = this.results;
    const records = [...new Set(deltas.flatMap((delta) => staleByOther(join, catalog, delta, cells, done)))];
    if (records.length === 0) return;
    this.revision++;
    for (const id of records) this.changedAt.set(id, this.revision);
    forgetResults(this.results, records);
    this.isStale ||= this.isBusy;
    if (this.isResting) return;
    this.work.waiting = this.work.waiting.concat([...records].reverse());
    this.computeSoon();
  }

  /** Whether new records wait until the person, or another run, lets the computation go on. */
  private get isResting(): boolean {
    const { state } = this.run;
    return state === 'cancelled' || state === 'failed' || state === 'listing';
  }

  private computeSoon(): void {
    if (this.run.state === 'complete' && this.work.waiting.length > QUIET_RECORDS)
      this.run.enter('computing');
    this.computeWaiting();
  }

  /** Computes records that were added while the run was open, always the newest first. */
  private computeWaiting(): void {
    const { work } = this;
    while (work.waiting.length > 0 && work.newUnderWay < NEW_AT_A_TIME) {
      const records = work.waiting.splice(-NEW_RECORDS).reverse();
      work.newUnderWay++;
      this.request({ records }, () => {
        work.newUnderWay--;
        this.computeWaiting();
      });
    }
  }

  private interest({ layer }: RecordPlace): number {
    return this.focused[0] === layer ? -1 : layer;
  }

  private request(
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
    const { run, revision } = this;
    const { signal } = work.controller;
    try {
      await this.kernel.call(
        'analyse',
        { run: run.key, options: run.options, estimates: true, ...request },
        { signal, onProgress: (progress) => this.receive(results, revision, progress) },
      );
      work.underWay--;
      if (work !== this.work) return;
      goOn();
      if (work.underWay > 0) return;
      if (this.isStale) this.computeStale();
      else if (run.isListed) run.enter('complete');
    } catch (error) {
      work.underWay--;
      if (isAbortError(error) || signal.aborted) return;
      run.fail(toProblem(error, run.roots[0] ?? ''));
    }
  }

  /** Computes records again whose reference changed or was removed while they were computed. */
  private computeStale(): void {
    this.isStale = false;
    const { results } = this;
    const { catalog } = this.run;
    if (catalog === undefined) return;
    const records = allSeries(catalog).flatMap((series) =>
      series.flatMap(({ id }) => (results.cells.has(id) || results.problems.has(id) ? [] : [id])),
    );
    if (records.length > 0) this.request({ records });
    else this.run.enter('complete');
  }

  private receive(results: Results, revision: number, progress: AnalyseProgress): void {
    // Late results of a canceled call belong to former options.
    if (results !== this.results) return;
    const record = recordOf(progress);
    // If the file has changed since, the record is computed again or was removed.
    if ((this.changedAt.get(record) ?? 0) > revision) return;
    if (progress.kind === 'problem' && this.run.isWatched && mayPass(progress.problem)) {
      void this.retryUnreadable(results, revision, progress);
      return;
    }
    this.accept(results, progress);
  }

  /**
   * A file of a watched run that cannot be read may have been deleted or be half-written. The failure counts once a check
   * of the file finds neither.
   */
  private async retryUnreadable(
    results: Results,
    revision: number,
    failure: Extract<AnalyseProgress, { kind: 'problem' }>,
  ): Promise<void> {
    const file = this.run.catalog?.records[failure.record]?.file;
    try {
      await untilWritten(
        async () =>
          file !== undefined && results === this.results && (await this.run.update([file])).includes(file),
      );
    } catch {
      // The failure counts.
    }
    if (results !== this.results || (this.changedAt.get(failure.record) ?? 0) > revision) return;
    this.accept(results, failure);
  }

  private accept(results: Results, progress: AnalyseProgress): void {
    if (progress.kind === 'problem') {
      this.acceptProblem(results, progress);
      return;
    }
    const { catalog } = this.run;
    addResult(results, progress, (id) => catalog?.layers[catalog.records[id]?.layer]);
    if (catalog !== undefined && results.summaries.size > FULL_RESULTS + FULL_RESULTS / 8)
      trimResults(results, catalog, this.focused, FULL_RESULTS);
    this.feed.addRecord(recordOf(progress));
    if (progress.kind === 'shift') this.noteComplete(progress.shift.record);
  }

  /** Notes that all results of a record are there. */
  private noteComplete(record: number): void {
    if (this.awaited.delete(record) && this.awaited.size === 0) this.sendAwaited();
  }

  private acceptProblem(results: Results, failure: Extract<AnalyseProgress, { kind: 'problem' }>): void {
    this.run.report([failure.problem]);
    const problem = withoutCause(failure.problem);
    addResult(results, { ...failure, problem });
    this.feed.addProblem(problem);
    this.noteComplete(failure.record);
  }
}

/** Positions that begin with the first and the last one, with these two exchanged. */
function lastFirst(positions: readonly number[]): readonly number[] {
  const [first, last, ...others] = positions;
  return last === undefined ? positions : [last, first, ...others];
}

/** Calls to the kernel that are canceled together. */
interface Work {
  readonly controller: AbortController;
  underWay: number;
  /** Records that were added while the run was open and are not requested yet, the newest last. */
  waiting: number[];
  /** How many of the calls under way are for such records. */
  newUnderWay: number;
}

function newWork(): Work {
  return { controller: new AbortController(), underWay: 0, waiting: [], newUnderWay: 0 };
}

function recordOf(progress: AnalyseProgress): number {
  if (progress.kind === 'summary') return progress.summary.record;
  return progress.kind === 'shift' ? progress.shift.record : progress.record;
}
