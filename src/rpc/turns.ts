import type { InTurns } from '../model/inTurns';
import { throwIfAborted } from './abort';

/** Milliseconds of work after which waiting messages, such as a cancellation, get their turn. */
const TURN = 25;

/**
 * Returns a function to await between pieces of work: from time to time, it lets the event loop deliver messages. They
 * are tasks, and awaiting settled promises alone never gets to them.
 */
export function turns(): () => Promise<void> | undefined {
  let start = performance.now();
  return () =>
    performance.now() - start < TURN
      ? undefined
      : new Promise((resolve) =>
          setTimeout(() => {
            start = performance.now();
            resolve();
          }, 0),
        );
}

/** Runs a generator to completion, with {@link turns} between its pieces. */
export async function withTurns<T>(work: InTurns<T>, signal?: AbortSignal): Promise<T> {
  const turn = turns();
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
    const pause = turn();
    if (pause === undefined) continue;
    await pause;
    throwIfAborted(signal);
  }
}
