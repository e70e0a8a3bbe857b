import type { Port } from '../rpc/channel';

/** The part of a dedicated worker's global scope that is used here. */
interface WorkerScope {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
  addEventListener(type: 'unhandledrejection', listener: (event: PromiseRejectionEvent) => void): void;
}

/** The link to whoever started this worker: a Web Worker's. A web worker dies with its owner; nothing to tell. */
export function parentPort(): Port {
  const scope = globalThis as unknown as WorkerScope;
  return {
    post: (message, transfer) => scope.postMessage(message, [...(transfer ?? [])]),
    onMessage: (listener) => scope.addEventListener('message', (event) => listener(event.data)),
    onClose: () => {},
  };
}

/** A web worker goes on after an unhandled rejection, of which its parent gets nothing. */
export function onUnhandledRejection(listener: (reason: unknown) => void): void {
  const scope = globalThis as unknown as WorkerScope;
  scope.addEventListener('unhandledrejection', ({ reason }) => listener(reason));
}
