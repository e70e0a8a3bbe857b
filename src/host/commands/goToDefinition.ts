import { t } from '@vscode/l10n';
import { Range, Uri, window, workspace } from 'vscode';
import type { SourceLocation } from '../../model/catalog';
import type { Panels } from '../panel/panels';
import type { Runs } from '../session/runs';
import { STAYS_OPEN } from './dialogFocus';
import { askForLayer, type LayerTarget } from './optionCommands';

/** Files of the same name in the workspace that are considered, at most. */
const MAX_ALIKE = 200;

/** *Go to Layer Definition*: opens the source file at the line where the layer's module is created. */
export async function goToDefinition(
  runs: Runs,
  panels: Panels,
  target: LayerTarget | undefined,
): Promise<Uri | undefined> {
  const chosen = target ?? (await askForLayer(runs, panels, t('Go to Layer Definition')));
  const layer = chosen?.session.catalog?.layers[chosen.layer];
  if (chosen === undefined || layer === undefined) return undefined;
  if (layer.source === undefined) {
    void window.showInformationMessage(
      t(
        'The run does not contain the definition of {0}. The recorder writes it to normscope.json.',
        layer.name,
      ),
    );
    return undefined;
  }
  const uri = await findSource(layer.source, chosen.session.roots);
  if (uri === undefined) {
    void window.showWarningMessage(
      t(
        '{0} is defined in {1}, which was not found. Open the folder that contains the training code.',
        layer.name,
        layer.source.file,
      ),
    );
    return undefined;
  }
  if (uri === 'cancelled') return undefined;
  const document = await workspace.openTextDocument(uri);
  const line = Math.min(Math.max((layer.source.line ?? 1) - 1, 0), document.lineCount - 1);
  await window.showTextDocument(document, { selection: new Range(line, 0, line, 0) });
  return uri;
}

/**
 * The source file: the recorded path, if it is in the workspace or beside the run; otherwise a file of the workspace
 * whose path ends the same; otherwise the recorded path, once the person has seen it and agreed.
 */
async function findSource(
  { file }: SourceLocation,
  roots: readonly string[],
): Promise<Uri | 'cancelled' | undefined> {
  const folders = (workspace.workspaceFolders ?? []).map(({ uri }) => uri);
  const absolute = /^(\/|[A-Za-z]:[\\/]|\\\\)/u.test(file) ? Uri.file(file) : undefined;
  if (
    absolute !== undefined &&
    workspace.getWorkspaceFolder(absolute) !== undefined &&
    (await isFile(absolute))
  )
    return absolute;
  if (absolute === undefined) {
    const segments = segmentsOf(file);
    const around = roots.flatMap((root) =>
      ['.', '..', '../..'].map((up) => Uri.joinPath(Uri.parse(root), up)),
    );
    // A path with `..` could lead out of the folders.
    if (!segments.includes('..')) {
      for (const folder of [...folders, ...around]) {
        const uri = Uri.joinPath(folder, ...segments);
        if (await isFile(uri)) return uri;
      }
    }
  }
  const alike = await filesAlike(file);
  if (alike.length === 1) return alike[0];
  if (alike.length > 1) {
    const items = alike.map((uri) => ({ label: workspace.asRelativePath(uri), uri }));
    const chosen = await window.showQuickPick(items, {
      title: t('Go to Layer Definition'),
      placeHolder: t('Several files match {0}', file),
      ...STAYS_OPEN,
    });
    return chosen?.uri ?? 'cancelled';
  }
  if (absolute === undefined || !(await isFile(absolute))) return undefined;
  const open = t('Open');
  const answer = await window.showInformationMessage(
    t('The layer is defined in {0}, which is outside the workspace.', file),
    open,
  );
  return answer === open ? absolute : 'cancelled';
}

/** Files of the workspace whose paths share the most last segments with the recorded path. */
async function filesAlike(file: string): Promise<Uri[]> {
  const wanted = segmentsOf(file);
  const name = wanted.at(-1);
  if (name === undefined || /[*?{}[\]]/u.test(name)) return [];
  const found = await workspace.findFiles(`**/${name}`, undefined, MAX_ALIKE);
  const agreement = found.map((uri) => ({ uri, shared: sharedEnd(segmentsOf(uri.path), wanted) }));
  const most = Math.max(0, ...agreement.map(({ shared }) => shared));
  return agreement.filter(({ shared }) => shared === most).map(({ uri }) => uri);
}

function segmentsOf(path: string): string[] {
  return path.split(/[\\/]/u).filter((segment) => segment !== '' && segment !== '.');
}

function sharedEnd(a: readonly string[], b: readonly string[]): number {
  let shared = 0;
  while (shared < Math.min(a.length, b.length) && a.at(-1 - shared) === b.at(-1 - shared)) shared++;
  return shared;
}

async function isFile(uri: Uri): Promise<boolean> {
  try {
    return ((await workspace.fs.stat(uri)).type & 1) === 1;
  } catch {
    return false;
  }
}
