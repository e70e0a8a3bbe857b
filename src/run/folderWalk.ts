import type { FileSystem } from '../io/fileSystem';
import { isAbortError } from '../protocol/abort';
import type { FolderEntry } from '../protocol/kernelApi';
import { type Problem, problemError, toProblem } from '../protocol/problem';
import { mapBounded } from './concurrency';
import { isDumpFolder, isSkippedFolder, isStore } from './fileKinds';
import { isLoop, type VisitedFolder } from './loops';

/** A file or folder, and the names of the folders that lead to it from the run's base. */
export interface Place {
  readonly entry: FolderEntry;
  readonly folders: readonly string[];
}

/** What a walk tells as it goes. */
export interface WalkSink {
  /** A file, or a folder that is a dump in itself. */
  found(place: Place): void;
  /** A folder that is not entered, and why. */
  left(uri: string, reason: string): void;
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

interface FolderToEnter extends Place {
  readonly parent?: VisitedFolder;
}

/**
 * Enters folders level by level. Hidden folders and caches of tools are passed over, folders that lead back to one
 * around them are left. A folder that cannot be listed is a problem; only an abort rejects.
 */
export async function walkFolders(
  fileSystem: FileSystem,
  starts: readonly Place[],
  sink: WalkSink,
  limits: WalkLimits,
  signal: AbortSignal | undefined,
): Promise<void> {
  let level: readonly FolderToEnter[] = starts;
  let folders = 0;
  let files = 0;
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
      if (parent !== undefined && isStore('', parent.entries)) {
        sink.found({ entry: room[index].entry, folders: path.slice(0, -1) });
        continue;
      }
      for (const entry of parent?.entries ?? []) {
        if (entry.kind === 'folder' && isSkippedFolder(entry.name)) continue;
        if (entry.kind !== 'folder' || isDumpFolder(entry.name)) {
          if (files++ < limits.files) sink.found({ entry, folders: path });
        } else if (depth >= limits.depth) {
          sink.left(entry.uri, `Lies more than ${limits.depth} folders deep. Open a folder further down.`);
        } else {
          next.push({ entry, folders: [...path, entry.name.normalize()], ...(parent && { parent }) });
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

/** Lists a folder; undefined where that fails or where it is a loop. */
async function visit(
  fileSystem: FileSystem,
  { entry, parent }: FolderToEnter,
  sink: WalkSink,
): Promise<VisitedFolder | undefined> {
  try {
    const entries = await fileSystem.list(entry.uri);
    const folder: VisitedFolder = { uri: entry.uri, entries, ...(parent && { parent }) };
    if (!(await isLoop(folder, (uri) => fileSystem.list(uri)))) return folder;
    sink.left(entry.uri, 'Leads back to a folder around it (a link).');
  } catch (error) {
    if (isAbortError(error)) throw error;
    sink.problem(toProblem(error, entry.uri));
  }
  return undefined;
}

function tooMuch(uri: string, limits: WalkLimits): Problem {
  const message = `Holds more than ${limits.files} files or ${limits.folders} folders; what is beyond that is left out. Open a folder further down.`;
  return problemError('unsupported', uri, message).problem;
}
