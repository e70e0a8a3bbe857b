import { type Problem, ProblemError, problemError, toProblem } from '../model/problem';
import { abortError, isAbortError } from './abort';
import { type ProgressQueue, progressQueue } from './progressQueue';
import type { Procedure } from './rpc';

/** One end of a link: a worker, a web worker, a webview. Messages arrive in order and whole. */
export interface Port {
  post(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  onMessage(listener: (message: unknown) => void): void;
  /**
   * The other side died or the link was closed. Called once, with the reason as a sentence and the error that caused
   * it.
   */
  onClose(listener: (reason: string, error?: unknown) => void): void;
  /**
   * Id of the first call from this side; ids count up. A replacement for a closed end starts after the other's ids,
   * because calls of that end may still be running, and their answers arrive here.
   */
  readonly firstCall?: number;
}

// biome-ignore lint/suspicious/noExplicitAny: any procedure; its own types are checked where it is declared.
type AnyProcedure = Procedure<any, any, any>;
type Api<T> = { readonly [Method in keyof T]: AnyProcedure };

/** The context that a handler receives next to its parameters. */
export interface CallContext<Progress> {
  /** Aborted when the caller gives up or the link closes. */
  readonly signal: AbortSignal;
  progress(value: Progress): void;
  /** Buffers of the result to transfer instead of copying; this side loses them. */
  transfer(buffers: readonly ArrayBuffer[]): void;
}

/** The functions that serve one side of a link. */
export type Handlers<T extends Api<T>> = {
  readonly [Method in keyof T]: (
    params: T[Method]['params'],
    context: CallContext<T[Method]['progress']>,
  ) => T[Method]['result'] | Promise<T[Method]['result']>;
};

export interface CallOptions<Progress> {
  readonly signal?: AbortSignal;
  /** Buffers of the parameters that are handed over, not copied. */
  readonly transfer?: readonly ArrayBuffer[];
  readonly onProgress?: (value: Progress) => void;
}

/** The other side of a link. */
export interface Connection<T extends Api<T>> {
  /**
   * Calls a procedure of the other side. Rejects with the other side's ProblemError, with an AbortError as soon as the
   * signal is aborted, and with an `internal` ProblemError if the link closes or the parameters cannot be sent. It
   * never hangs on a dead link.
   */
  call<Method extends keyof T & string>(
    method: Method,
    params: T[Method]['params'],
    options?: CallOptions<T[Method]['progress']>,
  ): Promise<T[Method]['result']>;
  /** Rejects every waiting call and every later one, and aborts the handlers that are running. */
  close(reason: string): void;
}

type Message =
  | { readonly kind: 'call'; readonly id: number; readonly method: string; readonly params: unknown }
  | { readonly kind: 'cancel'; readonly id: number }
  | { readonly kind: 'progress'; readonly id: number; readonly values: readonly unknown[] }
  /** The values of a progress were delivered: the next may come. */
  | { readonly kind: 'ack'; readonly id: number }
  | { readonly kind: 'result'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'problem'; readonly id: number; readonly problem: Problem };

interface WaitingCall {
  resolve(value: unknown): void;
  reject(error: Error): void;
  onProgress?(value: unknown): void;
}

/** A call from the other side that is running here. */
interface Served {
  readonly controller: AbortController;
  readonly queue: ProgressQueue;
}

/**
 * Connects a port to the handlers of this side and returns the other side. `onFailure` receives what a handler threw,
 * for the log of this side; the other side receives it as the answer to its call.
 */
export function connect<Local extends Api<Local>, Remote extends Api<Remote>>(
  port: Port,
  handlers: Handlers<Local>,
  onFailure: (method: string, error: unknown) => void = () => {},
): Connection<Remote> {
  const waiting = new Map<number, WaitingCall>();
  const running = new Map<number, Served>();
  let nextId = port.firstCall ?? 1;
  let closed: Closed | undefined;

  const post = (message: Message, transfer?: readonly ArrayBuffer[]) => port.post(message, transfer);
  /** For messages that the other side can miss: a port that fails (a disposed webview's throws) is closed anyway. */
  const postIfAlive = (message: Message) => {
    try {
      post(message);
    } catch {
      // Closing rejects the calls that wait.
    }
  };

  async function serve(id: number, method: string, params: unknown): Promise<void> {
    const controller = new AbortController();
    const queue = progressQueue((values) => post({ kind: 'progress', id, values }));
    running.set(id, { controller, queue });
    try {
      if (!Object.hasOwn(handlers, method)) throw linkError(`There is no procedure "${method}".`);
      const handler = handlers[method as keyof Local];
      let transferred: readonly ArrayBuffer[] = [];
      const value = await handler(params, {
        signal: controller.signal,
        progress: (progress) => {
          if (running.has(id)) queue.add(progress);
        },
        transfer: (buffers) => {
          transferred = buffers;
        },
      });
      await queue.drained();
      if (!running.has(id)) return;
      post({ kind: 'result', id, value }, transferred);
    } catch (error) {
      // One that was given up fails with that.
      if (!running.has(id)) return;
      if (!isAbortError(error)) onFailure(method, error);
      postIfAlive({ kind: 'problem', id, problem: toProblem(error, '') });
    } finally {
      running.delete(id);
    }
  }

  function close(reason: string, error?: unknown): void {
    if (closed !== undefined) return;
    closed = { reason, error };
    for (const call of waiting.values()) call.reject(linkError(reason, error));
    waiting.clear();
    const served = [...running.values()];
    running.clear();
    for (const { controller } of served) controller.abort();
  }

  function deliver(id: number, values: readonly unknown[]): void {
    if (!waiting.has(id)) return;
    // A listener may abort the call when it receives a value.
    for (const value of values) waiting.get(id)?.onProgress?.(value);
    // In a later turn of the event loop: a port hands over in one turn all that has come.
    setTimeout(() => {
      if (waiting.has(id)) postIfAlive({ kind: 'ack', id });
    }, 0);
  }

  port.onClose(close);
  port.onMessage((message) => {
    if (closed !== undefined || !isMessage(message)) return;
    if (message.kind === 'call') {
      void serve(message.id, message.method, message.params);
    } else if (message.kind === 'cancel') {
      const served = running.get(message.id);
      running.delete(message.id);
      served?.controller.abort();
    } else if (message.kind === 'ack') {
      running.get(message.id)?.queue.acknowledge();
    } else if (message.kind === 'progress') {
      deliver(message.id, message.values);
    } else {
      const call = waiting.get(message.id);
      waiting.delete(message.id);
      if (message.kind === 'result') call?.resolve(message.value);
      else call?.reject(new ProblemError(message.problem));
    }
  });

  return {
    call: (method, params, { signal, onProgress, transfer } = {}) =>
      new Promise((resolve, reject) => {
        if (closed !== undefined) return reject(linkError(closed.reason, closed.error));
        if (signal?.aborted) return reject(abortError());
        const id = nextId++;
        const giveUp = () => {
          waiting.delete(id);
          if (closed === undefined) postIfAlive({ kind: 'cancel', id });
          reject(abortError());
        };
        const settle = () => signal?.removeEventListener('abort', giveUp);
        waiting.set(id, {
          resolve: (value) => {
            settle();
            resolve(value as never);
          },
          reject: (error) => {
            settle();
            reject(error);
          },
          ...(onProgress === undefined ? {} : { onProgress: (value) => onProgress(value as never) }),
        });
        signal?.addEventListener('abort', giveUp, { once: true });
        try {
          post({ kind: 'call', id, method, params }, transfer);
        } catch (error) {
          waiting.delete(id);
          settle();
          reject(new ProblemError(toProblem(error, '')));
        }
      }),
    close: (reason) => close(reason),
  };
}

/** Why a link is closed. */
interface Closed {
  readonly reason: string;
  readonly error: unknown;
}

function linkError(reason: string, error?: unknown): ProblemError {
  return problemError('internal', '', reason, undefined, error);
}

const KINDS: ReadonlySet<unknown> = new Set(['call', 'cancel', 'progress', 'ack', 'result', 'problem']);

function isMessage(message: unknown): message is Message {
  return (
    typeof message === 'object' &&
    message !== null &&
    'kind' in message &&
    'id' in message &&
    KINDS.has(message.kind)
  );
}
