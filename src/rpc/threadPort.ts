import { t } from '@vscode/l10n';
import type { Port } from './channel';

/** The part of a worker thread that is used here. */
interface Thread {
  postMessage(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'exit', listener: (code: number) => void): unknown;
}

/**
 * Limit for young objects of a worker. Node's default lets each thread's nursery grow to 128 MB before it is collected,
 * and a kernel and its compute workers run side by side.
 */
export const WORKER_LIMITS = { maxYoungGenerationSizeMb: 48 } as const;

/** The link to a worker thread started here. `name` is the subject of the sentence that reports its end. */
export function threadPort(thread: Thread, name: string): Port {
  return {
    post: (message, transfer) => thread.postMessage(message, transfer),
    onMessage: (listener) => void thread.on('message', listener),
    onClose: (listener) => {
      // A crash emits two events: an error, then an exit.
      let isOpen = true;
      const close = (reason: string, error?: Error) => {
        if (isOpen) listener(reason, error);
        isOpen = false;
      };
      thread.on('error', (error) => close(t('{0} stopped unexpectedly: {1}', name, error.message), error));
      thread.on('exit', (code) => close(t('{0} ended unexpectedly with code {1}.', name, code)));
    },
  };
}
