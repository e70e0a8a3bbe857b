import { t } from '@vscode/l10n';
import { dumpSuffix, isEventFile } from '../../formats/dumpSuffixes';
import { fileStamp } from '../../io/fileStamp';
import type { FileSystem } from '../../io/fileSystem';
import { childUri, parentUri } from '../../io/uri';
import { sharedSegments, uriSegments } from '../../io/uriSegments';
import type { Unrecognized } from '../../model/catalog';
import { type Problem, toProblem } from '../../model/problem';
import type { FolderEntry } from '../../protocol/kernelApi';
import { isAbortError } from '../../rpc/abort';
import { mapBounded } from '../../rpc/mapBounded';
import { withTurns } from '../../rpc/turns';
import { sortNaturally, sortNaturallyInTurns } from '../naming/names';
import { fileKind, isDumpFolder, isN5, SIDECAR_NAME, unreadReason } from './fileKinds';
import { type Place, WALK_LIMITS, type WalkLimits, walkFolders } from './folderWalk';

/** A file below the roots. */
export interface ListedFile {
  readonly uri: string;
  readonly name: string;
  /** Folders from the run's base down: the only root if it is a folder, otherwise what all roots share. */
  readonly folders: readonly string[];
  /** See {@link fileStamp}. */
  readonly stamp?: string;
  /** Size and time of the last change as one text: other content bears another one. */
  readonly state?: string;
}

/** The content of the roots, by name alone. */
export interface Listing {
  /** Roots that exist. */
  readonly roots: readonly FolderEntry[];
  /** Dump files, in natural order of their paths. */
  readonly dumps: readonly ListedFile[];
  /** TensorBoard's event files beside dumps, for their scalars. */
  readonly logs: readonly ListedFile[];
  /** Files named normscope.json, from the outside in. */
  readonly sidecars: readonly ListedFile[];
  /** How many files are plainly no dumps. */
  readonly ignored: number;
  readonly unrecognized: readonly Unrecognized[];
  readonly problems: readonly Problem[];
}

const ROOTS_AT_A_TIME = 8;

/**
 * Lists the files below the roots (folders or files). What cannot be listed is a problem; only an abort rejects.
 */
export async function listRun(
  fileSystem: FileSystem,
  uris: readonly string[],
  { signal, limits = WALK_LIMITS }: { signal?: AbortSignal | undefined; limits?: WalkLimits } = {},
): Promise<Listing> {
  const dumps: ListedFile[] = [];
  const sidecars: ListedFile[] = [];
  const unrecognized: Unrecognized[] = [];
  const problems: Problem[] = [];
  let ignored = 0;
  /** Files that only their content can show to be dumps. */
  const uncertain = new Set<string>();

  const found = ({ entry, folders }: Place, chosen: boolean) => {
    const file = listedFile(entry, folders);
    const kind = fileKind(entry.name);
    if (entry.kind === 'other') {
      unrecognized.push({
        path: entry.uri,
        reason: t('Not a file or folder: a pipe, a device, or a broken link.'),
      });
    } else if (entry.name === SIDECAR_NAME && entry.kind === 'file') {
      sidecars.push(file);
    } else if (entry.kind === 'folder' && !isN5(entry.name)) {
      dumps.push(file);
    } else if (entry.kind === 'folder' || typeof kind === 'object' || (kind === 'ignored' && chosen)) {
      unrecognized.push({ path: entry.uri, ...unreadReason(entry.name) });
    } else if (kind === 'ignored') {
      ignored++;
    } else {
      if (dumpSuffix(entry.name) === undefined) uncertain.add(file.uri);
      dumps.push(file);
    }
  };

  const roots = await statRoots(fileSystem, uris, problems, signal);
  const places = roots.map((entry) => ({ entry, folders: relativeFolders(entry, roots) }));
  const isFolder = ({ entry }: Place) => entry.kind === 'folder' && !isDumpFolder(entry.name);
  for (const place of places.filter((each) => !isFolder(each))) found(place, true);
  sidecars.push(
    ...(await sidecarsBeside(
      fileSystem,
      places.filter((each) => !isFolder(each)),
    )),
  );
  const sink = {
    found: (place: Place) => found(place, false),
    exclude: (path: string, reason: string) => unrecognized.push({ path, reason }),
    problem: (problem: Problem) => problems.push(problem),
  };
  await walkFolders(fileSystem, places.filter(isFolder), sink, limits, signal);

  const listing = {
    roots,
    dumps: await withTurns(sortNaturallyInTurns(unique(dumps), pathInRun), signal),
    logs: [],
    sidecars: unique(sidecars).sort((a, b) => a.folders.length - b.folders.length),
    ignored,
    unrecognized: sortNaturally(unrecognized, ({ path }) => path),
    problems,
  };
  return withoutIdleEvents(listing, uncertain);
}

/** `folders`: those that lead to the file from the run's base. */
export function listedFile(entry: FolderEntry, folders: readonly string[]): ListedFile {
  const { uri, name, size, modified } = entry;
  const stamp = fileStamp(entry, Date.now());
  return {
    uri,
    name: name.normalize(),
    folders,
    state: `${size}-${modified}`,
    ...(stamp !== undefined && { stamp }),
  };
}

/** The stamp of a file, for a record of it. */
export function stampOf({ stamp }: ListedFile): { readonly stamp?: string } {
  return stamp === undefined ? {} : { stamp };
}

/** The path from the run's base, by which dumps are ordered. */
export function pathInRun({ folders, name }: ListedFile): string {
  return [...folders, name].join('/');
}

/**
 * The tensors of TensorBoard's event files are used only if there are no dumps, because dumps contain more. Files that
 * only their content can show to be dumps, such as checkpoints, do not count.
 */
function withoutIdleEvents(listing: Listing, uncertain: ReadonlySet<string>): Listing {
  const dumps = listing.dumps.filter(({ name }) => !isEventFile(name));
  if (dumps.every(({ uri }) => uncertain.has(uri)) || dumps.length === listing.dumps.length) return listing;
  const logs = listing.dumps.filter(({ name }) => isEventFile(name));
  return { ...listing, dumps, logs, ignored: listing.ignored + logs.length };
}

async function statRoots(
  fileSystem: FileSystem,
  uris: readonly string[],
  problems: Problem[],
  signal: AbortSignal | undefined,
): Promise<readonly FolderEntry[]> {
  const entries = await mapBounded(
    [...new Set(uris)],
    ROOTS_AT_A_TIME,
    async (uri) => {
      try {
        return await fileSystem.stat(uri);
      } catch (error) {
        if (isAbortError(error)) throw error;
        problems.push(toProblem(error, uri));
        return undefined;
      }
    },
    signal,
  );
  return entries.filter((entry) => entry !== undefined);
}

/** Names of the folders between the base of all roots and one of them, including the root itself if it is a folder. */
function relativeFolders(root: FolderEntry, roots: readonly FolderEntry[]): readonly string[] {
  const foldersOf = ({ uri, kind, name }: FolderEntry) =>
    uriSegments(uri).slice(0, kind === 'folder' && !isDumpFolder(name) ? undefined : -1);
  const base = sharedSegments(roots.map(foldersOf));
  return foldersOf(root)
    .slice(base)
    .map((segment) => segment.normalize());
}

/** The sidecars in the folders of files that were opened singly. */
async function sidecarsBeside(
  fileSystem: FileSystem,
  files: readonly Place[],
): Promise<readonly ListedFile[]> {
  const beside = new Map(files.map(({ entry, folders }) => [parentUri(entry.uri), folders]));
  const sidecars = await mapBounded([...beside], ROOTS_AT_A_TIME, async ([parent, folders]) => {
    const uri = childUri(parent, SIDECAR_NAME);
    // Most files have none next to them; if it exists and cannot be read, opening it reports that.
    const entry = await fileSystem.stat(uri).catch(() => undefined);
    return entry?.kind === 'file' ? listedFile({ ...entry, uri, name: SIDECAR_NAME }, folders) : undefined;
  });
  return sidecars.filter((sidecar) => sidecar !== undefined);
}

function unique(files: readonly ListedFile[]): ListedFile[] {
  return [...new Map(files.map((file) => [file.uri, file])).values()];
}
