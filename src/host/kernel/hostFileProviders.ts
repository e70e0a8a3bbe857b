import { t } from '@vscode/l10n';
import { type FileStat, FileSystemError, FileType, Uri, workspace } from 'vscode';
import { type ProblemError, problemError } from '../../model/problem';
import type { FolderEntry, KernelHostApi } from '../../protocol/kernelApi';
import type { Handlers } from '../../rpc/channel';

/** Gives the kernel files that have no path on disk, through VS Code's file system providers. */
export const hostFileProviders: Pick<Handlers<KernelHostApi>, 'readFile' | 'statFile' | 'listFolder'> = {
  readFile: ({ uri }) => readFile(uri),
  statFile: ({ uri }) => statFile(uri),
  listFolder: ({ uri }) => listFolder(uri),
};

async function readFile(uri: string): Promise<Uint8Array> {
  try {
    return await workspace.fs.readFile(Uri.parse(uri, true));
  } catch (error) {
    throw providerProblem(uri, error);
  }
}

async function statFile(uri: string): Promise<FolderEntry> {
  const file = Uri.parse(uri, true);
  try {
    return entryOf(file.path.split('/').at(-1) ?? '', file, await workspace.fs.stat(file));
  } catch (error) {
    throw providerProblem(uri, error);
  }
}

async function listFolder(uri: string): Promise<FolderEntry[]> {
  const folder = Uri.parse(uri, true);
  try {
    const entries = await workspace.fs.readDirectory(folder);
    return await Promise.all(entries.map(([name]) => folderEntry(folder, name)));
  } catch (error) {
    throw providerProblem(uri, error);
  }
}

async function folderEntry(folder: Uri, name: string): Promise<FolderEntry> {
  const child = Uri.joinPath(folder, name);
  try {
    return entryOf(name, child, await workspace.fs.stat(child));
  } catch {
    return { name, uri: child.toString(), kind: 'other', size: 0 };
  }
}

function entryOf(name: string, uri: Uri, { type, size, mtime }: FileStat): FolderEntry {
  const kind = type & FileType.File ? 'file' : type & FileType.Directory ? 'folder' : 'other';
  const entry = { name, uri: uri.toString(), kind } as const;
  return kind === 'file' ? { ...entry, size, modified: mtime } : { ...entry, size: 0 };
}

function providerProblem(uri: string, error: unknown): ProblemError {
  const code = error instanceof FileSystemError ? error.code : '';
  if (code === 'FileNotFound') return problemError('not-found', uri, t('The file or folder does not exist.'));
  const why = error instanceof Error ? error.message : String(error);
  return problemError('unreadable', uri, t('The file or folder cannot be read: {0}', why), undefined, error);
}
