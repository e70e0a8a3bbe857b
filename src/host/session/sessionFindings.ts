import { diagnosisInTurns } from '../../findings/diagnosis';
import { partialResults } from '../../findings/partialResults';
import { partingLine, partingOf } from '../../findings/parting';
import type { AnalysisOptions } from '../../model/analysis';
import type { RunCatalog } from '../../model/catalog';
import type { LayerCheck } from '../../model/check';
import type { Diagnosis, DiagnosisState } from '../../model/findings';
import { type Problem, toProblem } from '../../model/problem';
import type { RunJoin } from '../../model/runJoin';
import type { KernelApi } from '../../protocol/kernelApi';
import type { PanelProgress } from '../../protocol/panelApi';
import type { CallOptions } from '../../rpc/channel';
import type { SessionChange } from './changeFeed';
import { type ElementChange, ElementComparisons } from './elementComparisons';
import { FINDINGS } from './pacing';
import type { Results } from './results';

/** What the findings need to know about their run. */
export interface FollowedRun {
  readonly key: string;
  readonly catalog: RunCatalog | undefined;
  readonly options: AnalysisOptions;
  readonly results: Results;
  readonly progress: PanelProgress;
  /** What belongs together in the run and in the one that it is compared with, if it is. */
  readonly comparison?: { readonly join: RunJoin | undefined; readonly otherTitle: string };
  onChange(listener: (change: Pick<SessionChange, 'kind'> & ElementChange) => void): { dispose(): void };
  /** Problems for the log and the person. */
  report(problems: readonly Problem[]): void;
  callKernel<Method extends 'checkLayers' | 'compareRuns'>(
    method: Method,
    params: KernelApi[Method]['params'],
    options: CallOptions<KernelApi[Method]['progress']> & { readonly signal: AbortSignal },
  ): Promise<unknown>;
}

/** The diagnosis of a session's run. It is made from finished computations: provisional findings are never shown. */
export interface SessionFindings {
  readonly current: DiagnosisState;
  onChange(listener: (state: DiagnosisState) => void): { dispose(): void };
  dispose(): void;
}

/**
 * Lets the kernel compare layers with their declarations once everything else is computed, and then diagnoses the
 * results. `slice`: milliseconds of work before other tasks get a turn.
 */
export function trackFindings(session: FollowedRun, slice?: number): SessionFindings {
  const listeners = new Set<(state: DiagnosisState) => void>();
  let state: DiagnosisState = { isCurrent: false };
  let checks = new Map<number, LayerCheck>();
  /** Whether the checks belong to the current layouts, or failed. */
  let isChecked = false;
  let checked: { catalog: unknown; layouts: unknown; at: number } | undefined;
  /** Milliseconds that the last diagnosis took, and its time. */
  let cost = 0;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let work = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let recheck: ReturnType<typeof setTimeout> | undefined;
  let isLooking = false;
  /** Whether something has changed since the diagnosis under way began. */
  let isStale = false;
  /** Grows when the catalog or options change: a diagnosis that began before is no longer valid. */
  let generation = 0;
  const elements = new ElementComparisons(
    session,
    (records, signal, onProgress) =>
      session.callKernel(
        'compareRuns',
        { run: session.key, options: session.options, ...(records !== undefined && { records }) },
        { signal, onProgress },
      ),
    () => schedule(),
  );

  function publish(next: DiagnosisState): void {
    const isSame =
      next.isCurrent === state.isCurrent &&
      (next.diagnosis === state.diagnosis ||
        JSON.stringify(next.diagnosis) === JSON.stringify(state.diagnosis));
    if (isSame) return;
    state = next;
    for (const listener of listeners) listener(state);
  }

  function isFinished(): boolean {
    return session.progress.state === 'complete' && session.catalog !== undefined;
  }

  function schedule(): void {
    if (!isFinished()) publish({ ...state, isCurrent: false });
    else if (isLooking) isStale = true;
    else {
      // The diagnosis of a large run takes a while, and while the run grows, its results change many times per second.
      const pause =
        session.progress.live === undefined ? 0 : Math.max(FINDINGS.interval, FINDINGS.pausePerCost * cost);
      timer ??= setTimeout(look, pause);
    }
  }

  async function look(): Promise<void> {
    timer = undefined;
    if (!isFinished()) return;
    checkOnce();
    const isCompared = elements.ensure();
    if (!isChecked || !isCompared) return;
    const { done, total } = session.progress;
    // Waits until the last step has all of its layers, unless the next step always arrives first.
    if (done < total && Date.now() - lookedAt < FINDINGS.patience) {
      timer = setTimeout(look, FINDINGS.interval);
      return;
    }
    isLooking = true;
    isStale = false;
    const own = generation;
    const diagnosis = await lookThrough().catch((error: unknown) => {
      session.report([toProblem(error, '')]);
      return state.diagnosis;
    });
    isLooking = false;
    lookedAt = Date.now();
    if (own === generation && diagnosis !== undefined) publish({ diagnosis, isCurrent: isFinished() });
    if (isStale) schedule();
  }

  async function lookThrough(): Promise<Diagnosis | undefined> {
    const { catalog, results } = session;
    if (catalog === undefined) return undefined;
    let started = Date.now();
    let spent = 0;
    const turn = async () => {
      spent += Date.now() - started;
      await new Promise((resolve) => setTimeout(resolve, 0));
      started = Date.now();
    };
    const join = session.comparison?.join;
    const name = session.comparison?.otherTitle;
    const comparison = join && {
      join: { ...join, other: { ...join.other, ...(name !== undefined && { name }) } },
      comparisons: elements.found,
    };
    const input = { catalog, ...results, checks, comparison, isComplete: true };
    const diagnosis = await diagnosisInTurns(input, turn, slice);
    cost = spent + Date.now() - started;
    return {
      ...diagnosis,
      ...(comparison !== undefined && { parting: partingLine(input, partingOf(input, comparison)) }),
      findings: [...diagnosis.findings, ...partialResults(results)],
    };
  }

  /** Checks the layers once for each catalog and choice of layouts; see {@link FINDINGS} for how often. */
  function checkOnce(): void {
    const { catalog, options } = session;
    if (checked?.catalog === catalog && checked?.layouts === options.layouts) return;
    const wait = checked === undefined ? 0 : checked.at + FINDINGS.checkInterval - Date.now();
    if (wait > 0 && checked?.layouts === options.layouts) {
      recheck ??= setTimeout(() => {
        recheck = undefined;
        schedule();
      }, wait);
      return;
    }
    checked = { catalog, layouts: options.layouts, at: Date.now() };
    work.abort();
    work = new AbortController();
    const { signal } = work;
    const fresh = new Map<number, LayerCheck>();
    const settle = () => {
      isChecked = true;
      schedule();
    };
    session
      .callKernel(
        'checkLayers',
        { run: session.key, options },
        { signal, onProgress: (check) => void fresh.set(check.record, check) },
      )
      .then(
        () => {
          checks = fresh;
          settle();
        },
        () => {
          // Canceled, or the kernel died: the analysis reports that, and a later diagnosis checks again.
          if (signal.aborted) return;
          checked = undefined;
          settle();
        },
      );
  }

  const listening = session.onChange((change) => {
    if (change.kind === 'catalog' || change.kind === 'options') {
      generation++;
      work.abort();
      checked = undefined;
      isChecked = false;
      lookedAt = Number.NEGATIVE_INFINITY;
      elements.reset();
    } else elements.note(change);
    if (change.kind === 'catalog') {
      checks = new Map();
      publish({ isCurrent: false });
    }
    schedule();
  });
  return {
    get current() {
      return state;
    },
    onChange: (listener) => {
      listeners.add(listener);
      return { dispose: () => listeners.delete(listener) };
    },
    dispose: () => {
      generation++;
      isStale = false;
      work.abort();
      elements.dispose();
      clearTimeout(timer);
      clearTimeout(recheck);
      listening.dispose();
      listeners.clear();
    },
  };
}
