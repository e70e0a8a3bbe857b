/** Whether to wait for a disk synchronously or while doing other work. */
export interface DiskPace {
  /** Processes this number of bytes, in one of two ways. */
  run<T>(bytes: number, onTheSpot: () => T, beside: () => Promise<T>): T | Promise<T>;
}

/** Milliseconds in which a disk that answers from memory has opened a file, or read a megabyte of it. */
const QUICK = 2;
/** One slow read proves nothing: the thread may have waited for a core. */
const SLOW_TIMES = 3;
/** Milliseconds after which a slow disk is read synchronously again. */
const SLOW_FOR = 200;
/** Milliseconds after which messages that wait, such as a cancellation, get their turn. */
const TURN = 25;

/**
 * On the spot as long as the answers come quickly: from the page cache, the way over the thread pool takes as long as
 * opening a file or reading a chunk. But not for longer than a turn at a time, and not while the disk is slow.
 */
export function diskPace(now: () => number = () => performance.now()): DiskPace {
  let slowUntil = 0;
  let slowTimes = 0;
  let turnEnds = 0;
  return {
    run: (bytes, onTheSpot, beside) => {
      const start = now();
      if (start < slowUntil) return beside();
      if (start >= turnEnds) {
        turnEnds = start + TURN;
        return beside();
      }
      try {
        return onTheSpot();
      } finally {
        const end = now();
        slowTimes = end - start > QUICK * Math.max(1, bytes / (1 << 20)) ? slowTimes + 1 : 0;
        if (slowTimes >= SLOW_TIMES) slowUntil = end + SLOW_FOR;
      }
    },
  };
}
