import { readFileSync } from 'node:fs';

/** How long this thread is busy at a stretch. */
export interface Stretches {
  /** Milliseconds of the longest: of processor time, which others that use the machine do not add to; NaN where not Linux. */
  longest(): number;
  stop(): void;
}

/** Nanoseconds of processor time of this thread; NaN elsewhere than on Linux [proc_pid_schedstat(5)]. */
export function processorTime(): number {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ')[0]);
  } catch {
    return Number.NaN;
  }
}

/** Looks at the thread's clock whenever its event loop comes round. */
export function watchStretches(): Stretches {
  let longest = Number.isNaN(processorTime()) ? Number.NaN : 0;
  let before = processorTime();
  let timer: ReturnType<typeof setTimeout>;
  const look = () => {
    const now = processorTime();
    longest = Math.max(longest, now - before);
    before = now;
    timer = setTimeout(look, 1);
  };
  timer = setTimeout(look, 1);
  return { longest: () => longest / 1e6, stop: () => clearTimeout(timer) };
}
