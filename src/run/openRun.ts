import { t } from '@vscode/l10n';
import { readBytes } from '../io/byteSource';
import type { FileSystem } from '../io/fileSystem';
import type { RunCatalog } from '../model/catalog';
import { type Problem, problemError, toProblem } from '../model/problem';
import type { Readings } from '../model/questions';
import { isAbortError, throwIfAborted } from '../rpc/abort';
import { withTurns } from '../rpc/turns';
import { type CatalogParts, catalogInTurns } from './catalog';
import { readHeaders } from './headers';
import type { LocatedSidecar } from './layerSettings';
import { type ListedFile, listRun } from './listing/listing';
import { parseSidecar, rawTypeHints } from './metadata/sidecar';
import { readSample, thin } from './sample';

export interface OpenRunOptions {
  /** How names and axes are interpreted, if the user chose it; otherwise guessed from all of them. */
  readonly readings?: Readings | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Bytes of logs and tables with scalars that are read at once, at most; others by the next update. Default: all. */
  readonly scalarBytes?: number | undefined;
  /** The number of files visited so far; the last call has the total. */
  readonly onProgress?: ((files: number) => void) | undefined;
}

/** Files between two reports of progress. */
const PROGRESS_STRIDE = 25;
/** A sidecar of more bytes is not read. */
const SIDECAR_LIMIT = 1 << 22;

/**
 * Lists a run: the folders and files at `roots` (URIs), from their paths and headers alone. A faulty file is a problem
 * of the catalog, or an entry of its `unrecognized`; the promise rejects only if aborted.
 */
export async function openRun(
  fileSystem: FileSystem,
  roots: readonly string[],
  options: OpenRunOptions = {},
): Promise<RunCatalog> {
  return withTurns(catalogInTurns(await readRun(fileSystem, roots, options)), options.signal);
}

/**
 * What the catalog of a run is made of, as {@link openRun} reads it. `onSample` gets the same of a part of a run of at
 * least `from` records, as soon as that is read.
 */
export async function readRun(
  fileSystem: FileSystem,
  roots: readonly string[],
  { signal, onProgress, readings }: OpenRunOptions = {},
  sampling?: { readonly from: number; onSample(sample: CatalogParts): Promise<void> },
): Promise<CatalogParts> {
  throwIfAborted(signal);
  const listing = await listRun(fileSystem, roots, { signal });
  const { sidecars, problems } = await readSidecars(fileSystem, listing.sidecars);
  const total = listing.ignored + listing.unrecognized.length + listing.dumps.length;
  let looked = total - listing.dumps.length;
  const onRead = () => {
    looked++;
    if (looked % PROGRESS_STRIDE === 0 || looked === total) onProgress?.(looked);
  };
  const hints = rawTypeHints(sidecars.map(({ sidecar }) => sidecar));
  const read = (files: readonly ListedFile[]) => readHeaders(fileSystem, files, hints, { signal, onRead });
  const parts = { roots, listing, sidecars, problems, ...(readings !== undefined && { readings }) };
  if (sampling === undefined) return { ...parts, headers: await read(listing.dumps) };

  const sample = await readSample(listing.dumps, read, sampling.from, signal);
  const known = new Map(sample.read.map((header) => [header.file, header]));
  const inOrder = () => listing.dumps.flatMap((file) => known.get(file) ?? []);
  if (sample.isWorthwhile) await sampling.onSample({ ...parts, headers: inOrder().map(thin) });
  const others = listing.dumps.filter((file) => !known.has(file));
  for (const header of await read(others)) known.set(header.file, header);
  return { ...parts, headers: inOrder() };
}

/** Reads what the sidecars say; one that cannot be read is a problem. */
export async function readSidecars(
  fileSystem: FileSystem,
  files: readonly ListedFile[],
): Promise<{ sidecars: readonly LocatedSidecar[]; problems: readonly Problem[] }> {
  const sidecars: LocatedSidecar[] = [];
  const problems: Problem[] = [];
  for (const file of files) {
    try {
      const parsed = parseSidecar(await readText(fileSystem, file.uri), file.uri);
      sidecars.push({ file, sidecar: parsed.sidecar });
      problems.push(...parsed.problems);
    } catch (error) {
      if (isAbortError(error)) throw error;
      problems.push(toProblem(error, file.uri));
    }
  }
  return { sidecars, problems };
}

async function readText(fileSystem: FileSystem, uri: string): Promise<string> {
  const source = await fileSystem.open(uri);
  try {
    if (source.size > SIDECAR_LIMIT) {
      const message = t(
        'The metadata is ignored: expected at most {0} bytes, found {1}.',
        SIDECAR_LIMIT,
        source.size,
      );
      throw problemError('sidecar', uri, message);
    }
    return new TextDecoder().decode(await readBytes(source, 0, source.size));
  } finally {
    await source.close();
  }
}
