import { parentPort as nodeParentPort } from 'node:worker_threads';
import type { Port } from '../rpc/channel';

/** The link to the thread that started this worker: a Node worker thread's. */
export function parentPort(): Port {
  const port = nodeParentPort;
  if (port === null) throw new Error('The kernel runs in a worker thread.');
  return {
    post: (message, transfer) => port.postMessage(message, transfer),
    onMessage: (listener) => port.on('message', listener),
    onClose: (listener) => port.on('close', () => listener('The host closed the link.')),
  };
}

/** Does nothing: a Node worker ends at an unhandled rejection, and its parent gets the error. */
export function onUnhandledRejection(_listener: (reason: unknown) => void): void {}
