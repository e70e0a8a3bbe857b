import { t } from '@vscode/l10n';
import type { Port } from './channel';

/** What is used of a worker thread. */
interface Thread {
  postMessage(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'exit', listener: (code: number) => void): unknown;
}

/**
 * Young objects of a worker: Node's own limit lets each thread grow its nursery to 128 MB before it looks what is
 * still needed, which a kernel and its compute workers would do side by side.
 */
export const WORKER_LIMITS = { maxYoungGenerationSizeMb: 48 } as const;

/** The link to a worker thread that was started here; `name` is how its end is told. */
export function threadPort(thread: Thread, name: string): Port {
  return {
    post: (message, transfer) => thread.postMessage(message, transfer),
    onMessage: (listener) => void thread.on('message', listener),
    onClose: (listener) => {
      // A crash is told twice: as an error, then as an exit.
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
