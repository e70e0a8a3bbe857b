import type { Port } from '../src/rpc/channel';

/** The API that VS Code provides in a webview. */
interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

const api = acquireVsCodeApi();

/** The link to the extension host. A webview gets no event when its host dies; its calls stay unanswered. */
export const hostPort: Port = {
  post: (message) => api.postMessage(message),
  onMessage: (listener) => window.addEventListener('message', (event) => listener(event.data)),
  onClose: () => {},
  // A hidden page that is shown again is loaded again.
  firstCall: Date.now(),
};

/** The state that this panel remembered before it was hidden or reloaded. */
export function rememberedState(): unknown {
  return api.getState();
}

export function rememberState(state: unknown): void {
  api.setState(state);
}
