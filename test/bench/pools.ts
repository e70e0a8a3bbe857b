import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FileSystem } from '../../src/io/fileSystem';
import { localFiles } from '../../src/io/localFiles';
import { analyseRun } from '../../src/kernel/run/analyseRun';
import type { KernelContext } from '../../src/kernel/run/sketchStore';
import { spawnComputeWorker } from '../../src/kernel/workers/spawnComputeWorker';
import { type WorkerPool, workerPool } from '../../src/kernel/workers/workerPool';
import { type AnalysisOptions, DEFAULT_OPTIONS } from '../../src/model/analysis';
import type { RunCatalog } from '../../src/model/catalog';
import { openRun } from '../../src/run/openRun';

/** Compute workers as the extension has them. */
export function startPool(size: number): WorkerPool {
  return workerPool(size, () => spawnComputeWorker(resolve('out/test/bench/dist/kernel.js')));
}

export function files(): FileSystem {
  const local = localFiles();
  if (local === undefined) throw new Error('There are no local files here.');
  return local;
}

export function catalogOf(folder: string): Promise<RunCatalog> {
  return openRun(files(), [pathToFileURL(folder).href]);
}

/** Computes every record; throws where one fails. */
export async function analyse(
  place: KernelContext,
  catalog: RunCatalog,
  options: Partial<AnalysisOptions> = {},
): Promise<void> {
  const request = { run: catalog.name, catalog, focus: [0], statistics: false };
  const { failed } = await analyseRun(
    place,
    { ...request, options: { ...DEFAULT_OPTIONS, ...options } },
    new AbortController().signal,
    () => {},
  );
  if (failed > 0) throw new Error(`${failed} records failed.`);
}
