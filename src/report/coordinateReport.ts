import type { FileSystem } from '../io/fileSystem';
import { coordinates } from '../kernel/run/coordinates';
import type { AnalysisOptions } from '../model/analysis';
import type { RunCatalog, Variant } from '../model/catalog';
import { type LayerCoordinates, layerCoordinates, planLayer, widthsOf } from '../model/coordinateCheck';
import type { RecordCoordinates } from '../model/coordinates';
import type { Knobs } from '../model/knobs';
import { type Problem, toProblem, withoutCause } from '../model/problem';
import { allSeries } from '../model/series';
import { openLiveRun } from '../run/liveRun';
import { ArgumentError } from './arguments';

/** The check of coordinates of several runs as JSON, `normscope-coordinates/1`. NaN is null in it. */
export interface CoordinateReport {
  readonly schema: 'normscope-coordinates/1';
  readonly runs: readonly CoordinateRun[];
  /** How the widths are known. */
  readonly widthFrom: 'knob' | 'channels';
  readonly problems: readonly Problem[];
  readonly layers: readonly CoordinateLayer[];
}

export interface CoordinateRun {
  readonly name: string;
  readonly roots: readonly string[];
  readonly knobs?: Knobs;
  readonly width: number;
}

/** A layer of the first run, and those that belong to it; by phase, rank and call if there are several. */
export interface CoordinateLayer extends Variant, LayerCoordinates {
  readonly layer: string;
}

/**
 * Checks how the coordinates of several runs depend on width [Yang et al. 2022, appendix D.1]. `roots`: those of each run.
 * Throws ArgumentError if there are not two runs of different known widths.
 */
export async function coordinateReport(
  fileSystem: FileSystem,
  roots: readonly (readonly string[])[],
  options: AnalysisOptions,
  onLayer: (done: number, total: number) => void = () => {},
): Promise<CoordinateReport> {
  const { signal } = new AbortController();
  if (roots.length < 2) throw new ArgumentError('--coordinate-check: expected two or more runs.');
  const catalogs: RunCatalog[] = [];
  for (const each of roots) {
    const { catalog } = await openLiveRun(fileSystem, each, { signal, readings: options.readings });
    catalogs.push(catalog);
  }
  const found = widthsOf(catalogs);
  if (found === undefined)
    throw new ArgumentError(
      '--coordinate-check: the runs do not differ in width. State it in normscope.json ("knobs": { "width": 256 }) or in the names of the folders (width=256).',
    );
  const { widths } = found;
  const problems: Problem[] = catalogs.flatMap((catalog) => catalog.problems.map(withoutCause));
  const layers: CoordinateLayer[] = [];
  const [first] = catalogs;
  const series = allSeries(first);
  for (const [done, [record]] of series.entries()) {
    onLayer(done, series.length);
    const plan = planLayer(catalogs, record.layer, record.variant);
    if (plan === undefined) continue;
    const read: (readonly RecordCoordinates[])[] = [];
    for (const { run, first: h0, records } of plan.runs) {
      const ids = records.map(({ id }) => id);
      const request = { catalog: catalogs[run], options };
      read.push(
        await coordinates(fileSystem, request, { first: h0.id, records: ids }, signal).catch((error) => {
          problems.push(withoutCause(toProblem(error, h0.file, h0.tensor)));
          return [];
        }),
      );
    }
    layers.push({
      layer: first.layers[record.layer].fullName,
      ...first.variants[record.variant],
      ...layerCoordinates(plan, widths, read),
    });
  }
  onLayer(series.length, series.length);
  return {
    schema: 'normscope-coordinates/1',
    runs: catalogs.map(({ name, roots: own, knobs }, run) => ({
      name,
      roots: own,
      ...(knobs !== undefined && { knobs }),
      width: widths[run],
    })),
    widthFrom: found.from,
    problems,
    layers,
  };
}
