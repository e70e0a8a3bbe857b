import type { FileSystem } from '../io/fileSystem';
import type { RunCatalog } from '../model/catalog';
import type { CatalogDelta, RunUpdate } from '../model/catalogDelta';
import { LiveCatalog } from '../model/liveCatalog';
import type { ScalarCurve } from '../model/scalars';
import { recordCount } from '../model/series';
import { withTurns } from '../rpc/turns';
import { append, recordsByFile } from './append';
import { type CatalogParts, catalogInTurns } from './catalog';
import type { FileHeader } from './fileHeader';
import { readHeaders } from './headers';
import { type Relisting, relist, relistFiles } from './listing/changes';
import { HALF_WRITTEN, mayPass, unsettledFiles } from './listing/halfWritten';
import { type ListedFile, pathInRun } from './listing/listing';
import { rawTypeHints } from './metadata/sidecar';
import { sortNaturally } from './naming/names';
import { type OpenRunOptions, readRun, readSidecars } from './openRun';
import { extendSample, rebase } from './rebase';
import { SAMPLE_FROM } from './sample';
import { runCurves } from './scalars/runCurves';
import { scalarFiles } from './scalars/scalarFiles';

/** A run that is open and can grow. */
export interface LiveRun {
  readonly catalog: RunCatalog;
  /** Whether the catalog begins with that of the sample: records, layers and variants have the same ids. */
  readonly extendsSample: boolean;
  /** The scalars that the catalog names, in that order. */
  readonly curves: readonly ScalarCurve[];
  /**
   * Updates the run: checks the files with these URIs, or everything if none are given. One call at a time. Rejects
   * only if aborted, and then changes nothing.
   */
  update(files?: readonly string[], signal?: AbortSignal): Promise<RunUpdate>;
}

export interface OpenLiveRunOptions extends OpenRunOptions {
  /** Gets the catalog of a part of a large run while the others are read; see {@link LiveRun.extendsSample}. */
  readonly onSample?: ((sample: RunCatalog) => void) | undefined;
}

export interface LiveRunSettings {
  /** Records above which new files are read by {@link append}. */
  readonly appendFrom: number;
  /** Records from which a sample is read before the others. */
  readonly sampleFrom: number;
  /** Milliseconds that a file must stay unchanged before its problems count. */
  readonly settling: number;
  now(): number;
}

const SETTINGS: LiveRunSettings = {
  appendFrom: 2000,
  sampleFrom: SAMPLE_FROM,
  settling: HALF_WRITTEN.settling,
  now: () => Date.now(),
};

/** Ids are assigned again once more records than this are deleted and they outnumber the others. */
const HOLES = 2000;

/** Opens a run as `openRun` does, to be kept up to date. */
export async function openLiveRun(
  fileSystem: FileSystem,
  roots: readonly string[],
  options: OpenLiveRunOptions = {},
  { appendFrom, sampleFrom, settling, now }: LiveRunSettings = SETTINGS,
): Promise<LiveRun> {
  const { onSample, signal } = options;
  let sample: RunCatalog | undefined;
  const read = await readRun(
    fileSystem,
    roots,
    options,
    onSample && {
      from: sampleFrom,
      onSample: async (some) => {
        const catalog = await withTurns(catalogInTurns(some), signal);
        if (catalog.records.length === 0) return;
        sample = catalog;
        onSample(catalog);
      },
    },
  );
  const logs = scalarFiles(fileSystem);
  await logs.update(read.listing.logs, read.sidecars, options.signal, options.scalarBytes);
  /** Those of reading the sidecars. */
  let sidecarProblems = read.problems;
  let parts: CatalogParts = { ...read, problems: [...sidecarProblems, ...logs.problems] };
  const headers = byUri(parts.headers);
  let curves: readonly ScalarCurve[] = [];
  /** That of the scalars; negative if there never were any. */
  let revision = -1;
  const whole = await withTurns(catalogInTurns(parts), signal);
  const extended = sample && (await withTurns(extendSample(sample, whole), signal));
  const first = extended ?? whole;
  let live = new LiveCatalog({ ...first, ...readCurves(first.records) });
  let logProblems = logs.problems;
  const unsettled = unsettledFiles(settling, now);
  for (const { file, problems } of parts.headers)
    if (problems.some(mayPass)) unsettled.note(file.uri, file.state);
  /** Whether names were read without a look at the whole. */
  let isAppended = false;
  /** Cached for {@link append}; any change other than growth invalidates it. */
  let recordsOf: ReturnType<typeof recordsByFile> | undefined;

  /** The new files that count: those that can be read, and those that cannot but stay unchanged. */
  async function readFresh({ fresh }: Relisting, signal: AbortSignal | undefined) {
    const hints = rawTypeHints(parts.sidecars.map(({ sidecar }) => sidecar));
    const read = await readHeaders(fileSystem, fresh, hints, { signal, onRead: () => {} });
    const waiting: string[] = [];
    const settled = read.filter(({ file: { uri, state }, problems }) => {
      const isHalfWritten = problems.some(mayPass) && !unsettled.note(uri, state);
      if (isHalfWritten) waiting.push(uri);
      else if (!problems.some(mayPass)) unsettled.forget(uri);
      return !isHalfWritten;
    });
    return { settled, waiting };
  }

  /** Applies a change, together with that of the scalars. */
  function applied(delta: CatalogDelta, scalarsChanged: boolean): CatalogDelta {
    const { records } = live.apply(delta);
    if (!scalarsChanged) return delta;
    const scalars = readCurves(records);
    live.apply({ ...NO_CHANGE, ...scalars });
    return { ...delta, ...scalars };
  }

  /** Reads the scalars of all files again. Returns what the catalog says of them: nothing if there never were any. */
  function readCurves(records: RunCatalog['records']): Pick<RunCatalog, 'scalars'> {
    curves = runCurves(headers.values(), records, logs.contents);
    if (curves.length === 0 && revision < 0) return {};
    revision++;
    return { scalars: { names: curves.map(({ name }) => name), revision } };
  }

  async function update(files?: readonly string[], signal?: AbortSignal): Promise<RunUpdate> {
    const { listing: before } = parts;
    const catalog = live.current;
    const found =
      (files === undefined ? undefined : await relistFiles(fileSystem, before, files, signal)) ??
      (await relist(fileSystem, before, roots, signal));
    if (found === undefined) return { kind: 'same', waiting: [] };
    const { settled, waiting } = await readFresh(found, signal);
    const sidecarsChanged = stateOf(before.sidecars) !== stateOf(found.listing.sidecars);
    const isQuiet = settled.length === 0 && found.gone.length === 0 && !sidecarsChanged;
    /** Whether new files were read without a look at the whole, and the whole can be looked at now. */
    const isAppendedAsOne = isAppended && files === undefined && waiting.length === 0;
    const sidecars = sidecarsChanged
      ? await readSidecars(fileSystem, found.listing.sidecars)
      : { sidecars: parts.sidecars, problems: sidecarProblems };
    const logsChanged = await logs.update(found.listing.logs, sidecars.sidecars, signal);
    if (isQuiet && !logsChanged && !isAppendedAsOne) return { kind: 'same', waiting };
    sidecarProblems = sidecars.problems;
    const problems = [...sidecars.problems, ...logs.problems];
    const touched = [...found.gone, ...settled.map(({ file }) => file.uri)].flatMap(
      (uri) => headers.get(uri) ?? [],
    );
    const scalarsChanged = logsChanged || [...settled, ...touched].some(hasScalars);
    for (const uri of found.gone) unsettled.forget(uri);
    const isWaiting = new Set(waiting);
    const dumps =
      waiting.length === 0
        ? found.listing.dumps
        : withoutWaiting(before.dumps, found.listing.dumps, isWaiting);
    const next: CatalogParts = {
      ...parts,
      listing: { ...found.listing, dumps },
      sidecars: sidecars.sidecars,
      problems,
    };
    if (isQuiet && !isAppendedAsOne) {
      parts = next;
      const others = catalog.problems.filter((problem) => !logProblems.includes(problem));
      const delta = { ...NO_CHANGE, problems: [...others, ...logs.problems] };
      logProblems = logs.problems;
      return { kind: 'delta', delta: applied(delta, true), waiting };
    }
    logProblems = logs.problems;
    const isGrowth = !isQuiet && found.gone.length === 0 && !sidecarsChanged;
    const canAppend = isGrowth && recordCount(catalog) > appendFrom;
    recordsOf = canAppend ? (recordsOf ?? recordsByFile(catalog)) : undefined;
    const grown = recordsOf && append(catalog, next, headers, settled, recordsOf);
    for (const uri of found.gone) headers.delete(uri);
    const rewritten = new Set(settled.map(({ file }) => file.uri).filter((uri) => headers.has(uri)));
    for (const header of settled) headers.set(header.file.uri, header);
    if (grown !== undefined) {
      parts = next;
      isAppended = true;
      const delta = applied(grown, scalarsChanged);
      if (grown.changed.length > 0) recordsOf = undefined;
      else recordsOf?.add(grown.added);
      return { kind: 'delta', delta, waiting };
    }
    recordsOf = undefined;
    parts = { ...next, headers: sortNaturally([...headers.values()], ({ file }) => pathInRun(file)) };
    isAppended = false;
    const fresh = await withTurns(catalogInTurns(parts));
    const delta = hasManyHoles(catalog) ? undefined : await withTurns(rebase(catalog, fresh, rewritten));
    if (delta === undefined) {
      const replacement = { ...fresh, ...readCurves(fresh.records) };
      live = new LiveCatalog(replacement);
      return { kind: 'reset', catalog: replacement, waiting };
    }
    const change = applied(delta, scalarsChanged);
    return saysNothing(change) ? { kind: 'same', waiting } : { kind: 'delta', delta: change, waiting };
  }

  return {
    get catalog() {
      return live.current;
    },
    extendsSample: extended !== undefined,
    get curves() {
      return curves;
    },
    update,
  };
}

const NO_CHANGE: CatalogDelta = { added: [], changed: [], removed: [], layers: [], variants: [] };

function hasScalars({ scalars, curves = [] }: FileHeader): boolean {
  return scalars.size + curves.length > 0;
}

/** Files that are still being written keep their previous state, or are not listed yet. */
function withoutWaiting(
  before: readonly ListedFile[],
  now: readonly ListedFile[],
  isWaiting: ReadonlySet<string>,
): readonly ListedFile[] {
  const earlier = new Map(before.map((file) => [file.uri, file]));
  return now.flatMap((file) => (isWaiting.has(file.uri) ? (earlier.get(file.uri) ?? []) : [file]));
}

function byUri(headers: readonly FileHeader[]): Map<string, FileHeader> {
  return new Map(headers.map((header) => [header.file.uri, header]));
}

function stateOf(files: readonly { readonly uri: string; readonly state?: string }[]): string {
  return files.map(({ uri, state }) => `${uri}\n${state}`).join('\n');
}

function hasManyHoles(catalog: RunCatalog): boolean {
  const present = recordCount(catalog);
  return catalog.records.length - present > Math.max(HOLES, present);
}

function saysNothing({
  added,
  changed,
  removed,
  layers,
  variants,
  problems,
  unrecognized,
  scalars,
}: CatalogDelta): boolean {
  const news = added.length + changed.length + removed.length + layers.length + variants.length;
  return news === 0 && problems === undefined && unrecognized === undefined && scalars === undefined;
}
