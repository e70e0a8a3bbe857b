/** What is told of a run that is watched, and how it is asked to look. */
export interface Watched {
  /** Looks at these files, or at all; resolves to those that may be half-written. */
  update(files?: readonly string[]): Promise<readonly string[]>;
}

/** Milliseconds. */
export interface Pace {
  /** Events in quick succession are one. */
  readonly gather: number;
  /** From one look at everything to the next, at least. */
  readonly poll: number;
  /** The same where events come by themselves. */
  readonly pollBesideEvents: number;
  /** A look may take this share of the time. */
  readonly share: number;
  /** Events are gathered for so many times as long as the last look at files took, at least. */
  readonly fileShare: number;
  /** Until a file that may be half-written is looked at again; doubled each time, up to `retryMost`. */
  readonly retry: number;
  readonly retryMost: number;
}

export const PACE: Pace = {
  gather: 40,
  poll: 1000,
  pollBesideEvents: 15_000,
  share: 0.02,
  fileShare: 2,
  retry: 200,
  retryMost: 2000,
};

/** Milliseconds that events are gathered at the most. */
const MOST_GATHER = 500;

/** Files of one look beyond which everything is looked at. */
const MOST_FILES = 500;

export interface Watching {
  /** A file or folder was made, changed or deleted. */
  event(uri: string): void;
  dispose(): void;
}

/**
 * Keeps a run up to date: where events tell of files, at these; and at everything from time to time, because events
 * do not come from every file system. How often depends on how long that takes, and on whether events come. One look
 * at a time.
 */
export function startWatching(run: Watched, pace: Pace = PACE, now: () => number = Date.now): Watching {
  const files = new Set<string>();
  let waiting: readonly string[] = [];
  let retry = pace.retry;
  let isLooking = false;
  let isDisposed = false;
  let hasEvents = false;
  let nextPoll = now() + pace.poll;
  let nextRetry = Number.POSITIVE_INFINITY;
  let nextFiles = Number.POSITIVE_INFINITY;
  let gather = pace.gather;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function schedule(): void {
    clearTimeout(timer);
    if (isDisposed || isLooking) return;
    const due = Math.min(nextPoll, nextRetry, nextFiles);
    timer = setTimeout(() => void look(), Math.max(0, due - now()));
  }

  async function look(): Promise<void> {
    const started = now();
    const isPoll = nextPoll <= started || files.size > MOST_FILES;
    const asked = [...files, ...(nextRetry <= started ? waiting : [])];
    // Timers may be a moment early.
    if (!isPoll && asked.length === 0) return schedule();
    isLooking = true;
    files.clear();
    nextFiles = Number.POSITIVE_INFINITY;
    try {
      const before = waiting;
      const told = isPoll ? await run.update() : await run.update(asked);
      const left = isPoll ? [] : before.filter((uri) => !asked.includes(uri));
      waiting = [...new Set([...left, ...told])];
    } catch {
      // A kernel that died is told where it was computing; the next look starts another.
      waiting = [];
    }
    isLooking = false;
    const took = now() - started;
    if (!isPoll) gather = Math.min(MOST_GATHER, Math.max(pace.gather, pace.fileShare * took));
    if (isPoll) nextPoll = now() + Math.max(hasEvents ? pace.pollBesideEvents : pace.poll, took / pace.share);
    retry = waiting.length === 0 ? pace.retry : Math.min(2 * retry, pace.retryMost);
    nextRetry = waiting.length === 0 ? Number.POSITIVE_INFINITY : now() + retry;
    schedule();
  }

  schedule();
  return {
    event: (uri) => {
      hasEvents = true;
      files.add(uri);
      if (nextFiles === Number.POSITIVE_INFINITY) nextFiles = now() + gather;
      schedule();
    },
    dispose: () => {
      isDisposed = true;
      clearTimeout(timer);
    },
  };
}
