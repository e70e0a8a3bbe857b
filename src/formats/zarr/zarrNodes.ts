import { t } from '@vscode/l10n';
import { readBytes } from '../../io/byteSource';
import type { FileSystem } from '../../io/fileSystem';
import { childUri } from '../../io/uri';
import { isNotFound, type Problem, ProblemError, problemError, toProblem } from '../../model/problem';
import type { FormatHints } from '../tensorFile';
import { isObject, readArrayMetadata, type ZarrArray } from './zarrMetadata';

type Json = Readonly<Record<string, unknown>>;

/** An array of a store. */
export interface ZarrNode {
  /** Its path in the store; empty if the store is the array. */
  readonly name: string;
  /** URI of its folder. */
  readonly folder: string;
  readonly array: ZarrArray;
  /** The array's attributes, which override those of its groups; without those of the root. */
  readonly attributes: ReadonlyMap<string, string>;
}

export interface ZarrNodes {
  readonly arrays: readonly ZarrNode[];
  /** Attributes of the root. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly problems: readonly Problem[];
}

/** Maximum bytes of metadata, which is short except for attributes. */
const MAX_DOCUMENT = 1 << 24;
const MAX_NODES = 200_000;
const MAX_DEPTH = 32;
const AT_A_TIME = 8;

interface Place {
  readonly name: string;
  readonly folder: string;
  readonly depth: number;
  readonly attributes: ReadonlyMap<string, string>;
  /** Version of the surrounding group; one store does not mix versions. */
  readonly version: 2 | 3 | undefined;
  /** The target, if it is a link. */
  readonly leadsTo?: string | undefined;
}

/**
 * Lists the arrays of a store, version 2 or 3, by its folders. Never lists an array's folder, which can contain a
 * million chunks. A problem with one node is reported for that node. Throws `malformed` if the folder is not a store.
 */
export async function listNodes(
  fileSystem: FileSystem,
  root: string,
  hints: FormatHints,
): Promise<ZarrNodes> {
  const arrays: ZarrNode[] = [];
  const problems: Problem[] = [];
  /** Groups that links point to. Following a link to a surrounding group would list it within itself without end. */
  const linked = new Set<string>();
  let nodes = 0;
  let rootAttributes: ReadonlyMap<string, string> = new Map();

  const visit = async (place: Place): Promise<void> => {
    const { name, folder, depth } = place;
    const node = await readNode(fileSystem, folder, place.version);
    const own = attributeTexts(node.attributes);
    if (name === '') rootAttributes = own;
    const attributes = name === '' ? place.attributes : new Map([...place.attributes, ...own]);
    if (node.kind === 'array') {
      const array = readArrayMetadata(node.document, node.attributes, hints, root, name);
      arrays.push({ name, folder, array, attributes });
      return;
    }
    if (name === '' && node.kind === 'none')
      throw problemError(
        'malformed',
        root,
        t('Not a zarr store: the folder has no .zgroup, .zarray, or zarr.json.'),
      );
    if (place.leadsTo !== undefined && linked.has(place.leadsTo))
      throw problemError('unsupported', root, t('This is a link to a group that is already listed.'), name);
    if (place.leadsTo !== undefined) linked.add(place.leadsTo);
    if (depth >= MAX_DEPTH)
      throw problemError(
        'unsupported',
        root,
        t('The group is nested more than {0} levels deep.', MAX_DEPTH),
        name,
      );
    const entries = (await fileSystem.list(folder)).filter(
      (entry) => entry.kind === 'folder' && !entry.name.startsWith('.'),
    );
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (let first = 0; first < entries.length && nodes <= MAX_NODES; first += AT_A_TIME) {
      const batch = entries.slice(first, first + AT_A_TIME);
      nodes += batch.length;
      await Promise.all(
        batch.map((entry) =>
          tried({
            name: name === '' ? entry.name : `${name}/${entry.name}`,
            folder: entry.uri,
            depth: depth + 1,
            attributes,
            version: node.version ?? place.version,
            leadsTo: entry.leadsTo,
          }),
        ),
      );
    }
  };
  const tried = async (place: Place) => {
    try {
      await visit(place);
    } catch (error) {
      problems.push(toProblem(ofStore(error, root), root, place.name));
    }
  };

  try {
    await visit({ name: '', folder: root, depth: 0, attributes: new Map(), version: undefined });
  } catch (error) {
    throw ofStore(error, root);
  }
  if (nodes > MAX_NODES)
    problems.push(
      problemError(
        'unsupported',
        root,
        t('The store has more than {0} groups and arrays. The others are skipped.', MAX_NODES),
      ).problem,
    );
  arrays.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { arrays, attributes: rootAttributes, problems };
}

/** Reports a problem with a file of the store as a problem with the store. */
function ofStore(error: unknown, root: string): unknown {
  if (!(error instanceof ProblemError) || error.problem.path === root) return error;
  const { code, message, tensor } = error.problem;
  return problemError(code, root, message, tensor, error);
}

interface Node {
  readonly kind: 'array' | 'group' | 'none';
  readonly version?: 2 | 3;
  readonly document: Json;
  readonly attributes: Json;
}

async function readNode(fileSystem: FileSystem, folder: string, version: 2 | 3 | undefined): Promise<Node> {
  if (version !== 2) {
    const document = await readDocument(fileSystem, folder, 'zarr.json');
    if (document !== undefined) {
      const attributes = isObject(document['attributes']) ? document['attributes'] : {};
      return {
        kind: document['node_type'] === 'array' ? 'array' : 'group',
        version: 3,
        document,
        attributes,
      };
    }
  }
  if (version !== 3) {
    for (const [file, kind] of [
      ['.zarray', 'array'],
      ['.zgroup', 'group'],
    ] as const) {
      const document = await readDocument(fileSystem, folder, file);
      if (document === undefined) continue;
      const attributes = (await readDocument(fileSystem, folder, '.zattrs')) ?? {};
      return { kind, version: 2, document, attributes };
    }
  }
  return { kind: 'none', document: {}, attributes: {} };
}

/** Reads a JSON object; undefined if the file does not exist. */
async function readDocument(fileSystem: FileSystem, folder: string, name: string): Promise<Json | undefined> {
  const uri = childUri(folder, name);
  const source = await fileSystem.open(uri).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
  if (source === undefined) return undefined;
  try {
    if (source.size > MAX_DOCUMENT)
      throw problemError(
        'malformed',
        uri,
        t('{0} has {1} bytes, too many for zarr metadata.', name, source.size),
      );
    const value = parsed(new TextDecoder().decode(await readBytes(source, 0, source.size)));
    if (!isObject(value)) throw problemError('malformed', uri, t('{0} is not a JSON object.', name));
    return value;
  } finally {
    await source.close();
  }
}

/** Parses JSON. Python writes NaN and infinities, which JSON does not allow; they become null. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(
      text.replace(/"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g, (token) =>
        token.startsWith('"') ? token : 'null',
      ),
    );
  } catch {
    return undefined;
  }
}

function attributeTexts(attributes: Json): Map<string, string> {
  return new Map(
    Object.entries(attributes).map(([key, value]) => [
      key,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
}
