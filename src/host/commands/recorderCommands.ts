import {
  type ExtensionContext,
  FileSystemError,
  type QuickPickItem,
  SnippetString,
  Uri,
  window,
  workspace,
} from 'vscode';
import { STEP } from './dialogStep';
import { type Present, whatIsThere } from './recorderFile';

const FILE_NAME = 'normscope.py';

/** Where the recorder goes, and whether it may replace a file; asked of the person where it is not given (by tests). */
export interface RecorderTarget {
  readonly uri?: Uri;
  readonly replace?: boolean;
}

/**
 * *Add Recorder to Workspace…*: writes the recorder where the person says, never over a file without asking. Resolves
 * to where it lies; undefined where the person thought better of it.
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
    void window.showInformationMessage(`${workspace.asRelativePath(uri)} is the newest recorder already.`);
    return uri;
  }
  if (present !== undefined && !(target.replace ?? (await mayReplace(uri, present)))) return undefined;
  await workspace.fs.writeFile(uri, new TextEncoder().encode(ours));
  void window
    .showInformationMessage(`Recorder written to ${workspace.asRelativePath(uri)}.`, 'Open')
    .then((answer) => {
      if (answer === 'Open') void window.showTextDocument(uri);
    });
  return uri;
}

/** *Insert Recorder Snippet*: at the cursor of the active editor, as deep as its line; false without an editor. */
export async function insertSnippet(context: ExtensionContext): Promise<boolean> {
  const editor = window.activeTextEditor;
  if (editor === undefined) {
    void window.showInformationMessage('Open your training script and put the cursor where the loop goes.');
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

/** A recorder that is there already, a workspace folder, the folder of the script that is open, or elsewhere. */
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
    ...present.map((uri) => place(uri, 'is there already: update it')),
    ...besideScript.map((uri) => place(uri, 'beside the script that is open')),
    ...folders.map(({ uri, name }) => place(Uri.joinPath(uri, FILE_NAME), `in ${name}`)),
  ];
  const distinct = [...new Map(places.map((each) => [String(each.uri), each] as const).reverse()).values()];
  if (distinct.length === 0) return askForFile();
  const elsewhere: PlaceItem = { label: '$(folder) Elsewhere…' };
  const chosen = await window.showQuickPick([...distinct.reverse(), elsewhere], {
    title: 'Add Recorder to Workspace',
    placeHolder: 'Where does your training script find it?',
    ...STEP,
  });
  return chosen === elsewhere ? askForFile() : chosen?.uri;
}

function place(uri: Uri, description: string): PlaceItem & { uri: Uri } {
  return { label: workspace.asRelativePath(uri), description, uri };
}

async function askForFile(): Promise<Uri | undefined> {
  const folder = workspace.workspaceFolders?.[0]?.uri;
  return window.showSaveDialog({
    saveLabel: 'Add Recorder',
    filters: { Python: ['py'] },
    ...(folder === undefined ? {} : { defaultUri: Uri.joinPath(folder, FILE_NAME) }),
  });
}

async function mayReplace(uri: Uri, present: Exclude<Present, { kind: 'same' }>): Promise<boolean> {
  const name = workspace.asRelativePath(uri);
  const [message, detail, action] = {
    older: [
      `Update the recorder ${name}?`,
      'This extension comes with a newer version. Changes of your own would be lost.',
      'Update',
    ],
    newer: [
      `Replace the recorder ${name} by an older one?`,
      'It is newer than the one that this extension comes with.',
      'Replace',
    ],
    changed: [
      `Replace the recorder ${name}?`,
      'It was changed since it was added; the changes would be lost.',
      'Replace',
    ],
    foreign: [`Replace ${name}?`, 'It is not a recorder of Normscope.', 'Replace'],
  }[present.kind];
  return (await window.showWarningMessage(message, { modal: true, detail }, action)) === action;
}
