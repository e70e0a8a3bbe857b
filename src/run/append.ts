import type { RecordEntry, RunCatalog } from '../model/catalog';
import type { CatalogDelta } from '../model/catalogDelta';
import { withoutTurns } from '../model/inTurns';
import { allSeries, recordAt, seriesOf } from '../model/series';
import { buildCatalog, type CatalogParts } from './catalog';
import type { FileHeader } from './fileHeader';
import { pathInRun } from './listing/listing';
import { sortNaturally } from './naming/names';
import { filesOf, rebase } from './rebase';

/** With more representative files than this, appending saves nothing. */
const STANDING_LIMIT = 2000;

/** The records that have a part in a file. */
export type RecordsOf = (file: string) => readonly RecordEntry[];

/** Visits the records of a catalog, except those whose file was deleted. */
export function recordsByFile({
  records,
}: RunCatalog): RecordsOf & { add(added: readonly RecordEntry[]): void } {
  const byFile = new Map<string, RecordEntry[]>();
  const add = (added: readonly RecordEntry[]) => {
    for (const record of added) {
      if (record.removed === true) continue;
      for (const file of new Set(filesOf(record))) {
        const known = byFile.get(file);
        if (known === undefined) byFile.set(file, [record]);
        else known.push(record);
      }
    }
  };
  add(records);
  return Object.assign((file: string) => byFile.get(file) ?? [], { add });
}

/**
 * Adds new files to a large run without reading all names again. The new files are read together with representatives:
 * the first and last file of every series, and the files of the same steps. Undefined if the result could differ from
 * reading everything: if the representatives are now interpreted differently, or if there is a new layer, variant, or
 * problem that concerns the whole run.
 */
export function append(
  catalog: RunCatalog,
  parts: CatalogParts,
  headers: ReadonlyMap<string, FileHeader>,
  fresh: readonly FileHeader[],
  recordsOf: RecordsOf,
): CatalogDelta | undefined {
  const ofFresh = new Set(fresh.map(({ file }) => file.uri));
  if ([...ofFresh].some((uri) => headers.has(uri))) return undefined;
  const all = allSeries(catalog);
  const standing = new Set<string>();
  const stand = (steps: Iterable<number>) => {
    for (const step of steps) {
      for (const series of all) {
        const record = recordAt(series, step);
        if (record !== undefined) for (const file of filesOf(record)) standing.add(file);
      }
    }
  };
  stand(new Set(all.flatMap((series) => [series[0].step, series[series.length - 1].step])));
  const first = readTogether(catalog, parts, headers, fresh, standing, recordsOf);
  const known = standing.size;
  stand(new Set(first?.delta.added.map((record) => record.step)));
  const { read, delta } =
    (standing.size === known ? first : readTogether(catalog, parts, headers, fresh, standing, recordsOf)) ??
    {};
  if (read === undefined || delta === undefined) return undefined;

  const { added, changed, removed, layers, variants } = delta;
  const isOfFresh = (record: RecordEntry) => filesOf(record).some((file) => ofFresh.has(file));
  if (removed.length + layers.length + variants.length > 0) return undefined;
  if (![...added, ...changed].every(isOfFresh)) return undefined;
  if (added.some(({ layer, variant, step }) => recordAt(seriesOf(catalog, layer, variant), step)))
    return undefined;
  if (read.problems.length > 0) {
    const reported = new Set([...headers.values(), ...fresh].flatMap((header) => header.problems));
    if (read.problems.some((problem) => !reported.has(problem))) return undefined;
  }
  const problems = fresh.flatMap((header) => header.problems);
  const unrecognized = read.unrecognized.filter(({ path }) => ofFresh.has(path));
  return {
    ...delta,
    added: added.map((record, i) => ({ ...record, id: catalog.records.length + i })),
    ...(problems.length > 0 && { problems: [...catalog.problems, ...problems] }),
    ...(unrecognized.length > 0 && { unrecognized: [...catalog.unrecognized, ...unrecognized] }),
  };
}

/** The new files and the representatives, read as a run, and the differences from what is known. */
function readTogether(
  catalog: RunCatalog,
  parts: CatalogParts,
  headers: ReadonlyMap<string, FileHeader>,
  fresh: readonly FileHeader[],
  standing: ReadonlySet<string>,
  recordsOf: RecordsOf,
): { readonly read: RunCatalog; readonly delta: CatalogDelta } | undefined {
  if (standing.size > STANDING_LIMIT) return undefined;
  const sample = [...[...standing].flatMap((uri) => headers.get(uri) ?? []), ...fresh];
  const read = buildCatalog({
    ...parts,
    listing: { ...parts.listing, unrecognized: [], problems: [] },
    headers: sortNaturally(sample, ({ file }) => pathInRun(file)),
    problems: [],
  });
  const stood = new Set(
    [...standing].flatMap((file) =>
      recordsOf(file).filter((record) => filesOf(record).every((each) => standing.has(each))),
    ),
  );
  const again = rebase(
    { ...catalog, records: [...stood], problems: [], unrecognized: [] },
    { ...read, problems: [], unrecognized: [] },
    new Set(),
  );
  const delta = withoutTurns(again);
  return delta === undefined ? undefined : { read, delta };
}
