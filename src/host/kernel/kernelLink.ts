import type { Uri } from 'vscode';
import { type Problem, problemError, toProblem } from '../../model/problem';
import type { KernelApi, KernelHostApi, KernelResources } from '../../protocol/kernelApi';
import { type CallOptions, type Connection, connect } from '../../rpc/channel';
import { cacheFiles } from './cacheFiles';
import { extensionFiles } from './extensionFiles';
import { hostFileProviders } from './hostFileProviders';
import { type KernelProcess, spawnKernel } from './spawnKernel';

/** The kernel, started when first called and restarted after it has died. */
export interface KernelLink {
  /** Grows with every start and restart: what a kernel was told is known to that one only. */
  generation(): number;
  call<Method extends keyof KernelApi & string>(
    method: Method,
    params: KernelApi[Method]['params'],
    options?: CallOptions<KernelApi[Method]['progress']>,
  ): Promise<KernelApi[Method]['result']>;
  /** Ends the kernel; the next call starts another, with what it may use by then. Calls that wait are rejected. */
  restart(): void;
  dispose(): void;
}

interface LiveKernel {
  readonly process: KernelProcess;
  readonly connection: Connection<KernelApi>;
}

/** `resources` is asked at each start. `onDefect` gets why a kernel died without being asked to, and what else it reports. */
export function kernelLink(
  extensionUri: Uri,
  resources: () => KernelResources,
  onDefect: (problem: Problem) => void,
): KernelLink {
  let generation = 0;
  let live: Promise<LiveKernel> | undefined;
  let disposed = false;

  async function start(isLive: () => boolean): Promise<LiveKernel> {
    const process = await spawnKernel(extensionUri);
    const given = resources();
    const connection = connect<KernelHostApi, KernelApi>(process.port, {
      ...hostFileProviders,
      ...extensionFiles(extensionUri),
      ...cacheFiles(given.cache?.folder),
      reportDefect: ({ problem }) => onDefect(problem),
    });
    process.port.onClose((reason, error) => {
      if (!isLive()) return;
      live = undefined;
      onDefect(toProblem(problemError('internal', '', reason, undefined, error), ''));
    });
    await connection.call('configure', given);
    return { process, connection };
  }

  function end(reason: string): void {
    live?.then(
      ({ process, connection }) => {
        connection.close(reason);
        process.kill();
      },
      () => {},
    );
    live = undefined;
  }

  return {
    generation: () => generation,
    call: async (method, params, options) => {
      if (disposed) throw problemError('internal', '', 'Normscope was deactivated.');
      if (live === undefined) {
        generation++;
        const started: Promise<LiveKernel> = start(() => live === started);
        live = started;
        started.catch(() => {
          if (live === started) live = undefined;
        });
      }
      const { connection } = await live;
      return connection.call(method, params, options);
    },
    restart: () => {
      if (live === undefined) return;
      generation++;
      end('Restarted because settings changed.');
    },
    dispose: () => {
      disposed = true;
      end('Normscope was deactivated.');
    },
  };
}
