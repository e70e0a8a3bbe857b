import { t } from '@vscode/l10n';
import type { FileSystem } from '../io/fileSystem';
import type { AnalysisOptions } from '../model/analysis';
import type { RunCatalog } from '../model/catalog';
import { problemError } from '../model/problem';
import { runKey } from '../model/runKey';
import { thinnedCurve } from '../model/scalars';
import { setTranslations } from '../model/translations';
import type { KernelApi, KernelResources } from '../protocol/kernelApi';
import type { Handlers } from '../rpc/channel';
import { type LiveRun, openLiveRun } from '../run/liveRun';
import { cachedRecords } from './cache/cachedRecords';
import type { DiskCache } from './cache/diskCache';
import { checkRun, type KnownChecks } from './check/checkRun';
import { histogramPairs } from './figures/histogram';
import { analyseRun } from './run/analyseRun';
import { batchSizes } from './run/batchSizes';
import { areChannelsKept, channelFigures } from './run/channelFigures';
import { channelPositions } from './run/channelPositions';
import { compareRuns } from './run/compareRuns';
import { coordinates } from './run/coordinates';
import { cube } from './run/cube';
import { densities } from './run/densities';
import { formatCasts } from './run/formatCasts';
import { methodSweep } from './run/methodSweep';
import { layerKeys, openReferences, type References, referenceRuns } from './run/references';
import { residuals } from './run/residuals';
import { kernelContext, openSketchStore, type RunOptions, type SketchStore } from './run/sketchStore';
import { openFiles } from './tensor/openFiles';
import { recentTensors } from './tensor/recentTensors';
import type { WorkerPool } from './workers/workerPool';

/** Bytes of sketches that are kept when nothing else is said. */
export const DEFAULT_MEMORY_BUDGET = 256 * 2 ** 20;

/** Recently read tensors are kept besides the sketches, in as many bytes as this share of their budget. */
const RECENT_SHARE = 1 / 2;

/** Bytes of logs with scalars that are read before the first chart: a few tenths of a second. */
const SCALAR_BYTES = 2 ** 26;

/** Records per message: the host processes several such messages in a few milliseconds. */
const RECORDS = 32;

/** A run that is open, or the sample of one that is being listed. */
interface OpenRun {
  readonly live: Pick<LiveRun, 'catalog'> & Partial<LiveRun>;
  /** Key of its results in memory: another one whenever ids change. */
  readonly key: string;
}

/**
 * The kernel's side of the link to the host: open runs by name, and their results. `createPool` receives the number of
 * compute workers from the settings (0: one per core); `openCache` receives the location of the disk cache; `onDefect`
 * receives defects after which the kernel continues.
 */
export function kernelService(
  fileSystem: FileSystem,
  createPool: (workers: number) => WorkerPool | undefined = () => undefined,
  openCache: (cache: NonNullable<KernelResources['cache']>) => DiskCache | undefined = () => undefined,
  onDefect: (error: unknown) => void = () => {},
): Handlers<KernelApi> {
  const runs = new Map<string, OpenRun>();
  let disk: DiskCache | undefined;
  const checks = new Map<string, KnownChecks>();
  let analyses = 0;
  let renumbered = 0;
  let recent = recentTensors(RECENT_SHARE * DEFAULT_MEMORY_BUDGET);
  let context = kernelContext(fileSystem, { memoryBudget: DEFAULT_MEMORY_BUDGET, onDefect });

  const openRunOf = (run: string): OpenRun => {
    const open = runs.get(run);
    if (open === undefined) throw problemError('internal', run, 'The kernel does not have this run open.');
    return open;
  };
  const catalogOf = (run: string): RunCatalog => openRunOf(run).live.catalog;
  /** A run by the key of its results. */
  const keyed = (run: string): { readonly run: string; readonly catalog: RunCatalog } => {
    const { key, live } = openRunOf(run);
    return { run: key, catalog: live.catalog };
  };
  /** A run with the options of a computation, and with the run that is the reference, which must be open. */
  const withReference = (run: string, options: AnalysisOptions): RunOptions => {
    const open = { ...keyed(run), options };
    const other = referenceRuns(open, (roots) => {
      const key = runKey(roots);
      if (runs.has(key)) return keyed(key);
      throw problemError(
        'reference',
        roots[0] ?? '',
        t('The run to compare with is not open. Choose it again.'),
      );
    });
    return { ...open, other };
  };
  /** Forgets the results of a run whose ids are no longer valid, also those of work that has not finished. */
  const renumber = (run: string, live: OpenRun['live']): OpenRun => {
    const before = runs.get(run);
    if (before !== undefined) context.memory.forget(`${before.key}\n`);
    const open = { live, key: before === undefined ? run : `${run}#${++renumbered}` };
    runs.set(run, open);
    return open;
  };

  /** Works with the sketches of a layer in view. `name` identifies the work where it takes turns with other work. */
  async function withSketches<Result>(
    name: string,
    {
      run,
      options,
      layer,
    }: { readonly run: string; readonly options: AnalysisOptions; readonly layer: number },
    signal: AbortSignal,
    work: (sketches: SketchStore, catalog: RunCatalog, references: References) => Promise<Result>,
  ): Promise<Result> {
    const open = withReference(run, options);
    context.memory.focus(layerKeys(open, [layer]));
    const group = `${run}\n${name}`;
    const sketches = openSketchStore(context, open, signal, group);
    const references = openReferences(context, open, sketches, signal, group);
    try {
      return await work(sketches, open.catalog, references);
    } finally {
      await references.close();
      await sketches.close();
      void disk?.flush();
    }
  }

  return {
    configure: ({ memoryBudget, workers, cache, translations }) => {
      setTranslations(translations);
      context.pool?.dispose();
      recent = recentTensors(RECENT_SHARE * memoryBudget);
      disk = cache && openCache(cache);
      context = kernelContext(fileSystem, {
        memoryBudget,
        disk: disk && cachedRecords(disk),
        pool: createPool(workers),
        onDefect,
      });
    },
    openRun: async ({ run, roots, readings }, { signal, progress }) => {
      // They start on other cores while this one lists the run.
      if (roots.some((root) => root.startsWith('file:'))) context.pool?.start();
      let isSampled = false as boolean;
      const live = await openLiveRun(fileSystem, roots, {
        signal,
        readings,
        scalarBytes: SCALAR_BYTES,
        onProgress: (files) => progress({ files }),
        onSample: (sample) => {
          // A run that is listed again keeps its catalog until then.
          if (runs.get(run)?.live.update !== undefined) return;
          renumber(run, { catalog: sample });
          isSampled = true;
          progress({ sample });
        },
      });
      const extendsSample = isSampled && live.extendsSample;
      if (extendsSample) runs.set(run, { ...openRunOf(run), live });
      else renumber(run, live);
      const { records, ...catalog } = live.catalog;
      let sent = 0;
      for (; sent + RECORDS < records.length; sent += RECORDS)
        progress({ records: records.slice(sent, sent + RECORDS) });
      return { ...catalog, records: records.slice(sent), ...(extendsSample && { extendsSample }) };
    },
    updateRun: async ({ run, files }, { signal }) => {
      const { live, key } = openRunOf(run);
      const update = (await live.update?.(files, signal)) ?? { kind: 'same', waiting: [] };
      if (update.kind === 'reset') renumber(run, live);
      if (update.kind === 'delta') {
        const { changed, removed } = update.delta;
        for (const id of [...changed.map((record) => record.id), ...removed]) {
          context.memory.forget(`${key}\n${id}\n`);
        }
      }
      return update;
    },
    analyse: ({ run, options, layers, known, records, statistics, estimates }, { signal, progress }) => {
      const open = withReference(run, options);
      analyses++;
      if (layers !== undefined && layers.length > 0) context.memory.focus(layerKeys(open, layers));
      return analyseRun(
        context,
        {
          ...open,
          focus: layers ?? [],
          known: new Set(known),
          ...(records !== undefined && { records }),
          statistics: statistics ?? false,
          estimates: estimates ?? false,
        },
        signal,
        progress,
        // Flush in the background, once the last concurrent analyse call ends.
      ).finally(() => {
        analyses--;
        if (analyses === 0) void disk?.flush();
      });
    },
    checkLayers: async ({ run, options }, { signal, progress }) => {
      const catalog = catalogOf(run);
      const known = checks.get(run) ?? new Map();
      checks.set(run, known);
      const files = openFiles(fileSystem);
      try {
        await checkRun(files, catalog, options, known, signal, progress, onDefect);
      } finally {
        await files.closeAll();
      }
    },
    compareRuns: ({ run, options, records }, { signal, progress }) =>
      compareRuns(context, { ...withReference(run, options), records }, signal, progress),
    distributions: ({ run, options, record, reference, bins, ranges }, { signal }) => {
      const { layer } = catalogOf(run).records[record];
      return withSketches(
        'distributions',
        { run, options, layer },
        signal,
        async (sketches, catalog, references) => {
          const current = await sketches.of(catalog.records[record]);
          const behind = reference === undefined ? undefined : await references.sketch(reference);
          const methods = histogramPairs(current, behind, bins, ranges ?? {});
          return reference === undefined ? { record, methods } : { record, reference, methods };
        },
      );
    },
    channels: ({ run, options, ahead, ...request }, { signal }) =>
      withSketches(
        'channels',
        { run, options, layer: request.layer },
        signal,
        async (sketches, catalog, references) =>
          ahead === true && !areChannelsKept(sketches, { catalog }, request, references)
            ? null
            : channelFigures(sketches, { catalog, options }, request, references),
      ),
    channelPositions: ({ run, options, ...request }, { signal }) =>
      channelPositions(fileSystem, { catalog: catalogOf(run), options, recent }, request, signal),
    densities: ({ run, options, ...request }, { signal }) =>
      withSketches('densities', { run, options, layer: request.layer }, signal, (sketches, catalog) =>
        densities(sketches, { catalog }, request),
      ),
    batchSizes: ({ run, options, record }, { signal }) =>
      batchSizes(fileSystem, { catalog: catalogOf(run), options, recent }, record, signal),
    cube: ({ run, options, ...request }, { signal }) =>
      cube(fileSystem, { catalog: catalogOf(run), options, recent }, request, signal),
    formatCasts: ({ run, options, record }, { signal }) =>
      formatCasts(fileSystem, { catalog: catalogOf(run), options, recent }, record, signal),
    residuals: ({ run, options, pairs }, { signal }) =>
      residuals(fileSystem, { catalog: catalogOf(run), options }, pairs, signal),
    methodSweep: ({ run, options, record }, { signal }) => {
      const open = withReference(run, options);
      const storeOf = (groups: number | undefined, isOther: boolean) =>
        openSketchStore(
          context,
          {
            ...(isOther ? (open.other?.run ?? open) : open),
            options: groups === undefined ? options : { ...options, groups },
          },
          signal,
          `${run}\nmethodSweep`,
        );
      return methodSweep(open, storeOf, record);
    },
    coordinates: ({ run, options, ...request }, { signal }) =>
      coordinates(fileSystem, { catalog: catalogOf(run), options }, request, signal),
    scalars: ({ run, names, points }) => {
      const { catalog, curves = [] } = openRunOf(run).live;
      const chosen = curves.filter(({ name }) => names.includes(name));
      return points === undefined
        ? chosen
        : chosen.map((curve) => thinnedCurve(curve, points, catalog.steps));
    },
    closeRun: ({ run }) => {
      const open = runs.get(run);
      runs.delete(run);
      checks.delete(run);
      if (open !== undefined) context.memory.forget(`${open.key}\n`);
      recent.clear();
    },
    clearCache: () => disk?.clear() ?? 0,
  };
}
