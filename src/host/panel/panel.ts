import { t } from '@vscode/l10n';
import { commands, env, Uri, type WebviewPanel } from 'vscode';
import type { DiagnosisState, FindingKind } from '../../model/findings';
import { ProblemError } from '../../model/problem';
import type {
  Focus,
  HostApi,
  Navigation,
  OptionName,
  PanelApi,
  PanelPlace,
  PictureChoice,
  PictureFile,
  PictureRequest,
} from '../../protocol/panelApi';
import { isAbortError } from '../../rpc/abort';
import { type Connection, connect, type Handlers, type Port } from '../../rpc/channel';
import type { Session } from '../session/session';
import type { SessionFindings } from '../session/sessionFindings';
import { groupFeed } from './groupFeed';
import { panelHtml } from './panelHtml';
import { PanelUpdates } from './panelUpdates';
import { checkCoordinates, groupFigures, groupOf, membersOf } from './runGroups';
import { tabBadge } from './tabBadge';

/** A webview that shows a session. */
export interface Panel {
  readonly session: Session;
  readonly webview: WebviewPanel;
  /** The layer in view; absent until the webview reports it. */
  readonly focus: Focus | undefined;
  /** Moves the view, once the webview has loaded. */
  navigate(navigation: Navigation): void;
  /** The pictures that the webview can make of what it shows. */
  pictures(): Promise<readonly PictureChoice[]>;
  picture(request: PictureRequest): Promise<PictureFile>;
  /** The record in view; undefined if there is none. */
  place(): Promise<PanelPlace | undefined>;
}

/** What panels need from the rest of the extension. */
export interface PanelServices {
  readonly extensionUri: Uri;
  /** Another layer is in view. */
  onLook(): void;
  /** Logs what was thrown in a panel or while serving it. */
  onFailure(doing: string, error: unknown): void;
  /** Shows the definition of a kind of finding. */
  openDefinition(kind: FindingKind): Promise<void>;
  /** Opens the dialog of an option and sets the option. */
  chooseOption(session: Session, option: OptionName, layer: number | undefined): Promise<void>;
  /** The runs that are open. */
  sessions(): readonly Session[];
  /** Calls the listener when runs are opened or closed, or one of them changes. */
  onRunsChange(listener: () => void): { dispose(): void };
  /** Shows another open run at a place. */
  showRun(key: string, place: Navigation | undefined): void;
  /** Opens the dialog of the scalars; null if it is dismissed. */
  chooseScalars(session: Session, shown: readonly string[]): Promise<readonly string[] | null>;
}

/** A curve with more than four times as many values is thinned: more than a screen has pixels. */
const CURVE_POINTS = 4096;

/** Commands that a webview may run; no others are executed. */
const PANEL_COMMANDS: ReadonlySet<string> = new Set([
  'openRun',
  'openSample',
  'exportReport',
  'savePicture',
  'stopComparing',
  'goToDefinition',
  'showLog',
]);

/** Shows a session in a webview panel: sets the page, and links the two until the panel is closed. */
export function attachPanel(
  webviewPanel: WebviewPanel,
  session: Session,
  findings: SessionFindings,
  services: PanelServices,
): Panel {
  const { extensionUri, onFailure } = services;
  const { webview } = webviewPanel;
  let isReady = false;
  let waitingNavigation: Navigation | undefined;

  const showVerdict = ({ diagnosis }: DiagnosisState) => {
    const { title, light, dark } = tabBadge(session.title, diagnosis?.verdict);
    webviewPanel.title = title;
    webviewPanel.iconPath = {
      light: Uri.joinPath(extensionUri, 'media', light),
      dark: Uri.joinPath(extensionUri, 'media', dark),
    };
  };
  const group = () => groupOf(session, services.sessions());
  showVerdict(findings.current);
  webview.options = { enableScripts: true, localResourceRoots: [Uri.joinPath(extensionUri, 'dist')] };
  let isOpen = true;
  /** Logs a failed call to the page, unless the panel is closed. */
  const onPageFailure = (error: unknown) => {
    if (isOpen && !isAbortError(error)) onFailure('Panel', error);
  };
  const handlers: Handlers<HostApi> = {
    ready: (params) => {
      isReady = true;
      if (params.focus !== undefined) session.focus(params.focus);
      feed.begin();
      if (waitingNavigation !== undefined) {
        const navigation = waitingNavigation;
        waitingNavigation = undefined;
        // After the snapshot, which is the answer to this call.
        setTimeout(() => navigate(navigation), 0);
      }
      return updates.begin(params.focus);
    },
    focus: (params) => {
      session.focus(params);
      const results = updates.look(params);
      services.onLook();
      return results;
    },
    quantity: ({ quantity }) => updates.show(quantity),
    setOptions: (changes) => session.setOptions(changes),
    chooseOption: ({ option, layer }) => services.chooseOption(session, option, layer),
    distributions: (params, { signal }) =>
      session.callKernel(
        'distributions',
        { run: session.key, options: session.options, ...params },
        { signal },
      ),
    channels: (params, { signal }) =>
      session.callKernel('channels', { run: session.key, options: session.options, ...params }, { signal }),
    channelPositions: (params, { signal }) =>
      session.callKernel(
        'channelPositions',
        { run: session.key, options: session.options, ...params },
        { signal },
      ),
    densities: (params, { signal }) =>
      session.callKernel('densities', { run: session.key, options: session.options, ...params }, { signal }),
    batchSizes: ({ record }, { signal }) =>
      session.callKernel('batchSizes', { run: session.key, options: session.options, record }, { signal }),
    cube: (params, { signal }) =>
      session.callKernel('cube', { run: session.key, options: session.options, ...params }, { signal }),
    formatCasts: (params, { signal }) =>
      session.callKernel(
        'formatCasts',
        { run: session.key, options: session.options, ...params },
        { signal },
      ),
    methodSweep: (params, { signal }) =>
      session.callKernel(
        'methodSweep',
        { run: session.key, options: session.options, ...params },
        { signal },
      ),
    runGroup: ({ quantity, ...focus }) => groupFigures(group(), focus, quantity),
    coordinates: async (focus, { signal }) => (await checkCoordinates(group(), focus, signal)) ?? null,
    showRun: ({ key, layer, ...place }) =>
      services.showRun(key, layer === undefined ? undefined : { to: 'record', layer, ...place }),
    scalars: ({ names }, { signal }) =>
      session.callKernel('scalars', { run: session.key, names, points: CURVE_POINTS }, { signal }),
    chooseScalars: ({ shown }) => services.chooseScalars(session, shown),
    cancel: () => session.cancel(),
    resume: () => session.resume(),
    runCommand: async ({ command, layer }) => {
      if (!PANEL_COMMANDS.has(command)) return;
      await commands.executeCommand(
        `normscope.${command}`,
        ...(layer === undefined ? [] : [{ session, layer }]),
      );
    },
    openDefinition: ({ kind }) => services.openDefinition(kind),
    copyText: async ({ text }) => {
      await env.clipboard.writeText(text);
    },
    reportDefect: ({ problem }) => onFailure('Panel', new ProblemError(problem)),
  };
  const remote: Connection<PanelApi> = connect<HostApi, PanelApi>(
    webviewPort(webviewPanel),
    handlers,
    (method, error) => onFailure(`Panel: ${method}`, error),
  );

  const updates = new PanelUpdates(session, findings, {
    catalog: (snapshot) => remote.call('catalog', snapshot),
    options: (options) => remote.call('options', options),
    update: (update) => remote.call('update', update),
    failed: onPageFailure,
  });
  const feed = groupFeed(
    () => membersOf(group()),
    (members) => remote.call('group', members).catch(onPageFailure),
  );
  const grouping = services.onRunsChange(() => {
    if (isReady) feed.changed();
  });
  const listening = session.onChange((change) => updates.changed(change));
  const following = findings.onChange((current) => {
    showVerdict(current);
    if (isReady) remote.call('diagnosis', current).catch(onPageFailure);
  });
  // VS Code drops the page of a panel that is hidden, and loads it again.
  webviewPanel.onDidChangeViewState(() => {
    if (!webviewPanel.visible) isReady = false;
  });
  webviewPanel.onDidDispose(() => {
    isOpen = false;
    updates.close();
    listening.dispose();
    following.dispose();
    grouping.dispose();
    feed.dispose();
  });
  webview.html = panelHtml(webview, extensionUri);

  function navigate(navigation: Navigation): void {
    if (isReady) remote.call('navigate', navigation).catch(onPageFailure);
    else waitingNavigation = navigation;
  }
  return {
    session,
    webview: webviewPanel,
    get focus() {
      return updates.focus;
    },
    navigate,
    pictures: () => remote.call('pictures', undefined),
    picture: (request) => remote.call('picture', request),
    place: async () => {
      if (!isReady || !webviewPanel.visible) return undefined;
      return (await remote.call('place', undefined)) ?? undefined;
    },
  };
}

function webviewPort(panel: WebviewPanel): Port {
  return {
    post: (message) => void panel.webview.postMessage(message),
    onMessage: (listener) => {
      panel.webview.onDidReceiveMessage(listener);
    },
    onClose: (listener) => {
      panel.onDidDispose(() => listener(t('The panel was closed.')));
    },
  };
}
