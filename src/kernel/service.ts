import type { FileSystem } from '../io/fileSystem';
import type { RunCatalog } from '../protocol/catalog';
import type { Handlers } from '../protocol/channel';
import type { KernelApi } from '../protocol/kernelApi';
import { problemError } from '../protocol/problem';
import { openRun } from '../run/openRun';
import { analyseRun } from './analyseRun';
import { histogramPairs } from './histogram';
import type { Pool } from './pool';
import { sketchCache } from './sketchCache';
import { openSketches, type Workplace } from './sketches';

/** Bytes of sketches that are kept when nothing else is said. */
export const DEFAULT_MEMORY_BUDGET = 256 * 2 ** 20;

/**
 * The kernel's side of the link to the host: runs by name, and what was computed of them. `createPool` is given the
 * number of helpers that the person wants, 0 for as many as there are cores.
 */
export function kernelService(
  fileSystem: FileSystem,
  createPool: (workers: number) => Pool | undefined = () => undefined,
): Handlers<KernelApi> {
  const catalogs = new Map<string, RunCatalog>();
  let place: Workplace = { fileSystem, cache: sketchCache(DEFAULT_MEMORY_BUDGET) };

  const catalogOf = (run: string): RunCatalog => {
    const catalog = catalogs.get(run);
    if (catalog === undefined) throw problemError('internal', run, 'The kernel does not have this run open.');
    return catalog;
  };

  return {
    configure: ({ memoryBudget, workers }) => {
      place.pool?.dispose();
      place = { fileSystem, cache: sketchCache(memoryBudget), pool: createPool(workers) };
    },
    openRun: async ({ run, roots }, { signal, progress }) => {
      const catalog = await openRun(fileSystem, roots, {
        signal,
        onProgress: (files) => progress({ files }),
      });
      place.cache.forget(`${run}\n`);
      catalogs.set(run, catalog);
      return catalog;
    },
    analyse: ({ run, options, layers, known, statistics }, { signal, progress }) =>
      analyseRun(
        place,
        {
          run,
          catalog: catalogOf(run),
          options,
          focus: layers ?? [],
          known: new Set(known),
          statistics: statistics ?? false,
        },
        signal,
        progress,
      ),
    distributions: async ({ run, options, record, reference, bins, ranges }, { signal }) => {
      const catalog = catalogOf(run);
      const sketches = openSketches(place, { run, catalog, options }, signal);
      try {
        const current = await sketches.of(catalog.records[record]);
        const behind = reference === undefined ? undefined : await sketches.of(catalog.records[reference]);
        const methods = histogramPairs(current, behind, bins, ranges ?? {});
        return reference === undefined ? { record, methods } : { record, reference, methods };
      } finally {
        await sketches.close();
      }
    },
    closeRun: ({ run }) => {
      catalogs.delete(run);
      place.cache.forget(`${run}\n`);
    },
  };
}
