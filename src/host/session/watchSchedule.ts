import { retryDelay } from '../../run/listing/halfWritten';
import { WATCHING, type WatchingTimes } from './pacing';

/** A run that can be checked for changes. */
export interface Watched {
  /** Checks these files, or all; resolves to those that may be half-written. */
  update(files?: readonly string[]): Promise<readonly string[]>;
}

/** If more files than this need a check, all files are checked instead. */
const MAX_FILES = 500;

export interface Watching {
  /** A file or folder was created, changed or deleted. */
  event(uri: string): void;
  dispose(): void;
}

/**
 * Keeps a run up to date: checks the files that events name. Also checks all files, soon after events and at intervals,
 * because events get lost and some file systems send none. The intervals depend on how long a check takes and on whether
 * events arrive. One check runs at a time.
 */
export function startWatching(
  run: Watched,
  times: WatchingTimes = WATCHING,
  now: () => number = Date.now,
): Watching {
  const files = new Set<string>();
  let waiting: readonly string[] = [];
  /** Consecutive checks after which files were still waiting. */
  let retries = 0;
  let isChecking = false;
  let isDisposed = false;
  let hasEvents = false;
  /** When all files are checked unless an event comes first. */
  let idlePoll = now() + times.poll;
  /** The earliest time at which such a check stays within its share of the time. */
  let earliestPoll = 0;
  /** The time of the first event since the last check of all files. */
  let eventTime = Number.POSITIVE_INFINITY;
  let nextRetry = Number.POSITIVE_INFINITY;
  let nextFiles = Number.POSITIVE_INFINITY;
  let gather = times.gather;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function nextPoll(): number {
    return Math.max(earliestPoll, Math.min(idlePoll, eventTime + times.pollAfterEvent));
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
    // Timers can fire a moment early.
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
      // The computation reports a kernel that died. The next check starts another and finds what this one missed.
      waiting = [];
      eventTime = Math.min(eventTime, now());
    }
    isChecking = false;
    const took = now() - started;
    if (!isPoll) gather = Math.min(times.maxGather, Math.max(times.gather, times.gatherPerCheck * took));
    if (isPoll) {
      earliestPoll = now() + took / times.pollShare;
      idlePoll = now() + (hasEvents ? times.pollBesideEvents : times.poll);
    }
    if (waiting.length === 0) {
      retries = 0;
      nextRetry = Number.POSITIVE_INFINITY;
    } else if (isRetry || nextRetry === Number.POSITIVE_INFINITY) {
      nextRetry = now() + retryDelay(retries++, times);
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
