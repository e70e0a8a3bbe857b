import { commands, EventEmitter, ViewColumn, type WebviewPanel, window } from 'vscode';
import type { Navigation } from '../../protocol/panelApi';
import { findingsBeside } from '../session/findingsBeside';
import { CLOSE_UNSEEN, SPLIT_SETTLES } from '../session/pacing';
import type { Runs } from '../session/runs';
import type { Session } from '../session/session';
import { attachPanel, type Panel, type PanelServices } from './panel';

export const PANEL_TYPE = 'normscope.panel';

/** The open panels: those in a column of their own, and those that replace a dump file's editor. */
export interface Panels {
  /**
   * Shows a session: in its own panel, or in a new one, a tab of the column that has the last panel, or else beside the
   * active editor. The panel takes focus unless `preserveFocus`.
   */
  show(session: Session, navigation?: Navigation, preserveFocus?: boolean): Panel;
  /** Opens a second panel on the run of the one that was used last, beside it, at the same place. */
  split(): Promise<void>;
  /** Fills a webview panel that VS Code made: a custom editor, or a panel restored after a reload. */
  adopt(webview: WebviewPanel, session: Session): Panel;
  /** The panel that was used last; commands that move the view go there. */
  active(): Panel | undefined;
  /** Fires when another panel is used, or another layer is in view. */
  readonly onDidLook: EventEmitter<void>['event'];
  closeOf(session: Session): void;
  dispose(): void;
}

/**
 * Closes a run when its last panel is closed. VS Code's own Split Editor makes an empty group beside a panel; a second
 * panel fills it.
 */
export function panels(
  runs: Runs,
  services: Omit<PanelServices, 'onLook' | 'onRunsChange' | 'sessions' | 'showRun'>,
): Panels {
  // In order of use, the last one last.
  const open = new Set<Panel>();
  const looked = new EventEmitter<void>();
  /** When the panel that was used last was left. */
  let left = 0;
  const panelServices: PanelServices = {
    ...services,
    onLook: () => looked.fire(),
    sessions: () => runs.sessions,
    onRunsChange: (listener) => runs.onDidChange(listener),
    showRun: (key, place) => {
      const session = runs.sessions.find((each) => each.key === key);
      if (session !== undefined) show(session, place);
    },
  };

  const last = () => [...open].at(-1);

  function adopt(webview: WebviewPanel, session: Session): Panel {
    const findings = findingsBeside(session, runs);
    webview.onDidDispose(() => findings.dispose());
    const panel = attachPanel(webview, session, findings, panelServices);
    open.add(panel);
    const updateContext = () =>
      void commands.executeCommand(
        'setContext',
        'normscope.panelActive',
        [...open].some((each) => each.webview.active),
      );
    webview.onDidChangeViewState(() => {
      if (webview.active) use(panel);
      else if (panel === last()) left = Date.now();
      updateContext();
    });
    webview.onDidDispose(() => {
      open.delete(panel);
      updateContext();
      setTimeout(() => {
        if (![...open].some((each) => each.session === session)) runs.leave(session);
      }, CLOSE_UNSEEN);
    });
    use(panel);
    updateContext();
    return panel;
  }

  function use(panel: Panel): void {
    open.delete(panel);
    open.add(panel);
    runs.setCurrent(panel.session);
    looked.fire();
  }

  function create(session: Session, viewColumn: ViewColumn, preserveFocus: boolean): Panel {
    const webview = window.createWebviewPanel(PANEL_TYPE, 'Normscope', { viewColumn, preserveFocus }, {});
    return adopt(webview, session);
  }

  async function split(viewColumn: ViewColumn): Promise<void> {
    const from = last();
    if (from === undefined) return;
    const place = await from.place();
    const panel = create(from.session, viewColumn, false);
    if (place !== undefined) panel.navigate({ to: 'record', ...place });
  }

  // The group of an editor that VS Code itself splits has a tab in a moment.
  const splitting = window.tabGroups.onDidChangeTabGroups(({ opened: [group] }) => {
    const isOfPanel = last()?.webview.active === true || Date.now() - left < SPLIT_SETTLES;
    if (group === undefined || group.tabs.length > 0 || !isOfPanel) return;
    const { viewColumn } = group;
    setTimeout(() => {
      const now = window.tabGroups.all.find((each) => each.viewColumn === viewColumn);
      if (now?.isActive && now.tabs.length === 0) void split(viewColumn);
    }, SPLIT_SETTLES);
  });

  function show(session: Session, navigation?: Navigation, preserveFocus = false): Panel {
    let panel = [...open].reverse().find((each) => each.session === session);
    if (panel === undefined) {
      panel = create(session, last()?.webview.viewColumn ?? ViewColumn.Beside, preserveFocus);
    } else {
      panel.webview.reveal(undefined, preserveFocus);
      use(panel);
    }
    if (navigation !== undefined) panel.navigate(navigation);
    return panel;
  }

  return {
    show,
    split: () => split(ViewColumn.Beside),
    adopt,
    active: last,
    onDidLook: looked.event,
    closeOf: (session) => {
      for (const panel of [...open]) if (panel.session === session) panel.webview.dispose();
    },
    dispose: () => {
      splitting.dispose();
      looked.dispose();
    },
  };
}
