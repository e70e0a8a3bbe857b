import { Range, Uri, window, workspace } from 'vscode';
import type { SourceLocation } from '../../model/catalog';
import type { Panels } from '../panel/panels';
import type { Runs } from '../session/runs';
import { STEP } from './dialogStep';
import { askForLayer, type LayerTarget } from './optionCommands';

/** Files of one name that are looked at in the workspace. */
const MAX_ALIKE = 200;

/** *Go to Layer Definition*: opens the source file where the recorder saw the layer's module being made. */
export async function goToDefinition(
  runs: Runs,
  panels: Panels,
  target: LayerTarget | undefined,
): Promise<Uri | undefined> {
  const chosen = target ?? (await askForLayer(runs, panels, 'Go to Layer Definition'));
  const layer = chosen?.session.catalog?.layers[chosen.layer];
  if (chosen === undefined || layer === undefined) return undefined;
  if (layer.source === undefined) {
    void window.showInformationMessage(
      `Where ${layer.name} is defined is not known. The recorder writes it into the run's normscope.json.`,
    );
    return undefined;
  }
  const uri = await findSource(layer.source, chosen.session.roots);
  if (uri === undefined) {
    void window.showWarningMessage(
      `${layer.name} is defined in ${layer.source.file}, which is not here. Open the folder that holds the training code.`,
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
 * The source file: where the recorder says, where that is in the workspace or beside the run; a file of the
 * workspace whose path ends alike; at last where the recorder says, once the person has seen the path and agreed.
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
    // A path that climbs is not followed out of the folders.
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
      title: 'Go to Layer Definition',
      placeHolder: `Several files may be ${file}`,
      ...STEP,
    });
    return chosen?.uri ?? 'cancelled';
  }
  if (absolute === undefined || !(await isFile(absolute))) return undefined;
  const answer = await window.showInformationMessage(
    `The layer is defined in ${file}, outside the workspace.`,
    'Open',
  );
  return answer === 'Open' ? absolute : 'cancelled';
}

/** Files of the workspace whose last segments are the path's, of those the ones that agree in the most. */
async function filesAlike(file: string): Promise<Uri[]> {
  const wanted = segmentsOf(file);
  const name = wanted.at(-1);
  if (name === undefined || /[*?{}[\]]/u.test(name)) return [];
  const found = await workspace.findFiles(`**/${name}`, undefined, MAX_ALIKE);
  const agreement = found.map((uri) => ({ uri, many: sharedEnd(segmentsOf(uri.path), wanted) }));
  const most = Math.max(0, ...agreement.map(({ many }) => many));
  return agreement.filter(({ many }) => many === most).map(({ uri }) => uri);
}

function segmentsOf(path: string): string[] {
  return path.split(/[\\/]/u).filter((segment) => segment !== '' && segment !== '.');
}

function sharedEnd(a: readonly string[], b: readonly string[]): number {
  let many = 0;
  while (many < Math.min(a.length, b.length) && a[a.length - 1 - many] === b[b.length - 1 - many]) many++;
  return many;
}

async function isFile(uri: Uri): Promise<boolean> {
  try {
    return ((await workspace.fs.stat(uri)).type & 1) === 1;
  } catch {
    return false;
  }
}
