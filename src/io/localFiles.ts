import {
  closeSync,
  constants,
  type Dirent,
  fstatSync,
  open,
  openSync,
  read,
  readSync,
  type Stats,
  statSync,
} from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { t } from '@vscode/l10n';
import { type ProblemError, problemError } from '../model/problem';
import type { FolderEntry } from '../protocol/kernelApi';
import { mapBounded } from '../rpc/mapBounded';
import { turns } from '../rpc/turns';
import { assertRange, type ByteSource } from './byteSource';
import { type DiskPace, diskPace } from './diskPace';
import type { FileSystem } from './fileSystem';

/** Files on this machine's disk, by `file:` URI. */
export function localFiles(): FileSystem {
  const pace = diskPace();
  return {
    stat: (uri) => statEntry(uri, pace),
    list: (uri) => listFolder(uri, pace),
    open: (uri) => openFile(uri, pace),
    real: realUri,
  };
}

async function statEntry(uri: string, pace: DiskPace, path = pathOf(uri)): Promise<FolderEntry> {
  const found = await known(uri, () =>
    pace.run(
      0,
      () => statSync(path),
      () => stat(path),
    ),
  );
  return entryOf(uri, path, found);
}

/** Throws what goes wrong as the file's problem. */
async function known<T>(uri: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw fileProblem(uri, error);
  }
}

function entryOf(uri: string, path: string, found: Stats): FolderEntry {
  const kind = found.isFile() ? 'file' : found.isDirectory() ? 'folder' : 'other';
  const entry = { name: basename(path), uri, kind } as const;
  return kind === 'file' ? { ...entry, size: found.size, modified: found.mtimeMs } : { ...entry, size: 0 };
}

/** Entries of a folder that are looked at side by side, where the disk is slow. */
const ENTRIES_AT_A_TIME = 64;

/** A link is listed as its target; a broken link as `other`. */
async function listFolder(uri: string, pace: DiskPace): Promise<FolderEntry[]> {
  const path = pathOf(uri);
  const entries = await known(uri, () => readdir(path, { withFileTypes: true }));
  const base = pathToFileURL(path).href.replace(/\/$/, '');
  const turn = turns();
  const look = async (listed: Dirent): Promise<FolderEntry> => {
    const { name } = listed;
    const child = `${base}/${encodeURIComponent(name)}`;
    try {
      await turn();
      const entry = await statEntry(child, pace, join(path, name));
      return listed.isSymbolicLink() ? { ...entry, leadsTo: await realUri(child) } : entry;
    } catch {
      return { name, uri: child, kind: 'other', size: 0 };
    }
  };
  return [...(await mapBounded(entries, ENTRIES_AT_A_TIME, look))];
}

/** Encodes every segment the same way, so that URIs of the same file are equal strings. */
async function realUri(uri: string): Promise<string> {
  const path = pathOf(uri);
  const real = await known(uri, () => realpath(path));
  const segments = pathToFileURL(real).pathname.split('/');
  return `file://${segments.map((segment) => encodeURIComponent(decodeURIComponent(segment))).join('/')}`;
}

/** Opens a regular file. A pipe or a device is refused; opening it does not block. */
async function openFile(uri: string, pace: DiskPace): Promise<ByteSource> {
  const descriptor = await openDescriptor(uri, pace);
  const found = fstatSync(descriptor);
  if (!found.isFile()) {
    closeSync(descriptor);
    throw noFile(uri);
  }
  const { size } = found;
  let closed = false;
  const reading = new Set<Promise<void>>();
  const assertReadable = (offset: number, target: Uint8Array) => {
    if (closed) throw problemError('internal', uri, 'The file was read after it was closed.');
    assertRange({ path: uri, size }, offset, target.length);
  };
  return {
    path: uri,
    size,
    read: async (offset, target) => {
      assertReadable(offset, target);
      await pace.run(
        target.length,
        () => readWholeSync(descriptor, uri, offset, target, size),
        () => {
          const done = readWhole(descriptor, uri, offset, target, size);
          reading.add(done);
          return done.finally(() => reading.delete(done));
        },
      );
    },
    readSync: (offset, target) => {
      assertReadable(offset, target);
      readWholeSync(descriptor, uri, offset, target, size);
    },
    close: async () => {
      if (closed) return;
      closed = true;
      // The number of a closed file is soon another's, which a read that is under way would then read.
      await Promise.allSettled(reading);
      closeSync(descriptor);
    },
  };
}

const openAsync = promisify(open);
const readAsync = promisify(read);

function openDescriptor(uri: string, pace: DiskPace): Promise<number> {
  const path = pathOf(uri);
  // O_NONBLOCK: what became a pipe since must not block either. (The flag does not exist on Windows.)
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
  return known(uri, () =>
    pace.run(
      0,
      () => openSync(path, flags),
      () => openAsync(path, flags),
    ),
  );
}

async function readWhole(
  descriptor: number,
  uri: string,
  offset: number,
  target: Uint8Array,
  size: number,
): Promise<void> {
  let filled = 0;
  while (filled < target.length) {
    const { bytesRead } = await known(uri, () =>
      readAsync(descriptor, target, filled, target.length - filled, offset + filled),
    );
    if (bytesRead === 0) throw shrunken(uri, size, offset + filled);
    filled += bytesRead;
  }
}

function readWholeSync(
  descriptor: number,
  uri: string,
  offset: number,
  target: Uint8Array,
  size: number,
): void {
  let filled = 0;
  while (filled < target.length) {
    const bytesRead = readOnce(descriptor, uri, target.subarray(filled), offset + filled);
    if (bytesRead === 0) throw shrunken(uri, size, offset + filled);
    filled += bytesRead;
  }
}

function readOnce(descriptor: number, uri: string, target: Uint8Array, offset: number): number {
  try {
    return readSync(descriptor, target, 0, target.length, offset);
  } catch (error) {
    throw fileProblem(uri, error);
  }
}

function shrunken(uri: string, size: number, end: number): ProblemError {
  return problemError(
    'changed',
    uri,
    t(
      'The file shrank from {0} to {1} bytes while it was read, because another program is rewriting it. Refresh the run.',
      size,
      end,
    ),
  );
}

/** The folder before, and its path: files of one folder follow each other. */
let around: { readonly uri: string; readonly path: string } | undefined;
const FOLDER = /^file:\/\/\/(?:[^?#]*\/)?$/u;
/** Names of files that need no decoding. */
const PLAIN_NAME = /^[\w-][\w.-]*$/u;

function pathOf(uri: string): string {
  const start = uri.lastIndexOf('/') + 1;
  const folder = uri.slice(0, start);
  const name = uri.slice(start);
  try {
    if (!PLAIN_NAME.test(name) || !FOLDER.test(folder)) return fileURLToPath(uri);
    if (around?.uri !== folder) around = { uri: folder, path: fileURLToPath(folder) };
    return `${around.path}${name}`;
  } catch {
    throw problemError('unreadable', uri, t('The URI does not name a file on this machine.'));
  }
}

function noFile(uri: string): ProblemError {
  return problemError('unsupported', uri, t('Expected a file, found a folder, pipe, or device.'));
}

/** What systems report when a folder, or a socket, is opened as a file. */
const NO_FILE: ReadonlySet<string> = new Set(['EISDIR', 'ENXIO']);

function fileProblem(uri: string, error: unknown): ProblemError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  if (NO_FILE.has(code)) return noFile(uri);
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return problemError('not-found', uri, t('The file or folder does not exist.'));
  const message =
    code === 'EACCES' || code === 'EPERM'
      ? t('You do not have permission to read this file or folder.')
      : t('The file or folder cannot be read: the system reports {0}.', code);
  return problemError('unreadable', uri, message);
}
