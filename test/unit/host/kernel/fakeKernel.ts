import type { KernelLink } from '../../../../src/host/kernel/kernelLink';
import { problemError } from '../../../../src/model/problem';
import { abortError } from '../../../../src/rpc/abort';

/** A call that waits for the test to answer it. */
export interface WaitingCall {
  readonly method: string;
  readonly params: unknown;
  readonly signal: AbortSignal | undefined;
  progress(value: unknown): void;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

export interface FakeKernel {
  readonly link: KernelLink;
  /** Every call so far. */
  readonly calls: readonly WaitingCall[];
  /** Every call so far of one procedure. */
  of(method: string): readonly WaitingCall[];
  /** Ends the kernel: every waiting call rejects, the next one starts another. */
  die(reason: string): void;
}

/**
 * A link to a kernel that the test controls. Like the real link, it rejects a call once it is aborted or its kernel dies,
 * and starts a kernel if there is none. Unlike the real one, its progress can also arrive late.
 */
export function fakeKernel(): FakeKernel {
  const calls: WaitingCall[] = [];
  let generation = 0;
  let isAlive = false;
  const end = (reason: string) => {
    isAlive = false;
    for (const call of calls) call.reject(problemError('internal', '', reason));
  };
  const link: KernelLink = {
    generation: () => generation,
    call: (method, params, options) => {
      if (!isAlive) generation++;
      isAlive = true;
      return new Promise((resolve, reject) => {
        const signal = options?.signal;
        if (signal?.aborted) return reject(abortError());
        const giveUp = () => reject(abortError());
        const settle = () => signal?.removeEventListener('abort', giveUp);
        signal?.addEventListener('abort', giveUp, { once: true });
        calls.push({
          method,
          params,
          signal,
          progress: (value) => options?.onProgress?.(value as never),
          resolve: (value) => {
            settle();
            resolve(value as never);
          },
          reject: (error) => {
            settle();
            reject(error);
          },
        });
      });
    },
    restart: () => {
      generation++;
      end('Restarted because settings changed.');
    },
    dispose: () => {},
  };
  return {
    link,
    calls,
    of: (method) => calls.filter((call) => call.method === method),
    die: end,
  };
}

/** Resolves when all consequences of an answer have happened. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
