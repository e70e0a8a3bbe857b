import { Worker } from 'node:worker_threads';
import { Uri } from 'vscode';
import type { Port } from '../protocol/channel';

/** A kernel worker that was started, and the link to it. */
export interface KernelProcess {
  readonly port: Port;
  kill(): void;
}

/** Starts the kernel on a worker thread of the Node extension host. */
export async function spawnKernel(extensionUri: Uri): Promise<KernelProcess> {
  const worker = new Worker(Uri.joinPath(extensionUri, 'dist', 'kernel.js').fsPath);
  return {
    port: {
      post: (message, transfer) => worker.postMessage(message, transfer),
      onMessage: (listener) => worker.on('message', listener),
      onClose: (listener) => {
        // A crash is told twice: as an error, then as an exit.
        let isOpen = true;
        const close = (reason: string) => {
          if (isOpen) listener(reason);
          isOpen = false;
        };
        worker.on('error', (error) => close(`The kernel worker stopped: ${error.message}`));
        worker.on('exit', (code) => close(`The kernel worker ended with code ${code}.`));
      },
    },
    kill: () => void worker.terminate(),
  };
}
