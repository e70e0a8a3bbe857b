import { FileSystemError, FileType, Uri, workspace } from 'vscode';
import type { Handlers } from '../protocol/channel';
import type { FolderEntry, KernelHostApi } from '../protocol/kernelApi';
import { type ProblemError, problemError } from '../protocol/problem';

/** Serves the kernel files that no path leads to, through VS Code's file system providers. */
export const hostFileProviders: Handlers<KernelHostApi> = {
  readFile: ({ uri }) => readFile(uri),
  listFolder: ({ uri }) => listFolder(uri),
};

async function readFile(uri: string): Promise<Uint8Array> {
  try {
    return await workspace.fs.readFile(Uri.parse(uri, true));
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
    const { type, size } = await workspace.fs.stat(child);
    const kind = type & FileType.File ? 'file' : type & FileType.Directory ? 'folder' : 'other';
    return { name, uri: child.toString(), kind, size: kind === 'file' ? size : 0 };
  } catch {
    return { name, uri: child.toString(), kind: 'other', size: 0 };
  }
}

function providerProblem(uri: string, error: unknown): ProblemError {
  const code = error instanceof FileSystemError ? error.code : '';
  if (code === 'FileNotFound')
    return problemError('not-found', uri, 'The file or folder does not exist (any more).');
  const why = error instanceof Error ? error.message : String(error);
  return problemError('unreadable', uri, `The file or folder cannot be read: ${why}`);
}
