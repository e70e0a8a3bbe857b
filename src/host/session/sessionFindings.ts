import { diagnosisInTurns } from '../../findings/diagnosis';
import { partialResults } from '../../findings/partialResults';
import type { AnalysisOptions } from '../../model/analysis';
import type { RunCatalog } from '../../model/catalog';
import type { LayerCheck } from '../../model/check';
import type { Diagnosis, DiagnosisState } from '../../model/findings';
import { type Problem, toProblem } from '../../model/problem';
import type { KernelApi } from '../../protocol/kernelApi';
import type { PanelProgress } from '../../protocol/panelApi';
import type { CallOptions } from '../../rpc/channel';
import type { SessionChange } from './changeFeed';
import type { Results } from './results';

/** A run whose results findings are made from. */
export interface FollowedRun {
  readonly key: string;
  readonly catalog: RunCatalog | undefined;
  readonly options: AnalysisOptions;
  readonly results: Results;
  readonly progress: PanelProgress;
  onChange(listener: (change: Pick<SessionChange, 'kind'>) => void): { dispose(): void };
  /** Problems for the log and the person. */
  report(problems: readonly Problem[]): void;
  callKernel(
    method: 'checkLayers',
    params: KernelApi['checkLayers']['params'],
    options: CallOptions<KernelApi['checkLayers']['progress']> & { readonly signal: AbortSignal },
  ): Promise<unknown>;
}

/** The diagnosis of a session's run. It follows finished computations: provisional findings are never shown. */
export interface SessionFindings {
  readonly current: DiagnosisState;
  onChange(listener: (state: DiagnosisState) => void): { dispose(): void };
  dispose(): void;
}

/** Milliseconds between two looks at a run that grows. */
const INTERVAL = 1000;
/** The pause after a look is at least this many times as long as the look took. */
const PAUSE_PER_COST = 50;
/** Milliseconds between two checks of a run that grows. */
const CHECK_INTERVAL = 10_000;
/** Milliseconds after which a run that grows faster than it is computed is looked at all the same. */
const PATIENCE = 30_000;

/**
 * Has the kernel compare layers with their declarations once everything else is computed, and then looks at the results.
 * `slice`: milliseconds of work between two turns for others.
 */
export function trackFindings(session: FollowedRun, slice?: number): SessionFindings {
  const listeners = new Set<(state: DiagnosisState) => void>();
  let state: DiagnosisState = { isCurrent: false };
  let checks = new Map<number, LayerCheck>();
  /** Whether these are of the present layouts, or could not be made. */
  let isChecked = false;
  let checked: { catalog: unknown; layouts: unknown; at: number } | undefined;
  /** Milliseconds that the last look took, and when it was. */
  let cost = 0;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let work = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let recheck: ReturnType<typeof setTimeout> | undefined;
  let isLooking = false;
  /** Something has changed since the look under way began. */
  let isStale = false;
  /** A look that began under another number is at what is no longer there. */
  let generation = 0;

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
      // A large run's results take a while to look through, and while it grows they change many times a second.
      const pause = session.progress.live === undefined ? 0 : Math.max(INTERVAL, PAUSE_PER_COST * cost);
      timer ??= setTimeout(look, pause);
    }
  }

  async function look(): Promise<void> {
    timer = undefined;
    if (!isFinished()) return;
    checkOnce();
    if (!isChecked) return;
    const { done, total } = session.progress;
    // A step of which some layers are missing is not looked at, unless the next one always comes first.
    if (done < total && Date.now() - lookedAt < PATIENCE) {
      timer = setTimeout(look, INTERVAL);
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
    const input = { catalog, ...results, checks, isComplete: true };
    const diagnosis = await diagnosisInTurns(input, turn, slice);
    cost = spent + Date.now() - started;
    return { ...diagnosis, findings: [...diagnosis.findings, ...partialResults(results)] };
  }

  /** Once for each catalog and each choice of layouts, at most every ten seconds. */
  function checkOnce(): void {
    const { catalog, options } = session;
    if (checked?.catalog === catalog && checked?.layouts === options.layouts) return;
    const wait = checked === undefined ? 0 : checked.at + CHECK_INTERVAL - Date.now();
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
          // Given up, or the kernel died: the analysis reports that, and a later look asks again.
          if (signal.aborted) return;
          checked = undefined;
          settle();
        },
      );
  }

  const listening = session.onChange((change) => {
    if (change.kind !== 'records') {
      generation++;
      work.abort();
      checked = undefined;
      isChecked = false;
      lookedAt = Number.NEGATIVE_INFINITY;
    }
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
      clearTimeout(timer);
      clearTimeout(recheck);
      listening.dispose();
      listeners.clear();
    },
  };
}
