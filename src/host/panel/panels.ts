import { commands, ViewColumn, type WebviewPanel, window } from 'vscode';
import type { Navigation } from '../../protocol/panelApi';
import type { Runs } from '../session/runs';
import type { Session } from '../session/session';
import { attachPanel, type Panel, type PanelServices } from './panel';

export const PANEL_TYPE = 'normscope.panel';

/** The open panels: those beside the editor, and those that replace a dump file's editor. */
export interface Panels {
  /**
   * Shows a session: in its own panel, or in a new one beside the active editor. The panel takes focus unless
   * `preserveFocus`.
   */
  show(session: Session, navigation?: Navigation, preserveFocus?: boolean): Panel;
  /** Fills a webview panel that VS Code made: a custom editor, or a panel restored after a reload. */
  adopt(webview: WebviewPanel, session: Session): Panel;
  /** The panel that was used last; commands that move the view go there. */
  active(): Panel | undefined;
  closeOf(session: Session): void;
}

export function panels(runs: Runs, services: PanelServices): Panels {
  // In order of use, the last one last.
  const open = new Set<Panel>();

  function adopt(webview: WebviewPanel, session: Session): Panel {
    const panel = attachPanel(webview, session, runs.findingsOf(session), services);
    open.add(panel);
    const updateContext = () =>
      void commands.executeCommand(
        'setContext',
        'normscope.panelActive',
        [...open].some((each) => each.webview.active),
      );
    webview.onDidChangeViewState(() => {
      if (webview.active) use(panel);
      updateContext();
    });
    webview.onDidDispose(() => {
      open.delete(panel);
      updateContext();
    });
    use(panel);
    updateContext();
    return panel;
  }

  function use(panel: Panel): void {
    open.delete(panel);
    open.add(panel);
    runs.setCurrent(panel.session);
  }

  return {
    show: (session, navigation, preserveFocus = false) => {
      let panel = [...open].reverse().find((each) => each.session === session);
      if (panel === undefined) {
        const place = { viewColumn: ViewColumn.Beside, preserveFocus };
        const webview = window.createWebviewPanel(PANEL_TYPE, 'Normscope', place, {});
        panel = adopt(webview, session);
      } else {
        panel.webview.reveal(undefined, preserveFocus);
        use(panel);
      }
      if (navigation !== undefined) panel.navigate(navigation);
      return panel;
    },
    adopt,
    active: () => [...open].at(-1),
    closeOf: (session) => {
      for (const panel of [...open]) if (panel.session === session) panel.webview.dispose();
    },
  };
}
