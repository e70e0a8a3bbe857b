import { findingsInTurns } from '../../findings/findings';
import { partialResults } from '../../findings/partialResults';
import type { AnalysisOptions } from '../../model/analysis';
import type { RunCatalog } from '../../model/catalog';
import type { LayerCheck } from '../../model/check';
import type { Finding } from '../../model/findings';
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

/** What is found wrong with a session's run; it follows the results as they come. */
export interface SessionFindings {
  readonly current: readonly Finding[];
  onChange(listener: (findings: readonly Finding[]) => void): { dispose(): void };
  dispose(): void;
}

/** Milliseconds between two looks at results that keep coming. */
const INTERVAL = 1000;
/** The pause after a look is at least this many times as long as the look took. */
const PAUSE_PER_COST = 50;
/** Milliseconds between two checks of a run that grows. */
const CHECK_INTERVAL = 10_000;

/**
 * Looks at a session's results after they change, and has the kernel compare layers with their declarations once
 * everything else is computed.
 */
export function trackFindings(session: FollowedRun): SessionFindings {
  const listeners = new Set<(findings: readonly Finding[]) => void>();
  let current: readonly Finding[] = [];
  let checks = new Map<number, LayerCheck>();
  let checked: { catalog: unknown; layouts: unknown; at: number } | undefined;
  /** A run that grows is complete again and again; what compares all layers need not come and go. */
  let wasComplete = false;
  /** Milliseconds that the last look took. */
  let cost = 0;
  let work = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isLooking = false;
  /** Something has changed since the look under way began. */
  let isStale = false;
  /** A look that began under another number is at what is no longer there. */
  let generation = 0;

  function schedule(): void {
    if (isLooking) {
      isStale = true;
      return;
    }
    const { state, live } = session.progress;
    // A large run's results take a while to look through, and while it grows they change many times a second.
    const pause = Math.max(INTERVAL, PAUSE_PER_COST * cost);
    timer ??= setTimeout(look, state === 'complete' && live === undefined ? 0 : pause);
  }

  async function look(): Promise<void> {
    timer = undefined;
    isLooking = true;
    isStale = false;
    const own = generation;
    const found = await lookThrough().catch((error: unknown) => {
      session.report([toProblem(error, '')]);
      return current;
    });
    isLooking = false;
    if (own === generation && JSON.stringify(found) !== JSON.stringify(current)) {
      current = found;
      for (const listener of listeners) listener(current);
    }
    const isComplete = session.progress.state === 'complete' && session.catalog !== undefined;
    if (own === generation && isComplete) checkOnce();
    if (isStale) schedule();
  }

  async function lookThrough(): Promise<readonly Finding[]> {
    const { catalog, results } = session;
    wasComplete ||= session.progress.state === 'complete';
    // What is wrong is told of whole records.
    const summaries = new Map([...results.summaries].filter(([, { estimate }]) => estimate === undefined));
    const input = { ...results, summaries, checks, isComplete: wasComplete };
    if (catalog === undefined) return [];
    let started = Date.now();
    let spent = 0;
    const found = await findingsInTurns({ catalog, ...input }, async () => {
      spent += Date.now() - started;
      await new Promise((resolve) => setTimeout(resolve, 0));
      started = Date.now();
    });
    cost = spent;
    return [...found, ...partialResults(results)];
  }

  /** Once for each catalog and each choice of layouts, at most every ten seconds. */
  function checkOnce(): void {
    const { catalog, options } = session;
    if (checked?.catalog === catalog && checked?.layouts === options.layouts) return;
    const wait = checked === undefined ? 0 : checked.at + CHECK_INTERVAL - Date.now();
    if (wait > 0 && checked?.layouts === options.layouts) {
      timer ??= setTimeout(look, wait);
      return;
    }
    checked = { catalog, layouts: options.layouts, at: Date.now() };
    work.abort();
    work = new AbortController();
    const { signal } = work;
    const fresh = new Map<number, LayerCheck>();
    session
      .callKernel(
        'checkLayers',
        { run: session.key, options },
        { signal, onProgress: (check) => void fresh.set(check.record, check) },
      )
      .then(
        () => {
          checks = fresh;
          schedule();
        },
        () => {
          // Given up, or the kernel died: the analysis reports that, and a later look asks again.
          if (!signal.aborted) checked = undefined;
        },
      );
  }

  const listening = session.onChange((change) => {
    if (change.kind !== 'records') {
      generation++;
      // What layers do does not depend on the options: the old result holds until the new one is there.
      if (checked?.catalog !== session.catalog) checks = new Map();
      work.abort();
      checked = undefined;
      wasComplete = false;
    }
    schedule();
  });
  return {
    get current() {
      return current;
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
      listening.dispose();
      listeners.clear();
    },
  };
}
