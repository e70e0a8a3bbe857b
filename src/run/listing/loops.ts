import { isNotFound } from '../../model/problem';
import type { FolderEntry } from '../../protocol/kernelApi';

/** A folder that was listed, and the folders that lead to it. */
export interface VisitedFolder {
  readonly uri: string;
  /** The path with links resolved, as far as the file system reports them. */
  readonly real: string;
  readonly entries: readonly FolderEntry[];
  readonly parent?: VisitedFolder;
}

/** Number of subfolders compared before a folder counts as a copy of its ancestor. */
const WITNESSES = 3;

/**
 * Whether a folder is one of its own ancestors, reached through a link. Because not every file system reports links,
 * listings are compared too: the same names, kinds, and sizes as an ancestor, and again in up to three subfolders. A
 * chain of folders that each contain only the next one is not a loop; the depth limit ends it.
 */
export async function isLoop(
  folder: VisitedFolder,
  list: (uri: string) => Promise<readonly FolderEntry[]>,
): Promise<boolean> {
  let signature: string | undefined;
  for (let ancestor = folder.parent; ancestor !== undefined; ancestor = ancestor.parent) {
    if (ancestor.real === folder.real) return true;
    if (folder.entries.length === 0 || folder.entries.length !== ancestor.entries.length) continue;
    signature ??= signatureOf(folder.entries);
    if (signatureOf(ancestor.entries) === signature && (await isCopy(folder, ancestor, list))) return true;
  }
  return false;
}

async function isCopy(
  folder: VisitedFolder,
  ancestor: VisitedFolder,
  list: (uri: string) => Promise<readonly FolderEntry[]>,
): Promise<boolean> {
  const folders = folder.entries.filter(({ kind }) => kind === 'folder');
  if (folders.length === folder.entries.length && folders.length < 2) return false;
  for (const { name, uri } of folders.slice(0, WITNESSES)) {
    const twin = ancestor.entries.find((entry) => entry.name === name);
    if (twin === undefined) return false;
    const [here, there] = await Promise.all([uri, twin.uri].map((each) => listNow(each, list)));
    if (here === undefined || there === undefined || signatureOf(here) !== signatureOf(there)) return false;
  }
  return true;
}

/** Undefined if the folder was deleted since it was found. */
async function listNow(
  uri: string,
  list: (uri: string) => Promise<readonly FolderEntry[]>,
): Promise<readonly FolderEntry[] | undefined> {
  try {
    return await list(uri);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

function signatureOf(entries: readonly FolderEntry[]): string {
  return entries
    .map(({ name, kind, size }) => JSON.stringify([name, kind, kind === 'file' ? size : 0]))
    .sort()
    .join();
}
