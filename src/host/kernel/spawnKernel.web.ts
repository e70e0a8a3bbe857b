import { t } from '@vscode/l10n';
import { Uri, workspace } from 'vscode';
import type { KernelProcess } from './spawnKernel';

/**
 * Starts the kernel as a Web Worker of the web extension host. The host is itself a worker of another origin than
 * the extension's files, so the script goes through a Blob URL.
 */
export async function spawnKernel(extensionUri: Uri): Promise<KernelProcess> {
  const script = await workspace.fs.readFile(Uri.joinPath(extensionUri, 'dist', 'kernel.web.js'));
  // The name of the script in stacks.
  const parts = [script.slice(), '\n//# sourceURL=kernel.web.js'];
  const url = URL.createObjectURL(new Blob(parts, { type: 'text/javascript' }));
  const worker = new Worker(url);
  let closed: (reason: string) => void = () => {};
  return {
    port: {
      post: (message, transfer) => worker.postMessage(message, [...(transfer ?? [])]),
      onMessage: (listener) => worker.addEventListener('message', (event) => listener(event.data)),
      onClose: (listener) => {
        closed = listener;
        worker.addEventListener('error', ({ message, error, filename, lineno, colno }) =>
          listener(
            t('The kernel worker stopped: {0}', message),
            error ?? `at ${filename}:${lineno}:${colno}`,
          ),
        );
      },
    },
    kill: () => {
      worker.terminate();
      URL.revokeObjectURL(url);
      // A web worker that is terminated sends no event.
      closed(t('The kernel worker was stopped.'));
    },
  };
}
