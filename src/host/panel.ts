import { commands, env, Uri, type WebviewPanel } from 'vscode';
import { connect, type Port } from '../protocol/channel';
import type { Focus, HostApi, Navigation, PanelApi } from '../protocol/panelApi';
import { panelHtml } from './panelHtml';
import type { Session } from './session';

/** A webview that shows a session. */
export interface Panel {
  readonly session: Session;
  readonly webview: WebviewPanel;
  /** What the person looks at; absent until the webview has said. */
  readonly focus: Focus | undefined;
  /** Moves the view; waits for the webview where it is still loading. */
  navigate(navigation: Navigation): void;
}

/** Commands that the panel may run; nothing else that a webview sends is executed. */
const PANEL_COMMANDS: ReadonlySet<string> = new Set([
  'openRun',
  'openSample',
  'setLayout',
  'setGroups',
  'setReference',
  'choosePercentiles',
  'exportReport',
  'goToDefinition',
  'showLog',
]);

/** Fills a webview panel with a session: the page, and the link between the two for as long as the panel lives. */
export function attachPanel(
  webviewPanel: WebviewPanel,
  session: Session,
  extensionUri: Uri,
  distributions: (
    session: Session,
    params: HostApi['distributions']['params'],
    signal: AbortSignal,
  ) => Promise<HostApi['distributions']['result']>,
): Panel {
  const { webview } = webviewPanel;
  let focus: Focus | undefined;
  let isReady = false;
  let waitingNavigation: Navigation | undefined;

  webviewPanel.title = `Normscope: ${session.title}`;
  webview.options = { enableScripts: true, localResourceRoots: [Uri.joinPath(extensionUri, 'dist')] };
  webviewPanel.iconPath = {
    light: Uri.joinPath(extensionUri, 'media', 'panel-light.svg'),
    dark: Uri.joinPath(extensionUri, 'media', 'panel-dark.svg'),
  };
  const remote = connect<HostApi, PanelApi>(webviewPort(webviewPanel), {
    ready: (params) => {
      isReady = true;
      if (params.focus !== undefined) look(params.focus);
      if (waitingNavigation !== undefined) {
        const navigation = waitingNavigation;
        waitingNavigation = undefined;
        // After the snapshot, which is this call's answer.
        setTimeout(() => navigate(navigation), 0);
      }
      return session.snapshot(focus);
    },
    focus: (params) => {
      look(params);
      return session.snapshot(focus).layer ?? { ...params, summaries: [], shifts: [] };
    },
    setOptions: (knobs) => session.setOptions(knobs),
    distributions: (params, { signal }) => distributions(session, params, signal),
    cancel: () => session.cancel(),
    resume: () => session.resume(),
    runCommand: async ({ command, layer }) => {
      if (!PANEL_COMMANDS.has(command)) return;
      await commands.executeCommand(
        `normscope.${command}`,
        ...(layer === undefined ? [] : [{ session, layer }]),
      );
    },
    copyText: async ({ text }) => {
      await env.clipboard.writeText(text);
    },
  });

  const listening = session.onChange((change) => {
    // A webview that is not ready will ask for a snapshot.
    if (!isReady) return;
    const told =
      change.kind === 'reset'
        ? remote.call('reset', session.snapshot(focus))
        : remote.call('update', session.update(change, focus));
    told.catch(ignoreClosed);
  });
  const following = session.findings.onChange((findings) => {
    if (isReady) remote.call('findings', findings).catch(ignoreClosed);
  });
  webviewPanel.onDidDispose(() => {
    listening.dispose();
    following.dispose();
  });
  webview.html = panelHtml(webview, extensionUri);

  function look(at: Focus): void {
    focus = at;
    session.focus(at.layer);
  }
  function navigate(navigation: Navigation): void {
    if (isReady) remote.call('navigate', navigation).catch(ignoreClosed);
    else waitingNavigation = navigation;
  }
  return {
    session,
    webview: webviewPanel,
    get focus() {
      return focus;
    },
    navigate,
  };
}

/** A panel that was closed, or hidden and thrown away, needs no news: it asks for a snapshot when it is back. */
function ignoreClosed(): void {}

function webviewPort(panel: WebviewPanel): Port {
  return {
    post: (message) => void panel.webview.postMessage(message),
    onMessage: (listener) => {
      panel.webview.onDidReceiveMessage(listener);
    },
    onClose: (listener) => {
      panel.onDidDispose(() => listener('The panel was closed.'));
    },
  };
}
