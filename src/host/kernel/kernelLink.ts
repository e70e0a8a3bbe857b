import { t } from '@vscode/l10n';
import type { Uri } from 'vscode';
import { type Problem, problemError, toProblem } from '../../model/problem';
import type { KernelApi, KernelHostApi, KernelResources } from '../../protocol/kernelApi';
import { type CallOptions, type Connection, connect } from '../../rpc/channel';
import { cacheFiles } from './cacheFiles';
import { extensionFiles } from './extensionFiles';
import { hostFileProviders } from './hostFileProviders';
import { type KernelProcess, spawnKernel } from './spawnKernel';

/** The kernel: started by the first call, and restarted by the next call after it died. */
export interface KernelLink {
  /** Grows with every start and restart: a kernel knows only what it was sent itself. */
  generation(): number;
  call<Method extends keyof KernelApi & string>(
    method: Method,
    params: KernelApi[Method]['params'],
    options?: CallOptions<KernelApi[Method]['progress']>,
  ): Promise<KernelApi[Method]['result']>;
  /** Ends the kernel and rejects waiting calls. The next call starts another with the resources of that time. */
  restart(): void;
  dispose(): void;
}

interface LiveKernel {
  readonly process: KernelProcess;
  readonly connection: Connection<KernelApi>;
}

/** `resources` is called at each start. `onDefect` gets the reason why a kernel died, and the defects that it reports. */
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
      if (disposed) throw problemError('internal', '', t('Normscope was deactivated.'));
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
      end(t('Restarted because settings changed.'));
    },
    dispose: () => {
      disposed = true;
      end(t('Normscope was deactivated.'));
    },
  };
}
