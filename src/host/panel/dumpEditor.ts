import { type CustomReadonlyEditorProvider, type ExtensionContext, Uri, window, workspace } from 'vscode';
import type { RunCatalog } from '../../model/catalog';
import { runRootOf } from '../session/runRoot';
import type { Runs } from '../session/runs';
import type { Panel } from './panel';
import { PANEL_TYPE, type Panels } from './panels';

export const EDITOR_TYPE = 'normscope.run';

/** Opens the panel when a dump file is double-clicked, on the run that the file is part of. The file is read-only. */
export function registerDumpEditor(context: ExtensionContext, runs: Runs, panels: Panels): void {
  const provider: CustomReadonlyEditorProvider = {
    openCustomDocument: (uri) => ({ uri, dispose: () => {} }),
    resolveCustomEditor: async ({ uri }, webview) => {
      const root = await runRootOf(uri.toString(), listNames);
      const session = runs.open([root]);
      const panel = panels.adopt(webview, session);
      if (root !== uri.toString()) goToFile(panel, uri);
    },
  };
  context.subscriptions.push(
    window.registerCustomEditorProvider(EDITOR_TYPE, provider, { supportsMultipleEditorsPerDocument: true }),
    window.registerWebviewPanelSerializer(PANEL_TYPE, {
      deserializeWebviewPanel: async (webview, state: unknown) => {
        const roots = rootsOf(state);
        if (roots === undefined) webview.dispose();
        else panels.adopt(webview, runs.open(roots));
      },
    }),
  );
}

async function listNames(folder: string): Promise<string[]> {
  return (await workspace.fs.readDirectory(Uri.parse(folder, true))).map(([name]) => name);
}

/** Moves the view to the first record of the file, once the run is listed. */
function goToFile(panel: Panel, uri: Uri): void {
  const go = (catalog: RunCatalog) => {
    const record = catalog.records.find(({ file }) => Uri.parse(file).toString() === uri.toString());
    if (record !== undefined) panel.navigate({ to: 'record', layer: record.layer, step: record.step });
  };
  if (panel.session.catalog !== undefined) {
    go(panel.session.catalog);
    return;
  }
  const listening = panel.session.onChange(() => {
    if (panel.session.catalog === undefined) return;
    listening.dispose();
    go(panel.session.catalog);
  });
  panel.webview.onDidDispose(() => listening.dispose());
}

/** The roots that the webview remembered; undefined if its state contains anything else. */
function rootsOf(state: unknown): string[] | undefined {
  const roots = typeof state === 'object' && state !== null && 'roots' in state ? state.roots : undefined;
  const valid = Array.isArray(roots) && roots.length > 0 && roots.every((root) => typeof root === 'string');
  return valid ? roots : undefined;
}
