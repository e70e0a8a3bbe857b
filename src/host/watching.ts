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
  /** The same where events come by themselves, while none comes. */
  readonly pollBesideEvents: number;
  /** From an event to the next look at everything: of events in quick succession some may be lost. */
  readonly pollAfterEvent: number;
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
  pollAfterEvent: 2000,
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
 * Keeps a run up to date: looks at the files that events tell of, and at everything soon after events and from time to
 * time, because events get lost, and do not come from every file system. How often depends on how long that takes, and
 * on whether events come. One look at a time.
 */
export function startWatching(run: Watched, pace: Pace = PACE, now: () => number = Date.now): Watching {
  const files = new Set<string>();
  let waiting: readonly string[] = [];
  let retry = pace.retry;
  let isLooking = false;
  let isDisposed = false;
  let hasEvents = false;
  /** When everything is looked at where no event comes before. */
  let idlePoll = now() + pace.poll;
  /** When such looks have not taken more than their share of the time. */
  let earliestPoll = 0;
  /** When the first event came that no look at everything has followed. */
  let eventTime = Number.POSITIVE_INFINITY;
  let nextRetry = Number.POSITIVE_INFINITY;
  let nextFiles = Number.POSITIVE_INFINITY;
  let gather = pace.gather;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function nextPoll(): number {
    return Math.max(earliestPoll, Math.min(idlePoll, eventTime + pace.pollAfterEvent));
  }

  function schedule(): void {
    clearTimeout(timer);
    if (isDisposed || isLooking) return;
    const due = Math.min(nextPoll(), nextRetry, nextFiles);
    timer = setTimeout(() => void look(), Math.max(0, due - now()));
  }

  async function look(): Promise<void> {
    const started = now();
    const isPoll = nextPoll() <= started || files.size > MOST_FILES;
    const isRetry = isPoll || nextRetry <= started;
    const asked = [...files, ...(isRetry ? waiting : [])];
    // Timers may be a moment early.
    if (!isPoll && asked.length === 0) return schedule();
    isLooking = true;
    files.clear();
    nextFiles = Number.POSITIVE_INFINITY;
    if (isPoll) eventTime = Number.POSITIVE_INFINITY;
    try {
      const before = waiting;
      const told = isPoll ? await run.update() : await run.update(asked);
      const left = isPoll ? [] : before.filter((uri) => !asked.includes(uri));
      waiting = [...new Set([...left, ...told])];
    } catch {
      // A kernel that died is told where it was computing; the next look starts another, and sees what this did not.
      waiting = [];
      eventTime = Math.min(eventTime, now());
    }
    isLooking = false;
    const took = now() - started;
    if (!isPoll) gather = Math.min(MOST_GATHER, Math.max(pace.gather, pace.fileShare * took));
    if (isPoll) {
      earliestPoll = now() + took / pace.share;
      idlePoll = now() + (hasEvents ? pace.pollBesideEvents : pace.poll);
    }
    if (waiting.length === 0) {
      retry = pace.retry;
      nextRetry = Number.POSITIVE_INFINITY;
    } else if (isRetry || nextRetry === Number.POSITIVE_INFINITY) {
      nextRetry = now() + retry;
      retry = Math.min(2 * retry, pace.retryMost);
    }
    schedule();
  }

  schedule();
  return {
    event: (uri) => {
      hasEvents = true;
      files.add(uri);
      if (nextFiles === Number.POSITIVE_INFINITY) nextFiles = now() + gather;
      eventTime = Math.min(eventTime, now());
      schedule();
    },
    dispose: () => {
      isDisposed = true;
      clearTimeout(timer);
    },
  };
}
