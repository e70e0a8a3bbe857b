import { HALF_WRITTEN, type RetryTimes, retryDelay } from '../../run/listing/halfWritten';

/** A run that can be checked for changes. */
export interface Watched {
  /** Checks these files, or all; resolves to those that may be half-written. */
  update(files?: readonly string[]): Promise<readonly string[]>;
}

/** Milliseconds. */
export interface Pace extends RetryTimes {
  /** Events in quick succession are one. */
  readonly gather: number;
  /** From one check of all files to the next, at least. */
  readonly poll: number;
  /** The same on file systems that send events, while none arrives. */
  readonly pollBesideEvents: number;
  /** From an event to the next check of all files: when events burst, some may be lost. */
  readonly pollAfterEvent: number;
  /** Share of the time that checks of all files may take. */
  readonly share: number;
  /** Events are gathered for at least this multiple of the time that the last check of single files took. */
  readonly fileShare: number;
}

export const PACE: Pace = {
  gather: 40,
  poll: 1000,
  pollBesideEvents: 15_000,
  pollAfterEvent: 2000,
  share: 0.02,
  fileShare: 2,
  firstRetry: HALF_WRITTEN.firstRetry,
  maxRetry: HALF_WRITTEN.maxRetry,
};

/** Milliseconds for which events are gathered, at most. */
const MAX_GATHER = 500;

/** With more files than this to check, all files are checked instead. */
const MAX_FILES = 500;

export interface Watching {
  /** A file or folder was made, changed or deleted. */
  event(uri: string): void;
  dispose(): void;
}

/**
 * Keeps a run up to date: checks the files named by events, and all files soon after events and from time to time,
 * because events get lost and some file systems send none. How often depends on how long a check takes and on whether
 * events arrive. One check runs at a time.
 */
export function startWatching(run: Watched, pace: Pace = PACE, now: () => number = Date.now): Watching {
  const files = new Set<string>();
  let waiting: readonly string[] = [];
  /** Checks in a row after which files were still waiting. */
  let retries = 0;
  let isChecking = false;
  let isDisposed = false;
  let hasEvents = false;
  /** When all files are checked unless an event comes first. */
  let idlePoll = now() + pace.poll;
  /** The earliest time at which such a check stays within its share. */
  let earliestPoll = 0;
  /** When the first event came that no check of all files has followed. */
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
    if (isDisposed || isChecking) return;
    const due = Math.min(nextPoll(), nextRetry, nextFiles);
    timer = setTimeout(() => void check(), Math.max(0, due - now()));
  }

  async function check(): Promise<void> {
    const started = now();
    const isPoll = nextPoll() <= started || files.size > MAX_FILES;
    const isRetry = isPoll || nextRetry <= started;
    const asked = [...files, ...(isRetry ? waiting : [])];
    // Timers may be a moment early.
    if (!isPoll && asked.length === 0) return schedule();
    isChecking = true;
    files.clear();
    nextFiles = Number.POSITIVE_INFINITY;
    if (isPoll) eventTime = Number.POSITIVE_INFINITY;
    try {
      const before = waiting;
      const reported = isPoll ? await run.update() : await run.update(asked);
      const remaining = isPoll ? [] : before.filter((uri) => !asked.includes(uri));
      waiting = [...new Set([...remaining, ...reported])];
    } catch {
      // The computation reports a kernel that died; the next check starts another and finds what this one missed.
      waiting = [];
      eventTime = Math.min(eventTime, now());
    }
    isChecking = false;
    const took = now() - started;
    if (!isPoll) gather = Math.min(MAX_GATHER, Math.max(pace.gather, pace.fileShare * took));
    if (isPoll) {
      earliestPoll = now() + took / pace.share;
      idlePoll = now() + (hasEvents ? pace.pollBesideEvents : pace.poll);
    }
    if (waiting.length === 0) {
      retries = 0;
      nextRetry = Number.POSITIVE_INFINITY;
    } else if (isRetry || nextRetry === Number.POSITIVE_INFINITY) {
      nextRetry = now() + retryDelay(retries++, pace);
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
