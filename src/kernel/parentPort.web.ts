import type { Port } from '../rpc/channel';

/** The part of a dedicated worker's global scope that is used here. */
interface WorkerScope {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
  addEventListener(type: 'unhandledrejection', listener: (event: PromiseRejectionEvent) => void): void;
}

/**
 * The link to the owner of this worker: a Web Worker's. A web worker ends with its owner, so there is no close to
 * report.
 */
export function parentPort(): Port {
  const scope = globalThis as unknown as WorkerScope;
  return {
    post: (message, transfer) => scope.postMessage(message, [...(transfer ?? [])]),
    onMessage: (listener) => scope.addEventListener('message', (event) => listener(event.data)),
    onClose: () => {},
  };
}

/** A web worker continues after an unhandled rejection, and its parent is not notified. */
export function onUnhandledRejection(listener: (reason: unknown) => void): void {
  const scope = globalThis as unknown as WorkerScope;
  scope.addEventListener('unhandledrejection', ({ reason }) => listener(reason));
}
