import { isEventFile } from '../../formats/dumpSuffixes';
import type { FileSystem } from '../../io/fileSystem';
import { childUri, parentUri } from '../../io/uri';
import { uriSegments } from '../../io/uriSegments';
import { isNotFound } from '../../model/problem';
import { isAbortError } from '../../rpc/abort';
import { mapBounded } from '../../rpc/mapBounded';
import { fileKind, isDumpFolder, isSkippedFolder, SIDECAR_NAME } from './fileKinds';
import { type ListedFile, type Listing, listedFile, listRun, pathInRun } from './listing';

/** The current content of the roots, compared with an earlier listing. */
export interface Relisting {
  readonly listing: Listing;
  /** Dumps that are new or other than before. */
  readonly fresh: readonly ListedFile[];
  /** URIs of deleted dumps. */
  readonly gone: readonly string[];
}

const FILES_AT_A_TIME = 8;

/**
 * Lists everything again. Undefined if a root cannot be reached but may still exist (network down, missing permission):
 * keep the previous listing then.
 */
export async function relist(
  fileSystem: FileSystem,
  before: Listing,
  uris: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Relisting | undefined> {
  const listing = await listRun(fileSystem, uris, { signal });
  if (listing.problems.some(({ code }) => code !== 'not-found' && code !== 'unsupported')) return undefined;
  const states = new Map(before.dumps.map(({ uri, state }) => [uri, state]));
  const now = new Set(listing.dumps.map(({ uri }) => uri));
  return {
    listing,
    fresh: listing.dumps.filter(({ uri, state }) => !states.has(uri) || states.get(uri) !== state),
    gone: before.dumps.filter(({ uri }) => !now.has(uri)).map(({ uri }) => uri),
  };
}

/**
 * Checks single files below the only root, a folder. Undefined if that is not sufficient: if they include the root, an
 * unknown folder, a sidecar, or anything else than a plain dump.
 */
export async function relistFiles(
  fileSystem: FileSystem,
  before: Listing,
  hints: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Relisting | undefined> {
  const [root] = before.roots;
  if (before.roots.length !== 1 || root.kind !== 'folder') return undefined;
  const base = uriSegments(root.uri);
  const folders = knownFolders(before);
  /** Read again in any case. */
  const logs = new Set(before.logs.map(pathInRun));
  const places = new Map<string, { readonly uri: string; readonly folders: readonly string[] }>();
  for (const hint of hints) {
    const segments = uriSegments(hint);
    if (base.some((segment, i) => segments[i] !== segment) || segments.length <= base.length)
      return undefined;
    const path = segments.slice(base.length);
    const name = path[path.length - 1];
    if (logs.has(path.join('/'))) continue;
    const around = path.slice(0, -1);
    if (around.some(isSkippedFolder) || (fileKind(name) === 'ignored' && name !== SIDECAR_NAME)) continue;
    const folder = folders.get(around.join('/'));
    if (folder === undefined || fileKind(name) !== 'read' || name === SIDECAR_NAME || isDumpFolder(name))
      return undefined;
    places.set(path.join('/'), { uri: childUri(folder, name), folders: around });
  }
  const looked = await mapBounded(
    [...places.values()],
    FILES_AT_A_TIME,
    async (place) => {
      try {
        const entry = await fileSystem.stat(place.uri);
        return entry.kind === 'file' ? listedFile(entry, place.folders) : undefined;
      } catch (error) {
        if (isAbortError(error)) throw error;
        return isNotFound(error) ? place.uri : undefined;
      }
    },
    signal,
  );
  if (looked.includes(undefined)) return undefined;
  const dumps = new Map(before.dumps.map((file) => [file.uri, file]));
  const fresh: ListedFile[] = [];
  const gone: string[] = [];
  for (const each of looked) {
    if (typeof each === 'string') {
      if (dumps.delete(each)) gone.push(each);
    } else if (each !== undefined && dumps.get(each.uri)?.state !== each.state) {
      dumps.set(each.uri, each);
      fresh.push(each);
    }
  }
  // TensorBoard's files count only without dumps, so the known files must all be of one kind.
  const [one] = before.dumps.length > 0 ? before.dumps : fresh;
  if (fresh.some(({ name }) => isEventFile(name) !== isEventFile(one.name))) return undefined;
  return { listing: { ...before, dumps: [...dumps.values()] }, fresh, gone };
}

/** URIs of the folders that contain dumps, and of their parents, by path from the root. */
function knownFolders({ dumps }: Listing): ReadonlyMap<string, string> {
  const known = new Map<string, string>();
  for (const { uri, folders } of dumps) {
    let folder = uri;
    for (let depth = folders.length; depth >= 0; depth--) {
      const path = folders.slice(0, depth).join('/');
      if (known.has(path)) break;
      folder = parentUri(folder);
      known.set(path, folder);
    }
  }
  return known;
}
