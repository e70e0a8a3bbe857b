import { t } from '@vscode/l10n';
import {
  type ExtensionContext,
  FileSystemError,
  type QuickPickItem,
  SnippetString,
  Uri,
  window,
  workspace,
} from 'vscode';
import { STAYS_OPEN } from './dialogFocus';
import { type Present, whatIsThere } from './recorderFile';

const FILE_NAME = 'normscope.py';

/** The file for the recorder, and whether it may replace a file. Dialogs ask for what is absent; tests give it. */
export interface RecorderTarget {
  readonly uri?: Uri;
  readonly replace?: boolean;
}

/**
 * *Add Recorder to Workspace…*: writes the recorder to the file that the person chooses, and asks before it replaces a
 * file. Resolves to the file; undefined if the person canceled.
 */
export async function addRecorder(
  context: ExtensionContext,
  target: RecorderTarget = {},
): Promise<Uri | undefined> {
  const uri = target.uri ?? (await askWhere());
  if (uri === undefined) return undefined;
  const ours = await readText(recorderPart(context, FILE_NAME));
  const existing = await readText(uri).catch((error: unknown) => {
    if (error instanceof FileSystemError && error.code === 'FileNotFound') return undefined;
    throw error;
  });
  const present = existing === undefined ? undefined : whatIsThere(existing, ours);
  if (present?.kind === 'same') {
    void window.showInformationMessage(t('{0} is already up to date.', workspace.asRelativePath(uri)));
    return uri;
  }
  if (present !== undefined && !(target.replace ?? (await mayReplace(uri, present)))) return undefined;
  await workspace.fs.writeFile(uri, new TextEncoder().encode(ours));
  const open = t('Open');
  void window
    .showInformationMessage(t('Recorder written to {0}.', workspace.asRelativePath(uri)), open)
    .then((answer) => {
      if (answer === open) void window.showTextDocument(uri);
    });
  return uri;
}

/** *Insert Recorder Snippet*: at the cursor of the active editor, indented like its line; false without an editor. */
export async function insertSnippet(context: ExtensionContext): Promise<boolean> {
  const editor = window.activeTextEditor;
  if (editor === undefined) {
    void window.showInformationMessage(
      t('Open your training script and place the cursor where the training loop begins.'),
    );
    return false;
  }
  const snippets: Record<string, { body: string[] }> = JSON.parse(
    await readText(recorderPart(context, 'snippets.json')),
  );
  const [{ body }] = Object.values(snippets);
  return editor.insertSnippet(new SnippetString(body.join('\n')));
}

function recorderPart(context: ExtensionContext, name: string): Uri {
  return Uri.joinPath(context.extensionUri, 'media', 'recorder', name);
}

async function readText(uri: Uri): Promise<string> {
  return new TextDecoder().decode(await workspace.fs.readFile(uri));
}

interface PlaceItem extends QuickPickItem {
  readonly uri?: Uri;
}

/** Asks for a file: an existing recorder, a workspace folder, the folder of the open script, or another folder. */
async function askWhere(): Promise<Uri | undefined> {
  const folders = workspace.workspaceFolders ?? [];
  const present = await workspace.findFiles(
    `**/${FILE_NAME}`,
    '**/{node_modules,.venv,venv,site-packages}/**',
    5,
  );
  const script = window.activeTextEditor?.document;
  const besideScript =
    script?.languageId === 'python' && !script.isUntitled ? [Uri.joinPath(script.uri, '..', FILE_NAME)] : [];
  const places = [
    ...present.map((uri) => place(uri, t('update the existing recorder'))),
    ...besideScript.map((uri) => place(uri, t('beside the open script'))),
    ...folders.map(({ uri, name }) => place(Uri.joinPath(uri, FILE_NAME), t('in {0}', name))),
  ];
  const distinct = [...new Map(places.map((each) => [String(each.uri), each] as const).reverse()).values()];
  if (distinct.length === 0) return askForFile();
  const elsewhere: PlaceItem = { label: `$(folder) ${t('Another Folder…')}` };
  const chosen = await window.showQuickPick([...distinct.reverse(), elsewhere], {
    title: t('Add Recorder to Workspace'),
    placeHolder: t('Save normscope.py to'),
    ...STAYS_OPEN,
  });
  return chosen === elsewhere ? askForFile() : chosen?.uri;
}

function place(uri: Uri, description: string): PlaceItem & { uri: Uri } {
  return { label: workspace.asRelativePath(uri), description, uri };
}

async function askForFile(): Promise<Uri | undefined> {
  const folder = workspace.workspaceFolders?.[0]?.uri;
  return window.showSaveDialog({
    saveLabel: t('Add Recorder'),
    filters: { [t('Python')]: ['py'] },
    ...(folder === undefined ? {} : { defaultUri: Uri.joinPath(folder, FILE_NAME) }),
  });
}

async function mayReplace(uri: Uri, present: Exclude<Present, { kind: 'same' }>): Promise<boolean> {
  const name = workspace.asRelativePath(uri);
  const [message, detail, action] = {
    older: [
      t('Update the recorder {0}?', name),
      t('This extension contains a newer version. If you changed the file, your changes will be lost.'),
      t('Update'),
    ],
    newer: [
      t('Replace the recorder {0} with an older version?', name),
      t('The file is newer than the version that this extension contains.'),
      t('Replace'),
    ],
    changed: [
      t('Replace the recorder {0}?', name),
      t('The file was changed after it was added. The changes will be lost.'),
      t('Replace'),
    ],
    foreign: [t('Replace {0}?', name), t('The file is not a Normscope recorder.'), t('Replace')],
  }[present.kind];
  return (await window.showWarningMessage(message, { modal: true, detail }, action)) === action;
}
