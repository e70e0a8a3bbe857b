import { t } from '@vscode/l10n';
import { isEventFile } from '../../formats/dumpSuffixes';
import { openTensorFile } from '../../formats/open';
import type { ScalarSeries } from '../../formats/scalarSeries';
import { readBytes } from '../../io/byteSource';
import type { FileSystem } from '../../io/fileSystem';
import { childUri, parentUri } from '../../io/uri';
import { type Problem, problemError, toProblem } from '../../model/problem';
import { isAbortError } from '../../rpc/abort';
import { mapBounded } from '../../rpc/mapBounded';
import type { LocatedSidecar } from '../layerSettings';
import { type ListedFile, listedFile } from '../listing/listing';
import { readScalarTable, type TableColumns } from './scalarTable';

/** A file with scalars beside the dumps: TensorBoard's events, or a table that a sidecar names. */
export interface ScalarFile extends ListedFile {
  /** Qualifies names that several places have. */
  readonly place: string;
  /** Present for tables. */
  readonly columns?: TableColumns;
}

/** What a file has. In a log, a later file replaces the steps from its first one on. */
export interface FileScalars extends ListedFile {
  readonly place: string;
  readonly isLog: boolean;
  readonly series: readonly ScalarSeries[];
}

/** The files with scalars of a run: each is read again when it has changed. */
export interface ScalarFiles {
  /** What they have, as last read. */
  readonly contents: readonly FileScalars[];
  /** Those of files that cannot be read. */
  readonly problems: readonly Problem[];
  /**
   * Reads those of `logs` and of the tables of the sidecars that are new or changed; files beyond `bytes` in total are left
   * for the next update. Resolves to whether anything has changed.
   */
  update(
    logs: readonly ListedFile[],
    sidecars: readonly LocatedSidecar[],
    signal: AbortSignal | undefined,
    bytes?: number,
  ): Promise<boolean>;
}

interface Read extends FileScalars {
  readonly columns?: TableColumns;
  readonly problem?: Problem;
  /** Whether it is to be read by the next update. */
  readonly isLeft?: true;
}

const FILES_AT_A_TIME = 4;
/** Tables and logs of more bytes are not read: they are read again, in whole, whenever they change. */
const TABLE_LIMIT = 1 << 26;
const LOG_LIMIT = 1 << 28;

export function scalarFiles(fileSystem: FileSystem): ScalarFiles {
  let read = new Map<string, Read>();
  return {
    get contents() {
      return [...read.values()];
    },
    get problems() {
      return [...read.values()].flatMap(({ problem }) => problem ?? []);
    },
    update: async (logs, sidecars, signal, bytes = Number.POSITIVE_INFINITY) => {
      const files = new Map(
        [
          ...logs.map((file): ScalarFile => ({ ...file, place: file.folders.join('/') })),
          ...sidecars.flatMap(tablesOf),
        ].map((file) => [file.uri, file]),
      );
      let hasChanged = files.size !== read.size;
      let left = bytes;
      const next = await mapBounded(
        [...files.values()],
        FILES_AT_A_TIME,
        async (file): Promise<Read> => {
          const { file: now, size } = await currentFile(fileSystem, file);
          const known = read.get(file.uri);
          const isKnown = known?.isLeft !== true && known?.state === now.state;
          if (known !== undefined && isKnown && isSameTable(known, now)) return known;
          hasChanged = true;
          left -= size;
          if (left < 0) return { ...now, isLog: isEventFile(now.name), series: [], isLeft: true };
          return readFile(fileSystem, now, size);
        },
        signal,
      );
      read = new Map(next.map((each) => [each.uri, each]));
      return hasChanged;
    },
  };
}

/** The tables that a sidecar names, in its folder or below it. */
function tablesOf({ file, sidecar }: LocatedSidecar): ScalarFile[] {
  return (sidecar.scalarFiles ?? []).map(({ file: path, step, columns }) => {
    const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.');
    return {
      uri: segments.reduce(childUri, parentUri(file.uri)),
      name: segments.at(-1) ?? path,
      folders: [...file.folders, ...segments.slice(0, -1)],
      place: [...file.folders, ...segments].join('/'),
      columns: { step, columns },
    };
  });
}

/** The file in its current state, and its bytes; without a state where it does not exist or cannot be reached. */
async function currentFile(
  fileSystem: FileSystem,
  file: ScalarFile,
): Promise<{ readonly file: ScalarFile; readonly size: number }> {
  const { state: _, ...others } = file;
  try {
    const entry = await fileSystem.stat(file.uri);
    const { state } = listedFile(entry, file.folders);
    return { file: { ...others, ...(state !== undefined && { state }) }, size: entry.size };
  } catch (error) {
    if (isAbortError(error)) throw error;
    return { file: others, size: 0 };
  }
}

function isSameTable(
  known: { readonly columns?: TableColumns },
  now: { readonly columns?: TableColumns },
): boolean {
  return JSON.stringify(known.columns) === JSON.stringify(now.columns);
}

async function readFile(fileSystem: FileSystem, file: ScalarFile, size: number): Promise<Read> {
  const content = { ...file, isLog: isEventFile(file.name) };
  const limit = file.columns === undefined ? LOG_LIMIT : TABLE_LIMIT;
  try {
    if (size > limit) {
      const message = t(
        'The scalars of this file are skipped: expected at most {0} bytes, found {1}.',
        limit,
        size,
      );
      throw problemError('unsupported', file.uri, message);
    }
    const series =
      file.columns === undefined
        ? await readLog(fileSystem, file.uri)
        : readScalarTable(await readText(fileSystem, file.uri), file.uri, file.columns);
    return { ...content, series };
  } catch (error) {
    if (isAbortError(error)) throw error;
    return { ...content, series: [], problem: toProblem(error, file.uri) };
  }
}

async function readLog(fileSystem: FileSystem, uri: string): Promise<readonly ScalarSeries[]> {
  const opened = await openTensorFile(fileSystem, uri);
  await opened.close();
  return opened.scalars ?? [];
}

async function readText(fileSystem: FileSystem, uri: string): Promise<string> {
  const source = await fileSystem.open(uri);
  try {
    return new TextDecoder().decode(await readBytes(source, 0, source.size));
  } finally {
    await source.close();
  }
}
