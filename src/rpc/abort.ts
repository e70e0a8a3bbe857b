/** Throws an AbortError if the signal was aborted. (Node 16 lacks `AbortSignal.throwIfAborted`.) */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortError();
}

/** The error of a call that the caller gave up. */
export function abortError(): Error {
  const error = new Error('Cancelled.');
  error.name = 'AbortError';
  return error;
}

export function isAbortError(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

/** Creates child signals that abort together. */
export interface Signals {
  /** Valid until the group ends. */
  begin(): { readonly signal: AbortSignal; end(): void };
  /** Gives up all that have not ended. */
  abort(): void;
  /** Hears of the parent no more. */
  close(): void;
}

/** One listener on the parent serves them all: Node warns of more than ten on one signal, and looks through them all. */
export function signalsBelow(parent: AbortSignal): Signals {
  const open = new Set<AbortController>();
  const abort = () => {
    for (const each of open) each.abort();
  };
  parent.addEventListener('abort', abort, { once: true });
  return {
    begin: () => {
      const controller = new AbortController();
      if (parent.aborted) controller.abort();
      open.add(controller);
      return { signal: controller.signal, end: () => open.delete(controller) };
    },
    abort,
    close: () => parent.removeEventListener('abort', abort),
  };
}
