import { Worker } from 'node:worker_threads';
import { t } from '@vscode/l10n';
import { Uri } from 'vscode';
import type { Port } from '../../rpc/channel';
import { threadPort, WORKER_LIMITS } from '../../rpc/threadPort';

/** A kernel worker that was started, and the link to it. */
export interface KernelProcess {
  readonly port: Port;
  kill(): void;
}

/** Starts the kernel on a worker thread of the Node extension host. */
export async function spawnKernel(extensionUri: Uri): Promise<KernelProcess> {
  const script = Uri.joinPath(extensionUri, 'dist', 'kernel.js').fsPath;
  const worker = new Worker(script, { resourceLimits: WORKER_LIMITS });
  return { port: threadPort(worker, t('The kernel worker')), kill: () => void worker.terminate() };
}
