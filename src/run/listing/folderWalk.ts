import { t } from '@vscode/l10n';
import { isDistributedCheckpoint } from '../../formats/dumpSuffixes';
import type { FileSystem } from '../../io/fileSystem';
import { childUri, isWithin } from '../../io/uri';
import { uriSegments } from '../../io/uriSegments';
import { isNotFound, type Problem, problemError, toProblem } from '../../model/problem';
import type { FolderEntry } from '../../protocol/kernelApi';
import { isAbortError } from '../../rpc/abort';
import { mapBounded } from '../../rpc/mapBounded';
import { turns } from '../../rpc/turns';
import { fileKind, isDumpFolder, isSkippedFolder, isStore, SIDECAR_NAME, unreadFolder } from './fileKinds';
import { isLoop, type VisitedFolder } from './loops';

/** A file or folder, and the names of the folders that lead to it from the run's base. */
export interface Place {
  readonly entry: FolderEntry;
  readonly folders: readonly string[];
}

/** Callbacks of a walk. */
export interface WalkSink {
  /** A file, or a folder that is a dump in itself. */
  found(place: Place): void;
  /** A folder that is not entered, and why. */
  exclude(uri: string, reason: string): void;
  problem(problem: Problem): void;
}

/** How far a walk goes. */
export interface WalkLimits {
  /** Folders within folders that are entered. */
  readonly depth: number;
  readonly files: number;
  readonly folders: number;
}

export const WALK_LIMITS: WalkLimits = { depth: 8, files: 100_000, folders: 20_000 };

const FOLDERS_AT_A_TIME = 8;
/** Entries between two looks at the clock. */
const ENTRIES_AT_ONCE = 256;

interface FolderToEnter extends Place {
  readonly parent?: VisitedFolder;
  /** Its URI without links on the way. */
  readonly real: string;
}

/**
 * Visits folders level by level. Skips hidden folders and tool caches, and excludes links to a parent folder or outside
 * the roots. A folder that cannot be listed is a problem, unless it was deleted meanwhile. Rejects only if aborted.
 */
export async function walkFolders(
  fileSystem: FileSystem,
  starts: readonly Place[],
  sink: WalkSink,
  limits: WalkLimits,
  signal: AbortSignal | undefined,
): Promise<void> {
  const roots = await Promise.all(starts.map(({ entry }) => realOf(fileSystem, entry.uri)));
  let level: readonly FolderToEnter[] = starts.map((start, index) => ({ ...start, real: roots[index] }));
  const turn = turns();
  let folders = 0;
  let files = 0;
  let seen = 0;
  for (let depth = 0; level.length > 0; depth++) {
    const room = level.slice(0, limits.folders - folders);
    const visited = await mapBounded(
      room,
      FOLDERS_AT_A_TIME,
      (each) => visit(fileSystem, each, sink),
      signal,
    );
    folders += room.length;
    const next: FolderToEnter[] = [];
    for (const [index, parent] of visited.entries()) {
      const path = room[index].folders;
      const advice = parent && unreadFolder(parent.entries);
      if (advice !== undefined) {
        sink.exclude(room[index].entry.uri, advice);
        continue;
      }
      if (parent !== undefined && (isStore('', parent.entries) || isDistributedCheckpoint(parent.entries))) {
        sink.found({ entry: room[index].entry, folders: path.slice(0, -1) });
        continue;
      }
      for (const entry of parent?.entries ?? []) {
        if (++seen % ENTRIES_AT_ONCE === 0) await turn();
        if (entry.kind === 'folder' && isSkippedFolder(entry.name)) continue;
        const real = entry.leadsTo ?? childUri(room[index].real, entry.name);
        const leadsOut = entry.leadsTo !== undefined && !roots.some((root) => isWithin(root, real));
        if (leadsOut && isOfInterest(entry)) {
          sink.exclude(
            entry.uri,
            t(
              'This link points outside the opened folder, to {0}. To read it, open its target.',
              pathOf(real),
            ),
          );
        } else if (entry.kind !== 'folder' || isDumpFolder(entry.name)) {
          if (files++ < limits.files) sink.found({ entry, folders: path });
        } else if (depth >= limits.depth) {
          sink.exclude(
            entry.uri,
            t('The folder is nested more than {0} levels deep. Open a subfolder.', limits.depth),
          );
        } else {
          next.push({ entry, folders: [...path, entry.name.normalize()], real, ...(parent && { parent }) });
        }
      }
    }
    if (room.length < level.length || files > limits.files) {
      sink.problem(tooMuch(starts[0].entry.uri, limits));
      return;
    }
    level = next;
  }
}

/** Lists a folder; undefined if that fails, if it was deleted since it was found, or if it is a loop. */
async function visit(
  fileSystem: FileSystem,
  { entry, parent, real }: FolderToEnter,
  sink: WalkSink,
): Promise<VisitedFolder | undefined> {
  try {
    const entries = await listPresent(fileSystem, entry.uri);
    const folder: VisitedFolder = { uri: entry.uri, real, entries, ...(parent && { parent }) };
    if (!(await isLoop(folder, (uri) => fileSystem.list(uri)))) return folder;
    sink.exclude(entry.uri, t('This link points to a folder that contains it.'));
  } catch (error) {
    if (isAbortError(error)) throw error;
    if (parent !== undefined && isNotFound(error) && !(await isListed(fileSystem, parent, entry)))
      return undefined;
    sink.problem(toProblem(error, entry.uri));
  }
  return undefined;
}

/** Entries of a folder, without those that were deleted since their names were read. */
async function listPresent(fileSystem: FileSystem, uri: string): Promise<readonly FolderEntry[]> {
  const entries = await fileSystem.list(uri);
  if (!entries.some(({ kind }) => kind === 'other')) return entries;
  const present = new Set((await fileSystem.list(uri)).map(({ name }) => name));
  return entries.filter(({ kind, name }) => kind !== 'other' || present.has(name));
}

/** Whether the folder around it still names it: not every name that is listed can be reached. */
async function isListed(
  fileSystem: FileSystem,
  parent: VisitedFolder,
  { name }: FolderEntry,
): Promise<boolean> {
  const around = await fileSystem.list(parent.uri).catch(() => []);
  return around.some((entry) => entry.name === name);
}

function tooMuch(uri: string, limits: WalkLimits): Problem {
  const message = t(
    'The folder has more than {0} files or {1} folders. The others are skipped. Open a subfolder.',
    limits.files,
    limits.folders,
  );
  return problemError('unsupported', uri, message).problem;
}

/** Where links are not known there is nothing to go without. */
async function realOf(fileSystem: FileSystem, uri: string): Promise<string> {
  return (await fileSystem.real?.(uri).catch(() => undefined)) ?? uri;
}

/** Whether a person would miss it. */
function isOfInterest({ kind, name }: FolderEntry): boolean {
  return kind === 'folder' || name === SIDECAR_NAME || fileKind(name) !== 'ignored';
}

function pathOf(uri: string): string {
  return uriSegments(uri)
    .map((segment) => `/${segment}`)
    .join('');
}
