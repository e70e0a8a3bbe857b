import {
  close,
  closeSync,
  constants,
  fstatSync,
  open,
  openSync,
  read,
  readSync,
  type Stats,
  statSync,
} from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { FolderEntry } from '../protocol/kernelApi';
import { type ProblemError, problemError } from '../protocol/problem';
import { assertRange, type ByteSource } from './byteSource';
import type { FileSystem } from './fileSystem';

/**
 * Reads of at least so many bytes are made on the spot, as long as the file comes quickly: from the page cache the way
 * over the thread pool takes as long as the reading. Once it is slow, the next chunk is waited for beside computing.
 */
const LARGE_READ = 1 << 16;
/** Milliseconds in which a megabyte comes, where it comes quickly. */
const QUICK_MEGABYTE = 2;

export interface LocalFilesOptions {
  /** For a thread with nothing else to do in the meantime: files are opened, and small reads made, on the spot too. */
  readonly isIdleMeanwhile?: boolean;
}

/** Files on this machine's disk, by `file:` URI. */
export function localFiles({ isIdleMeanwhile = false }: LocalFilesOptions = {}): FileSystem {
  return {
    stat: statEntry,
    list: listFolder,
    open: (uri) => openFile(uri, isIdleMeanwhile),
    real: realUri,
  };
}

async function statEntry(uri: string): Promise<FolderEntry> {
  return entryOf(
    uri,
    await stat(pathOf(uri)).catch((error: unknown) => {
      throw fileProblem(uri, error);
    }),
  );
}

function statEntrySync(uri: string): FolderEntry {
  try {
    return entryOf(uri, statSync(pathOf(uri)));
  } catch (error) {
    throw fileProblem(uri, error);
  }
}

function entryOf(uri: string, found: Stats): FolderEntry {
  const path = pathOf(uri);
  const kind = found.isFile() ? 'file' : found.isDirectory() ? 'folder' : 'other';
  const entry = { name: basename(path), uri, kind } as const;
  return kind === 'file' ? { ...entry, size: found.size, modified: found.mtimeMs } : { ...entry, size: 0 };
}

/** A link is listed as what it leads to; one that leads nowhere as `other`. */
async function listFolder(uri: string): Promise<FolderEntry[]> {
  const path = pathOf(uri);
  const entries = await readdir(path, { withFileTypes: true }).catch((error: unknown) => {
    throw fileProblem(uri, error);
  });
  const base = pathToFileURL(path).href.replace(/\/$/, '');
  return Promise.all(
    entries.map(async (listed): Promise<FolderEntry> => {
      const { name } = listed;
      const child = `${base}/${encodeURIComponent(name)}`;
      try {
        const entry = await statEntry(child);
        return listed.isSymbolicLink() ? { ...entry, leadsTo: await realUri(child) } : entry;
      } catch {
        return { name, uri: child, kind: 'other', size: 0 };
      }
    }),
  );
}

/** Every segment encoded alike, so that two URIs of one place are the same text. */
async function realUri(uri: string): Promise<string> {
  const real = await realpath(pathOf(uri)).catch((error: unknown) => {
    throw fileProblem(uri, error);
  });
  const segments = pathToFileURL(real).pathname.split('/');
  return `file://${segments.map((segment) => encodeURIComponent(decodeURIComponent(segment))).join('/')}`;
}

/** Opens a regular file. A pipe or a device is refused before it could block. */
async function openFile(uri: string, isIdleMeanwhile: boolean): Promise<ByteSource> {
  const { kind } = isIdleMeanwhile ? statEntrySync(uri) : await statEntry(uri);
  if (kind !== 'file')
    throw problemError('unsupported', uri, 'Expected a file, found a folder, pipe or device.');
  const descriptor = await openDescriptor(uri, isIdleMeanwhile);
  const { size } = fstatSync(descriptor);
  let closed = false;
  let isQuick = true;
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
      if ((target.length < LARGE_READ && !isIdleMeanwhile) || !isQuick) {
        const done = readWhole(descriptor, uri, offset, target, size);
        reading.add(done);
        return done.finally(() => reading.delete(done));
      }
      const started = performance.now();
      readWholeSync(descriptor, uri, offset, target, size);
      isQuick = performance.now() - started < (QUICK_MEGABYTE * Math.max(target.length, 1 << 20)) / (1 << 20);
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
      if (isIdleMeanwhile) closeSync(descriptor);
      else await closeAsync(descriptor);
    },
  };
}

const openAsync = promisify(open);
const readAsync = promisify(read);
const closeAsync = promisify(close);

async function openDescriptor(uri: string, isOnTheSpot: boolean): Promise<number> {
  // O_NONBLOCK: what became a pipe since must not block either. (The flag does not exist on Windows.)
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
  try {
    return isOnTheSpot ? openSync(pathOf(uri), flags) : await openAsync(pathOf(uri), flags);
  } catch (error) {
    throw fileProblem(uri, error);
  }
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
    const { bytesRead } = await readAsync(
      descriptor,
      target,
      filled,
      target.length - filled,
      offset + filled,
    ).catch((error: unknown) => {
      throw fileProblem(uri, error);
    });
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
    `The file had ${size} bytes when it was opened and ends at ${end} now: it is being rewritten. Open the run again.`,
  );
}

function pathOf(uri: string): string {
  try {
    return fileURLToPath(uri);
  } catch {
    throw problemError('unreadable', uri, 'The URI is not that of a path on this machine.');
  }
}

function fileProblem(uri: string, error: unknown): ProblemError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return problemError('not-found', uri, 'The file or folder does not exist (any more).');
  const why = code === 'EACCES' || code === 'EPERM' ? 'no permission to read it' : `the system says ${code}`;
  return problemError('unreadable', uri, `The file or folder cannot be read: ${why}.`);
}
