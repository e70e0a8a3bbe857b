import { Worker } from 'node:worker_threads';
import { Uri } from 'vscode';
import type { Port } from '../protocol/channel';
import { threadPort } from '../protocol/threadPort';

/** A kernel worker that was started, and the link to it. */
export interface KernelProcess {
  readonly port: Port;
  kill(): void;
}

/** Starts the kernel on a worker thread of the Node extension host. */
export async function spawnKernel(extensionUri: Uri): Promise<KernelProcess> {
  const worker = new Worker(Uri.joinPath(extensionUri, 'dist', 'kernel.js').fsPath);
  return { port: threadPort(worker, 'The kernel worker'), kill: () => void worker.terminate() };
}
