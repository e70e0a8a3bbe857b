import { fileSystemByScheme } from '../io/byScheme';
import { hostFiles } from '../io/hostFiles';
import { localFiles } from '../io/localFiles';
import { type Connection, connect } from '../protocol/channel';
import type { KernelApi, KernelHostApi } from '../protocol/kernelApi';
import { parentPort } from './parentPort';
import { kernelService } from './service';

// The kernel's entry: a worker beside the data. Local files are opened by path where the platform has paths (the
// Node host); everything else is asked of the host. Which platform it is, the build decides by file suffix.
const host = hostFiles({
  readFile: (uri) => connection.call('readFile', { uri }),
  listFolder: (uri) => connection.call('listFolder', { uri }),
});
const connection: Connection<KernelHostApi> = connect<KernelApi, KernelHostApi>(
  parentPort(),
  kernelService(fileSystemByScheme({ local: localFiles(), host })),
);
