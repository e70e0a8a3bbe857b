import type { Port } from '../src/rpc/channel';

/** What VS Code gives a webview. */
interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

const api = acquireVsCodeApi();

/** The link to the extension host. A webview is never told that its host died; its calls go unanswered then. */
export const hostPort: Port = {
  post: (message) => api.postMessage(message),
  onMessage: (listener) => window.addEventListener('message', (event) => listener(event.data)),
  onClose: () => {},
  // A page that was hidden and is shown again is loaded again.
  firstCall: Date.now(),
};

/** What this panel remembered when it was last hidden or reloaded. */
export function rememberedState(): unknown {
  return api.getState();
}

export function rememberState(state: unknown): void {
  api.setState(state);
}
