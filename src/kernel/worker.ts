import { fileSystemByScheme } from '../io/byScheme';
import { hostFiles } from '../io/hostFiles';
import { localFiles } from '../io/localFiles';
import { type Connection, connect } from '../protocol/channel';
import type { KernelApi, KernelHostApi } from '../protocol/kernelApi';
import { type HelperApi, helperService } from './helper';
import { parentPort } from './parentPort';
import { helperPool, type Pool } from './pool';
import { kernelService } from './service';
import { coreCount, isHelper, spawnHelper } from './spawnHelper';

/** More do not help: they wait for the memory. */
const MOST_HELPERS = 8;

// The kernel's entry: a worker beside the data. Local files are opened by path where the platform has paths (the
// Node host); everything else is asked of the host. Which platform it is, the build decides by file suffix.
const local = localFiles();
if (isHelper && local !== undefined)
  connect<HelperApi, Record<string, never>>(parentPort(), helperService(local));
else startKernel();

function startKernel(): void {
  const host = hostFiles({
    readFile: (uri) => connection.call('readFile', { uri }),
    listFolder: (uri) => connection.call('listFolder', { uri }),
  });
  const connection: Connection<KernelHostApi> = connect<KernelApi, KernelHostApi>(
    parentPort(),
    kernelService(fileSystemByScheme({ local, host }), createPool),
  );
}

/** On one core a helper would only be in the way. */
function createPool(workers: number): Pool | undefined {
  const size = Math.min(workers === 0 ? coreCount() : workers, MOST_HELPERS);
  return size < 2 ? undefined : helperPool(size, spawnHelper);
}
