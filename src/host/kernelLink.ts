import type { Uri } from 'vscode';
import { type CallOptions, type Connection, connect } from '../protocol/channel';
import type { KernelApi, KernelHostApi, KernelResources } from '../protocol/kernelApi';
import { problemError } from '../protocol/problem';
import { cacheFiles } from './cacheFiles';
import { extensionFiles } from './extensionFiles';
import { hostFileProviders } from './hostFileProviders';
import { type KernelProcess, spawnKernel } from './spawnKernel';

/** The kernel, started when first called and started anew after it has died. */
export interface KernelLink {
  /** Grows by one with every start: what a kernel was told is known to that one only. */
  generation(): number;
  call<Method extends keyof KernelApi & string>(
    method: Method,
    params: KernelApi[Method]['params'],
    options?: CallOptions<KernelApi[Method]['progress']>,
  ): Promise<KernelApi[Method]['result']>;
  dispose(): void;
}

/** `resources` is asked at each start. `onDeath` is told the reason when a kernel dies without being asked to. */
export function kernelLink(
  extensionUri: Uri,
  resources: () => KernelResources,
  onDeath: (reason: string) => void,
): KernelLink {
  let generation = 0;
  let live: Promise<{ process: KernelProcess; connection: Connection<KernelApi> }> | undefined;
  let disposed = false;

  async function start() {
    const process = await spawnKernel(extensionUri);
    const given = resources();
    const connection = connect<KernelHostApi, KernelApi>(process.port, {
      ...hostFileProviders,
      ...extensionFiles(extensionUri),
      ...cacheFiles(given.cache?.folder),
    });
    process.port.onClose((reason) => {
      live = undefined;
      if (!disposed) onDeath(reason);
    });
    await connection.call('configure', given);
    return { process, connection };
  }

  return {
    generation: () => generation,
    call: async (method, params, options) => {
      if (disposed) throw problemError('internal', '', 'Normscope was deactivated.');
      if (live === undefined) {
        generation++;
        live = start();
        live.catch(() => {
          live = undefined;
        });
      }
      const { connection } = await live;
      return connection.call(method, params, options);
    },
    dispose: () => {
      disposed = true;
      live?.then(
        ({ process, connection }) => {
          connection.close('Normscope was deactivated.');
          process.kill();
        },
        () => {},
      );
      live = undefined;
    },
  };
}
