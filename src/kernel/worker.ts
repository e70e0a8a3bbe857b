import sourcesDigest from 'sources-digest';
import { provideAssets } from '../formats/assets';
import { fileSystemByScheme } from '../io/byScheme';
import { fileStamp } from '../io/fileStamp';
import { hostFiles } from '../io/hostFiles';
import { type HostStoreFiles, hostStore } from '../io/hostStore';
import { localFiles } from '../io/localFiles';
import { localStore } from '../io/localStore';
import { toProblem } from '../model/problem';
import { setTranslations } from '../model/translations';
import type { KernelApi, KernelHostApi, KernelResources } from '../protocol/kernelApi';
import { type Connection, connect } from '../rpc/channel';
import { cacheVersion } from './cache/cacheVersion';
import { type DiskCache, diskCache } from './cache/diskCache';
import { onUnhandledRejection, parentPort } from './parentPort';
import { kernelService } from './service';
import { type ComputeWorkerApi, computeWorkerService } from './workers/computeWorker';
import { localPool } from './workers/localPool';
import { computeWorkerData, lowerPriority } from './workers/spawnComputeWorker';

// The kernel's entry: a worker next to the data. It opens local files by path if the platform has paths (the Node host)
// and asks the host for everything else. The build chooses the platform by file suffix.
const local = localFiles();
if (computeWorkerData !== undefined && local !== undefined) {
  setTranslations(computeWorkerData.translations);
  connect<ComputeWorkerApi, Record<string, never>>(parentPort(), computeWorkerService(local));
} else startKernel();

function startKernel(): void {
  lowerPriority();
  const host: HostStoreFiles = {
    readFile: (uri) => connection.call('readFile', { uri }),
    statFile: (uri) => connection.call('statFile', { uri }),
    listFolder: (uri) => connection.call('listFolder', { uri }),
    writeCached: (name, bytes) => connection.call('writeCached', { name, bytes }),
    removeCached: (name) => connection.call('removeCached', { name }),
  };
  const fileSystem = fileSystemByScheme({ local, host: hostFiles(host) });
  const openCache = ({ folder, limit }: NonNullable<KernelResources['cache']>): DiskCache =>
    diskCache({
      store: (folder.startsWith('file:') ? localStore(folder) : undefined) ?? hostStore(host, folder),
      limit,
      version: cacheVersion(sourcesDigest),
      isUnchanged: async ({ file, stamp }) => fileStamp(await fileSystem.stat(file), Date.now()) === stamp,
    });
  const connection: Connection<KernelHostApi> = connect<KernelApi, KernelHostApi>(
    parentPort(),
    kernelService(fileSystem, localPool, openCache, reportDefect),
  );
  onUnhandledRejection(reportDefect);
  function reportDefect(error: unknown): void {
    connection.call('reportDefect', { problem: toProblem(error, '') }).catch(() => {
      // The host, and with it the log, is gone.
    });
  }
  provideAssets((name) => connection.call('readAsset', { name }));
}
